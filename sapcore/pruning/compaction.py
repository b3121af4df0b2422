"""A mask put into effect: as zeros on the gates of the dense network, and as really smaller matrices."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor

from sapcore.decoders.fecct import Fecct
from sapcore.pruning.structured_mask import StructuredMask


@contextmanager
def gated(network: Fecct, heads: Sequence[Tensor], channels: Sequence[Tensor]) -> Iterator[Fecct]:
    """Within, multiply what each head and each channel of `network` says by its gate.

    Args:
        network: any FECCT.
        heads: for each layer the gates of its heads, (heads,) or one row a frame (B, heads).
        channels: for each layer the gates of its channels, likewise.
    """
    with ExitStack() as hooks:
        for block, of_heads, of_channels in zip(network.blocks, heads, channels, strict=True):
            width = block.attention.o.in_features // block.attention.heads
            for layer, gates in ((block.attention.o, of_heads.repeat_interleave(width, -1)), (block.down, of_channels)):
                hook = layer.register_forward_pre_hook(lambda _, x, g=gates: (x[0] * g.unsqueeze(-2),))
                hooks.callback(hook.remove)
        yield network


@contextmanager
def masked(network: Fecct, mask: StructuredMask) -> Iterator[Fecct]:
    """Within, the heads and channels that `mask` removes say nothing."""
    mask.pruned(network.config)  # only to refuse a mask of another size
    gates = ([torch.from_numpy(row.astype(np.float32)) for row in kept] for kept in (mask.heads, mask.channels))
    with gated(network, *gates):
        yield network


def compact(network: Fecct, mask: StructuredMask) -> Fecct:
    """The network that remains: the same output as `masked`, from smaller matrices.

    Raises:
        InputError: the mask is for a network of another size.
    """
    small = Fecct(mask.pruned(network.config)).to(network.magnitude.dtype)
    state = network.state_dict()
    for layer, (heads, channels) in enumerate(zip(mask.heads, mask.channels, strict=True)):
        rows = torch.from_numpy(np.repeat(heads, network.config.head_width))
        kept_heads, kept_channels = torch.from_numpy(heads.copy()), torch.from_numpy(channels.copy())
        block = f"blocks.{layer}"
        for part in "qkv":
            for kind in ("weight", "bias"):
                state[f"{block}.attention.{part}.{kind}"] = state[f"{block}.attention.{part}.{kind}"][rows]
        state[f"{block}.attention.o.weight"] = state[f"{block}.attention.o.weight"][:, rows]
        state[f"{block}.attention.psi"] = state[f"{block}.attention.psi"][kept_heads]
        state[f"{block}.up.weight"] = state[f"{block}.up.weight"][kept_channels]
        state[f"{block}.up.bias"] = state[f"{block}.up.bias"][kept_channels]
        state[f"{block}.down.weight"] = state[f"{block}.down.weight"][:, kept_channels]
    small.load_state_dict(state)
    return small.eval().requires_grad_(False)
