"""Linear layers under the pattern tile, without their zeros: each tile of rows multiplies its own columns alone.

The tiles are found in the zeros of the weights, so that a network needs no mask beside it. Columns that lie side by
side are read where they are, others are gathered first; `hidden_order` puts those of the second of two layers so.
"""

import numpy as np
import torch
from torch import Tensor

MOST_TILES = 2
MOST_RUNS = 2  # of columns side by side that are multiplied one by one


class TiledLinear:
    """The same function as a linear layer whose weights are zero but for the same columns in all rows of a tile.

    Tiles are consecutive rows whose weights are zero in the same columns. For inference.

    Args:
        weight: (outputs, inputs), of one or two tiles.
        bias: (outputs,).
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        runs = [_runs(read) for read in _reads(weight)]
        self._order = None  # of the columns that are gathered first
        if max(map(len, runs)) > MOST_RUNS:
            self._order = _side_by_side(_reads(weight), np.zeros(weight.shape[1], dtype=int))
            weight = weight[:, self._order]
            runs = [_runs(read) for read in _reads(weight)]
        self._outputs, self._tiles, first = len(weight), [], 0
        for last, columns in zip(_tile_ends(weight), runs, strict=True):
            rows = slice(first, last)
            parts = [(run, weight.detach()[rows, run].T.contiguous()) for run in columns]  # (columns, rows) each
            self._tiles.append((rows, parts, bias.detach()[rows]))
            first = last

    def __call__(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        flat = x.reshape(-1, x.shape[-1])
        if self._order is not None:
            flat = flat.index_select(1, self._order)
        y = flat.new_empty(len(flat), self._outputs)
        for rows, parts, bias in self._tiles:
            start = bias
            for columns, kept in parts:
                start = torch.addmm(start, flat[:, columns], kept, out=y[:, rows])
        return y.reshape(*x.shape[:-1], self._outputs)


def is_tiled(weight: Tensor) -> bool:
    """Whether a weight (outputs, inputs) has one or two tiles, each of which leaves something out but not all."""
    reads = _reads(weight)
    return len(reads) <= MOST_TILES and bool(reads.any(axis=1).all() and not reads.all(axis=1).any())


def hidden_order(up: Tensor, down: Tensor) -> Tensor:
    """The order of hidden channels that puts side by side what each of two tiles of `down` reads.

    Channels stay in their tile of `up`; of two tiles of it, the second is a mirror of the first. Those that no tile
    reads are left out.

    Args:
        up: (hidden, inputs).
        down: (outputs, hidden).
    """
    return _side_by_side(_reads(down), np.searchsorted(_tile_ends(up), np.arange(len(up)), side="right"))


def _side_by_side(reads: np.ndarray, group: np.ndarray) -> Tensor:
    """The columns that are read, by group: what the first tile alone reads, what both do, what the last alone reads.

    Every other group the other way round. `reads`: (tiles, columns) bool; `group`: (columns,).
    """
    side = reads[-1].astype(int) - reads[0]
    order = np.lexsort((np.where(group % 2, -side, side), group))
    return torch.from_numpy(order[reads.any(axis=0)[order]])


def _runs(read: np.ndarray) -> list[slice]:
    """The runs of columns side by side among those that are read, (columns,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], read, [False]])))
    return [slice(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _reads(weight: Tensor) -> np.ndarray:
    """Which columns each tile reads: (tiles, columns) bool."""
    return (weight[[end - 1 for end in _tile_ends(weight)]] != 0).numpy(force=True)


def _tile_ends(weight: Tensor) -> list[int]:
    """The end of each run of rows that are zero in the same columns."""
    zero = weight.detach() == 0
    return [*((zero[1:] != zero[:-1]).any(dim=1).nonzero()[:, 0] + 1).tolist(), len(weight)]
