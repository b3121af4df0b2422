"""Scores heads and channels of a backbone for one code: by Taylor expansion, by activation, by magnitude.

All three score a gate g = 1 that multiplies what a head or a channel adds to the residual stream.

* taylor: mean over calibration frames of |dL/dg|, the first-order change of the loss when the gate closes
  (Molchanov et al., "Importance estimation for neural network pruning", CVPR 2019; for heads Michel et al., "Are
  sixteen heads really better than one?", NeurIPS 2019). The loss is that of training.
* activation: root mean square, over frames and nodes, of what it adds to the residual stream. No labels.
* magnitude: Frobenius norm of its weights. No data, so the same for every code.
"""

import copy
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sapcore.codes import LinearCode
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.decoders.fecct_config import check_nodes
from sapcore.errors import InputError
from sapcore.pruning.compaction import gated
from sapcore.pruning.importance import SCORES, Importance
from sapcore.training.data import Frames, draw_frames

CALIBRATION_FRAMES = 256  # fewer where they would hold more nodes than this:
CALIBRATION_NODES = 32768
CALIBRATION_EBN0 = 2.0, 4.5  # dB, as the recipe trains
NODES_AT_ONCE = 2048


def score_code(
    network: Fecct,
    backbone: str,
    code: LinearCode,
    score: str = "taylor",
    frames: int | None = None,
    seed: int = 0,
) -> Importance:
    """The importance of every head and channel of `network` (digest `backbone`) for `code` under its matrix.

    Args:
        network, backbone: the dense backbone.
        code: with the matrix the network will look at.
        score: one of SCORES.
        frames: calibration frames of non-zero syndrome; by default 256, or as many as hold 32768 nodes.
        seed: of these frames.

    Raises:
        InputError: there is no such score, or the Tanner graph is too large for the network.
    """
    if score not in SCORES:
        raise InputError(f"There is no importance score {score!r}; there are {', '.join(SCORES)}.")
    if score == "magnitude":
        heads, channels = _magnitudes(network)
    else:
        check_nodes(code)
        view = CodeView.of(code)
        calibration = calibration_frames(view, code, frames, seed)
        measure = _taylor if score == "taylor" else _activation
        heads, channels = _averaged(measure, copy.deepcopy(network), view, calibration)  # others may hook into theirs
    return Importance(backbone, code.name, code.digest, score, heads, channels)


def calibration_frames(view: CodeView, code: LinearCode, frames: int | None = None, seed: int = 0) -> Frames:
    """The frames of `code` that scores look at; arguments as `score_code`."""
    frames = frames or min(CALIBRATION_FRAMES, max(1, CALIBRATION_NODES // len(view.distances)))
    return draw_frames(view, code.rate, CALIBRATION_EBN0, frames, torch.Generator().manual_seed(seed))


def _magnitudes(network: Fecct) -> tuple[np.ndarray, np.ndarray]:
    heads, channels = [], []
    for block in network.blocks:
        attention, count = block.attention, block.attention.heads
        rows = [attention.q.weight, attention.k.weight, attention.v.weight, attention.o.weight.T]
        heads.append(
            torch.stack([part.detach().unflatten(0, (count, -1)).square().sum((1, 2)) for part in rows]).sum(0)
        )
        channels.append(block.up.weight.detach().square().sum(1) + block.down.weight.detach().square().sum(0))
    return tuple(torch.stack(part).sqrt().numpy() for part in (heads, channels))


def _averaged(measure: Callable, network: Fecct, view: CodeView, frames: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the frames of what `measure` gives for groups of frames: sums (layers, heads), (layers, d_ff)."""
    count = max(1, NODES_AT_ONCE // len(view.distances))
    groups = zip(*(part.split(count) for part in (frames.magnitudes, frames.syndromes, frames.wrong)), strict=True)
    with flushed_denormals():
        sums = [measure(network, view, *group) for group in groups]
    return tuple((torch.stack(part).sum(0) / len(frames.wrong)).numpy() for part in zip(*sums, strict=True))


def _taylor(
    network: Fecct, view: CodeView, magnitudes: Tensor, syndromes: Tensor, wrong: Tensor
) -> tuple[Tensor, Tensor]:
    """Sums over frames of |dL/dg|, the gates of each frame being its own."""
    config, frames = network.config, len(wrong)
    heads = [torch.ones(frames, count, requires_grad=True) for count in config.layer_heads]
    channels = [torch.ones(frames, count, requires_grad=True) for count in config.layer_channels]
    with gated(network, heads, channels):
        logits = network(magnitudes, syndromes, view)
    losses = functional.binary_cross_entropy_with_logits(logits, wrong, reduction="none").mean(1)
    slopes = torch.autograd.grad(losses.sum(), [*heads, *channels])
    sums = [slope.abs().sum(0) for slope in slopes]
    return torch.stack(sums[: config.layers]), torch.stack(sums[config.layers :])


def _activation(
    network: Fecct, view: CodeView, magnitudes: Tensor, syndromes: Tensor, wrong: Tensor
) -> tuple[Tensor, Tensor]:
    """Sums over frames of the root mean square over nodes of what each head and channel adds."""
    seen: list[Tensor] = []
    with torch.inference_mode():
        with ExitStack() as hooks:
            for layer in (layer for block in network.blocks for layer in (block.attention.o, block.down)):
                hooks.callback(layer.register_forward_pre_hook(lambda _, x: seen.append(x[0])).remove)
            network(magnitudes, syndromes, view)
        heads, channels = [], []
        for block, spoken, active in zip(network.blocks, seen[::2], seen[1::2], strict=True):
            parts = block.attention.o.weight.unflatten(1, (block.attention.heads, -1))  # (d, h, d_head)
            gram = torch.einsum("dhi,dhj->hij", parts, parts)
            spoken = spoken.unflatten(-1, (block.attention.heads, -1))  # (B, T, h, d_head)
            squares = torch.einsum("bthi,hij,bthj->bth", spoken, gram, spoken).clamp(min=0)
            heads.append(squares.mean(1).sqrt().sum(0))
            channels.append((active.square().mean(1).sqrt() * block.down.weight.norm(dim=0)).sum(0))
        return torch.stack(heads), torch.stack(channels)
