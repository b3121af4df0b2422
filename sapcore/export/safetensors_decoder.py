"""A FECCT for one matrix as one safetensors file: the weights, H, and the distances that psi is looked up by."""

import json

import numpy as np
from safetensors.numpy import save

from sapcore.decoders.fecct import CodeView
from sapcore.export.exported import Exported


def tensors_of(exported: Exported) -> dict[str, np.ndarray]:
    """The weights (float32) under the names of `Fecct.state_dict`, and what belongs to the matrix.

    `parity_check` is H, (m, n) uint8. `distances` (n + m, n + m) uint8 has the column of every `psi` (heads, 10) that
    multiplies the scores of two nodes, bits before checks.
    """
    weights = {name: value.detach().float().numpy() for name, value in exported.network.state_dict().items()}
    distances = CodeView.of(exported.code).distances.numpy().astype(np.uint8)
    tensors = {**weights, "parity_check": exported.code.parity_check, "distances": distances}
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def safetensors_file(exported: Exported, metadata: dict[str, str]) -> bytes:
    """The contents of the file, with texts to keep in it as one JSON text, `about`: it writes several in any order."""
    return save(tensors_of(exported), {"about": json.dumps(metadata)})
