"""FECCT: one transformer that decodes every binary linear block code from magnitudes, syndrome and Tanner graph.

Tokens are the n variable nodes and the m check nodes of the Tanner graph of H. A variable node starts as one learned
vector scaled by the received magnitude |y|, a check node as one of two learned vectors chosen by its syndrome bit.
Pre-norm blocks of attention and feed-forward layers follow; each attention score q.k / sqrt(d_head) is multiplied by a
learned factor psi of the shortest-path distance between its two nodes, one table for each layer and head. At the end
every variable node takes in the mean of its checks through the transpose of H and gives one logit: is the hard decision
on this bit wrong. No weight depends on n, k or H.

Follows Choukroun and Wolf, "A Foundation Model for Error Correction Codes" (ICLR 2024), in its invariant embedding,
distance modulation and parity-aware head. Sizes, the table for psi, one psi for each head, the mean over checks and the
GELU in the head are our choices.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from sapcore.codes import LinearCode
from sapcore.decoders.fecct_config import FecctConfig
from sapcore.spectra import TannerGraph

FARTHEST = 8  # shortest-path distances from here on share one entry of psi
UNREACHABLE = FARTHEST + 1


@dataclass(frozen=True, eq=False)
class CodeView:
    """What the network looks at of a parity-check matrix; made once a code.

    Attributes:
        parity_check: H, (m, n) float32.
        distances: classes of the shortest-path distance between nodes, (n + m, n + m) int64, 0 .. UNREACHABLE.
        fold: transpose of H with every row divided by the number of checks of that bit, (n, m) float32.
    """

    parity_check: Tensor
    distances: Tensor
    fold: Tensor

    @classmethod
    def of(cls, code: LinearCode, device: str | torch.device = "cpu") -> "CodeView":
        """The view of the matrix of `code`, on `device`."""
        distances = TannerGraph(code).distances.astype(np.int64)
        distances = np.where(distances < 0, UNREACHABLE, np.minimum(distances, FARTHEST))
        checks = torch.from_numpy(code.parity_check.astype(np.float32)).to(device)
        fold = checks.T / checks.sum(0)[:, None]
        return cls(checks, torch.from_numpy(distances).to(device), fold)

    def syndrome(self, bits: Tensor) -> Tensor:
        """Syndromes (B, m) int64 of `bits` (B, n) of 0 and 1."""
        return (bits.to(self.parity_check.dtype) @ self.parity_check.T).long() % 2


class Attention(nn.Module):
    """Multi-head self-attention whose scores are multiplied by psi of the distance between the two nodes."""

    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, heads * head_width)
        self.k = nn.Linear(width, heads * head_width)
        self.v = nn.Linear(width, heads * head_width)
        self.o = nn.Linear(heads * head_width, width)
        self.psi = nn.Parameter(torch.randn(heads, UNREACHABLE + 1))

    def modulation(self, distances: Tensor) -> Tensor:
        """psi / sqrt(d_head) for every pair of nodes: (heads, T, T)."""
        return (self.psi * math.sqrt(self.heads / self.q.out_features))[:, distances]

    def forward(self, x: Tensor, view: CodeView) -> Tensor:  # (B, T, d) -> (B, T, d)
        q, k, v = (part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q, self.k, self.v))
        scores = (q @ k.transpose(-1, -2)) * self.modulation(view.distances).to(q.dtype)  # (B, h, T, T)
        return self.o((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Pre-norm attention, then a pre-norm GELU feed-forward layer, each added to its input."""

    def __init__(self, width: int, heads: int, head_width: int, channels: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads, head_width)
        self.norm_ffn = nn.LayerNorm(width)
        self.up = nn.Linear(width, channels)
        self.down = nn.Linear(channels, width)

    def forward(self, x: Tensor, view: CodeView) -> Tensor:  # (B, T, d) -> (B, T, d)
        x = x + self.attention(self.norm_attention(x), view)
        return x + self.down(functional.gelu(self.up(self.norm_ffn(x))))


class Fecct(nn.Module):
    """The network; see the module's text.

    >>> sum(p.numel() for p in Fecct(FecctConfig(6, 128, 8)).parameters()) < 1.3e6
    True
    """

    def __init__(self, config: FecctConfig) -> None:
        super().__init__()
        self.config = config
        self.magnitude = nn.Parameter(torch.randn(config.width))
        self.syndrome = nn.Embedding(2, config.width)
        self.blocks = nn.ModuleList(
            Block(config.width, heads, config.head_width, channels)
            for heads, channels in zip(config.layer_heads, config.layer_channels, strict=True)
        )
        self.norm = nn.LayerNorm(config.width)
        self.bit = nn.Linear(config.width, config.width)
        self.check = nn.Linear(config.width, config.width)
        self.out = nn.Linear(config.width, 1)

    def forward(self, magnitudes: Tensor, syndromes: Tensor, view: CodeView) -> Tensor:
        """Logits (B, n) that the hard decision on each bit is wrong.

        Args:
            magnitudes: |y|, (B, n) float.
            syndromes: H applied to the hard decision, (B, m) int64.
            view: of the matrix H.
        """
        x = self.embed(magnitudes, syndromes)
        for block in self.blocks:
            x = block(x, view)
        return self.read_out(x, view)

    def embed(self, magnitudes: Tensor, syndromes: Tensor) -> Tensor:
        """The tokens (B, n + m, d) that the blocks start from."""
        return torch.cat([magnitudes[..., None] * self.magnitude, self.syndrome(syndromes)], dim=1)

    def read_out(self, x: Tensor, view: CodeView) -> Tensor:
        """Logits (B, n) from the tokens (B, n + m, d) after the last block."""
        n = len(view.fold)
        x = self.norm(x)
        bits, checks = x[:, :n], x[:, n:]
        folded = view.fold.to(checks.dtype) @ checks  # (B, n, d)
        return self.out(functional.gelu(self.bit(bits) + self.check(folded)))[..., 0]
