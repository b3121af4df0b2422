"""What the inputs of linear layers look like, collected once on calibration frames.

Only second moments are kept: E[x xᵀ] of the inputs x of each layer, over frames and nodes. Its diagonal is what Wanda
and RIA ask for, the whole of it what a weight update does.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sapcore.codes import LinearCode
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView
from sapcore.decoders.fecct_config import check_nodes
from sapcore.pruning.scores import NODES_AT_ONCE, calibration_frames


@dataclass(frozen=True, eq=False)
class InputStatistics:
    """Second moments of the inputs of some layers.

    Attributes:
        moments: by name of the layer, E[x xᵀ], (inputs, inputs) float64.
    """

    moments: Mapping[str, np.ndarray]

    def root_mean_square(self, layer: str) -> np.ndarray:
        """sqrt(E[x²]) of each input of a layer: (inputs,)."""
        return np.sqrt(np.diagonal(self.moments[layer]))


def collect_inputs(network: nn.Module, layers: Sequence[str], batches: Iterable[tuple[object, ...]]) -> InputStatistics:
    """Run `network` over batches and look at the inputs of its Linear layers of these names.

    Args:
        network: any module; left as it was.
        layers: dotted names of Linear layers of it. Inputs (..., inputs): all but the last axis are averaged over.
        batches: at least one; each holds the arguments of a call.

    Raises:
        ValueError: a layer was not run.
    """
    network = copy.deepcopy(network)  # others may hook into theirs
    sums: dict[str, Tensor] = {}
    counts = dict.fromkeys(layers, 0)

    def look(layer: str, x: Tensor) -> None:
        x = x.detach().flatten(0, -2)
        counts[layer] += len(x)
        sums[layer] = sums.get(layer, 0) + (x.T @ x).double()

    for layer in layers:
        network.get_submodule(layer).register_forward_pre_hook(lambda _, x, layer=layer: look(layer, x[0]))
    with torch.no_grad(), flushed_denormals():
        for batch in batches:
            network(*batch)
    if idle := [layer for layer in layers if not counts[layer]]:
        raise ValueError(f"No batch ran {', '.join(idle)}.")
    return InputStatistics({layer: (sums[layer] / counts[layer]).cpu().numpy() for layer in layers})


def calibration_batches(code: LinearCode, frames: int | None = None, seed: int = 0) -> Iterator[tuple[object, ...]]:
    """The arguments of calls of a FECCT on calibration frames of `code`, of non-zero syndrome; see `score_code`.

    Raises:
        InputError: the Tanner graph is too large for the network.
    """
    check_nodes(code)
    view = CodeView.of(code)
    drawn = calibration_frames(view, code, frames, seed)
    count = max(1, NODES_AT_ONCE // len(view.distances))
    for part in zip(drawn.magnitudes.split(count), drawn.syndromes.split(count), strict=True):
        yield (*part, view)
