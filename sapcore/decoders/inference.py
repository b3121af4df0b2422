"""The path that frames take through a trained FECCT when they are decoded: the same sums as `Fecct.forward`, arranged
for speed. What depends on the matrix alone is made once, q, k and v are one product, scores are scaled in place, and
frames go through in groups that stay near a core's cache.
"""

import torch
from torch import Tensor
from torch.nn import functional

from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import Block, CodeView, Fecct

PRECISIONS = {"float32": torch.float32, "bf16": torch.bfloat16}  # of the linear layers of the blocks; the rest: float32
SCORES_AT_ONCE = 2**20  # attention scores of a layer that go through together, 4 MiB in float32
TOKENS_AT_ONCE = 1024  # nodes likewise


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
        with flushed_denormals(), torch.inference_mode():
            groups = zip(magnitudes.split(self._frames), syndromes.split(self._frames), strict=True)
            return torch.cat([self._group(*group) for group in groups])

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
        rest = ((part.weight, part.bias) for part in (attention.o, block.up, block.down))
        self.dtype = dtype
        self.qkv, self.o, self.up, self.down = ([w.to(dtype) for w in part] for part in (qkv, *rest))

    def add_to(self, x: Tensor) -> None:
        """Add what the block says to its input x (B, T, d), in place."""
        q, k, v = functional.linear(self.norms[0](x).to(self.dtype), *self.qkv).float().chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2).contiguous() for part in (q, k, v))
        weights = (q @ k.transpose(-1, -2)).mul_(self.modulation).softmax(-1)  # (B, h, T, T)
        x += functional.linear((weights @ v).transpose(1, 2).flatten(2).to(self.dtype), *self.o)
        hidden = functional.gelu(functional.linear(self.norms[1](x).to(self.dtype), *self.up))
        x += functional.linear(hidden, *self.down)
