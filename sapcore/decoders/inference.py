"""The path that frames take through a trained FECCT when they are decoded: the same sums as `Fecct.forward`, arranged
for speed. What depends on the matrix alone is made once, q, k and v are one product, heads read and write where it
lies, one after the other in the same place, and frames go through in groups that stay near a core's cache. Zeros of the
pattern tile are left out, see `tiled_linear`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from sapcore.decoders.bfloat16 import multiplies_bfloat16
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import Block, CodeView, Fecct
from sapcore.decoders.tiled_linear import TiledLinear, hidden_order, is_tiled

PRECISIONS = {"float32": torch.float32, "bf16": torch.bfloat16}  # of the linear layers of the blocks; the rest: float32
SCORES_AT_ONCE = 2**20  # attention scores of a layer that go through together, 4 MiB in float32
TOKENS_AT_ONCE = 2048  # nodes likewise


class Step(NamedTuple):
    """What one layer did: attention weights (B, heads, T, T), and the logits (B, n) read out after it.

    `unpruned` is the attention (B, heads, T, T) that all heads of a layer before pruning pay to the same tokens, None
    where it was not asked for.
    """

    attention: Tensor
    unpruned: Tensor | None
    logits: Tensor


class InferencePath:
    """Decodes with one network under one matrix.

    Args:
        network: the backbone; layers may have widths of their own.
        view: of the matrix H.
        precision: "float32", or "bf16" for the linear layers of the blocks, rounded to bfloat16 with float32 around.
    """

    def __init__(self, network: Fecct, view: CodeView, precision: str = "float32") -> None:
        self._network = network
        self._view = view
        with torch.inference_mode():
            self._layers = [_Layer(block, view, PRECISIONS[precision]) for block in network.blocks]
        nodes = len(view.distances)
        heads = max(block.attention.heads for block in network.blocks)
        self._frames = max(1, min(SCORES_AT_ONCE // (heads * nodes * nodes), TOKENS_AT_ONCE // nodes))

    def logits(self, magnitudes: Tensor, syndromes: Tensor) -> Tensor:
        """Logits (B, n) float32 from |y| (B, n) float32 and syndromes (B, m) int64, as `Fecct.forward` gives."""
        with _running():
            groups = zip(magnitudes.split(self._frames), syndromes.split(self._frames), strict=True)
            return torch.cat([self._group(*group) for group in groups])

    def steps(self, magnitudes: Tensor, syndromes: Tensor, unpruned: "InferencePath | None" = None) -> Iterator[Step]:
        """What each layer does to the frames, layer by layer; the last logits are those of `logits`.

        Args:
            magnitudes, syndromes: of a few frames, which go through in one group.
            unpruned: the path before pruning, whose heads are to look at the tokens of this one too.
        """
        others = [None] * len(self._layers) if unpruned is None else unpruned._layers
        with _running():
            x = self._network.embed(magnitudes, syndromes)
        for layer, other in zip(self._layers, others, strict=True):
            with _running():
                before = None if other is None else other.attention(x)[0]
                step = Step(layer.add_attentively(x), before, self._network.read_out(x, self._view))
            yield step

    def _group(self, magnitudes: Tensor, syndromes: Tensor) -> Tensor:
        x = self._network.embed(magnitudes, syndromes)
        for layer in self._layers:
            layer.add_to(x)
        return self._network.read_out(x, self._view)


class _Layer:
    """One block, ready for one matrix."""

    def __init__(self, block: Block, view: CodeView, dtype: torch.dtype) -> None:
        attention = block.attention
        self.heads = attention.heads
        self.norms = block.norm_attention, block.norm_ffn
        self.modulation = attention.modulation(view.distances).contiguous()
        parts = attention.q, attention.k, attention.v
        qkv = torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])
        self.dtype = dtype
        o, up, down = ((part.weight, part.bias) for part in (attention.o, block.up, block.down))
        if is_tiled(up[0]) and is_tiled(down[0]):
            order = hidden_order(up[0], down[0])
            up, down = (up[0][order], up[1][order]), (down[0][:, order], down[1])
        self.qkv, self.o, self.up, self.down = (_linear(*part, dtype) for part in (qkv, o, up, down))

    def attention(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Attention weights (B, h, T, T) of the heads on the input x (B, T, d), and what they read (B, T, h d_head)."""
        weights = x.new_empty(self.heads, len(x), x.shape[1], x.shape[1])
        return weights.transpose(0, 1), self._read(x, weights)

    def add_to(self, x: Tensor) -> None:
        """Add what the block says to its input x (B, T, d), in place."""
        self._add(x, self._read(x))

    def add_attentively(self, x: Tensor) -> Tensor:
        """`add_to`, and the attention weights (B, h, T, T) it used."""
        weights, read = self.attention(x)
        self._add(x, read)
        return weights

    def _read(self, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """What the heads read (B, T, h d_head); the weights they did it with are left in `weights` (h, B, T, T).

        Without `weights`, heads take turns in one place, which stays near the core. Those of a frame that is alone go
        together, in fewer calls.
        """
        qkv = self.qkv(self.norms[0](x).to(self.dtype)).to(torch.float32)
        read = qkv.new_empty(*x.shape[:2], qkv.shape[-1] // 3)
        parts = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 3, 0, 1, 4)  # (3, h, B, T, d_head)
        places, psi = read.unflatten(-1, (self.heads, -1)).permute(2, 0, 1, 3), self.modulation[:, None]
        if len(x) == 1:
            parts, places, psi = parts.transpose(1, 2), places.transpose(0, 1), psi.transpose(0, 1)
            weights = None if weights is None else weights.transpose(0, 1)
        if weights is None:
            weights = qkv.new_empty(places.shape[1], x.shape[1], x.shape[1]).expand(len(places), -1, -1, -1)
        for q, k, v, factors, scores, place in zip(*parts, psi, weights, places, strict=True):
            torch.bmm(q, k.transpose(-1, -2), out=scores)
            torch.softmax(scores.mul_(factors), -1, out=scores)
            torch.bmm(scores, v, out=place)
        return read

    def _add(self, x: Tensor, read: Tensor) -> None:
        x += self.o(read.to(self.dtype))
        x += self.down(torch.ops.aten.gelu_(self.up(self.norms[1](x).to(self.dtype))))


def _linear(weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """A linear layer rounded to `dtype`, without the zeros that a tile leaves.

    Where the processor does not multiply bfloat16, the product of what has been rounded is made in float32 and rounded:
    what a processor that does makes but for the order of the sums, and many times faster than PyTorch's emulation.
    """
    weight, bias = weight.to(dtype), bias.to(dtype)
    if dtype == torch.bfloat16 and not multiplies_bfloat16():
        return partial(_rounded, _linear(weight, bias, torch.float32))
    if is_tiled(weight):
        return TiledLinear(weight, bias)
    if dtype == torch.float32:
        weight = weight.T.contiguous().T  # column by column: products in float32 are faster so
    return partial(_dense, weight, bias)


def _dense(weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    return functional.linear(x, weight, bias)


def _rounded(linear: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return linear(x.to(torch.float32)).to(torch.bfloat16)


@contextmanager
def _running() -> Iterator[None]:
    with flushed_denormals(), torch.inference_mode():
        yield
