"""Patterns: sets of masks that a weight matrix must be pruned to, and the exact projection onto each.

A projection keeps, of all matrices that a pattern allows, the one nearest to the given weights: part by part, the
allowed choice with the largest sum of squares. So it needs no search.

* tile: the rows of a matrix fall into TILES tiles of consecutive rows; each tile keeps the same columns for all of its
  rows. What is left is a dense product of fewer columns a tile, which is faster in plain PyTorch: `TiledLinear`.
* kernel: each 4x4 block keeps 1, 2 or 3 weights in every row and every column, one of 24, 90 or 24 patterns.

The pattern sets of the paper (arXiv 2407.08334) were not to be had: both are ours. The kernel patterns are those whose
transpose is one as well, as in transposable 2:4 masks (Hubara et al., NeurIPS 2021).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from sapcore.errors import InputError

TILES = 2
KERNEL = 4


@dataclass(frozen=True)
class Pattern:
    """A set of masks.

    Attributes:
        description: for people.
        check: makes sure that a matrix of (outputs, inputs) can be pruned at a ratio; raises InputError otherwise.
        project: the mask (outputs, inputs) bool, True = kept, of the allowed matrix nearest to the weights.
        place_bits: bits that tell which mask of the set a matrix of (outputs, inputs) has at a ratio.
    """

    description: str
    check: Callable[[int, int, float], None]
    project: Callable[[np.ndarray, float], np.ndarray]
    place_bits: Callable[[int, int, float], int]


def _check_tile(outputs: int, inputs: int, ratio: float) -> None:
    if outputs < TILES:
        raise InputError(f"The pattern tile needs {TILES} rows or more, not {outputs}.")
    kept = inputs * (1 - ratio)
    if round(kept) < 1 or abs(kept - round(kept)) > 1e-9:
        raise InputError(
            f"The pattern tile at ratio {ratio:g} would keep {kept:g} of {inputs} columns, no whole number."
        )


def _project_tile(weights: np.ndarray, ratio: float) -> np.ndarray:
    outputs, inputs = weights.shape
    _check_tile(outputs, inputs, ratio)
    kept, mask = round(inputs * (1 - ratio)), np.zeros(weights.shape, dtype=bool)
    for rows in np.array_split(np.arange(outputs), TILES):
        energy = np.square(weights[rows].astype(np.float64)).sum(axis=0)
        mask[np.ix_(rows, np.argsort(-energy, kind="stable")[:kept])] = True
    return mask


def _check_kernel(outputs: int, inputs: int, ratio: float) -> None:
    if ratio not in (0.25, 0.5, 0.75):
        raise InputError(f"The pattern kernel has ratio 0.25, 0.5 or 0.75, not {ratio:g}.")
    if outputs % KERNEL or inputs % KERNEL:
        raise InputError(f"The pattern kernel needs rows and columns in fours, not {outputs} and {inputs}.")


def _project_kernel(weights: np.ndarray, ratio: float) -> np.ndarray:
    outputs, inputs = weights.shape
    _check_kernel(outputs, inputs, ratio)
    masks = kernel_masks(round(KERNEL * (1 - ratio)))
    energy = np.square(weights.astype(np.float64)).reshape(outputs // KERNEL, KERNEL, inputs // KERNEL, KERNEL)
    blocks = energy.transpose(0, 2, 1, 3).reshape(-1, KERNEL * KERNEL)
    best = masks[(blocks @ masks.reshape(len(masks), -1).T).argmax(axis=1)]
    return (
        best.reshape(outputs // KERNEL, inputs // KERNEL, KERNEL, KERNEL).transpose(0, 2, 1, 3).reshape(weights.shape)
    )


@lru_cache
def kernel_masks(kept: int) -> np.ndarray:
    """All 4x4 masks that keep `kept` in every row and every column: (24 or 90, 4, 4) bool.

    >>> [len(kernel_masks(kept)) for kept in (1, 2, 3)]
    [24, 90, 24]
    """
    rows = [np.isin(np.arange(KERNEL), places) for places in combinations(range(KERNEL), kept)]
    masks = np.array([mask for mask in product(rows, repeat=KERNEL) if (np.sum(mask, axis=0) == kept).all()])
    masks.setflags(write=False)
    return masks


def _tile_bits(outputs: int, inputs: int, ratio: float) -> int:
    return TILES * inputs


def _kernel_bits(outputs: int, inputs: int, ratio: float) -> int:
    return outputs * inputs // KERNEL**2 * (len(kernel_masks(round(KERNEL * (1 - ratio)))) - 1).bit_length()


PATTERNS = {
    "tile": Pattern(f"columns shared by each of {TILES} tiles of rows", _check_tile, _project_tile, _tile_bits),
    "kernel": Pattern(
        "4x4 blocks with as many weights in every row and column", _check_kernel, _project_kernel, _kernel_bits
    ),
}
