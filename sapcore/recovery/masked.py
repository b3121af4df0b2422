"""Adapters of networks whose matrices hold zeros: the update is masked as the weights are, so that the zeros stay.

W' = W + s M ⊙ (B A), M the mask, B A the update of LoRA and s its scale, in training as after it: MaskLoRA of Zimmer et
al., "PERP" (arXiv 2312.15230).
"""

import copy
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sapcore.decoders.fecct import Fecct
from sapcore.recovery.adapter import adapted_layers

if TYPE_CHECKING:
    from peft import PeftModel


def masks_digest(masks: Mapping[str, np.ndarray]) -> str:
    """Identifies masks: 16 hexadecimal digits of SHA-256 over names and bits."""
    found = hashlib.sha256()
    for name in sorted(masks):
        found.update(name.encode() + np.packbits(masks[name]).tobytes())
    return found.hexdigest()[:16]


def updated(model: "PeftModel", masks: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """The adapted matrices of `model`, by name in the state of the plain network, each updated under its mask.

    Args:
        model: under its active adapter.
        masks: by name of the layer, (outputs, inputs) bool, True = kept; a layer without one is updated in full.
    """
    weights = {}
    for name, layer in adapted_layers(model):
        change = layer.get_delta_weight(layer.active_adapters[0])
        if name in masks:
            change = torch.from_numpy(masks[name]) * change
        weights[f"{name}.weight"] = layer.base_layer.weight + change
    return weights


def merged_under(masks: Mapping[str, np.ndarray], network: Fecct, model: "PeftModel") -> Fecct:
    """A plain network: `network` with the active adapter of `model` added under the masks; both stay as they are."""
    merged = copy.deepcopy(network)
    with torch.no_grad():
        merged.load_state_dict(updated(model, masks), strict=False)
    return merged.eval().requires_grad_(False)
