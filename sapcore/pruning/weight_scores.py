"""Scores single weights W[i, j] of a linear layer, i its output and j its input.

* magnitude: |W[i, j]|.
* wanda: |W[i, j]| · sqrt(E[x_j²]) (Sun et al., "A simple and effective pruning approach for large language models",
  ICLR 2024).
* ria: (|W[i, j]| / Σ_i |W[i, j]| + |W[i, j]| / Σ_j |W[i, j]|) · sqrt(E[x_j²])^a with a = 1/2 (Zhang et al.,
  "Plug-and-play: an efficient post-training pruning method for large language models", ICLR 2024).

All three are zero or more, and belong to the entry: they move with it when rows or columns are reordered.
"""

from typing import TYPE_CHECKING

import numpy as np

from sapcore.errors import InputError

if TYPE_CHECKING:
    from sapcore.pruning.input_statistics import InputStatistics

WEIGHT_SCORES = {
    "magnitude": "the size of the weight",
    "wanda": "the size of the weight times the root mean square of its input",
    "ria": "the weight's share of its row and of its column, times the fourth root of its input's mean square",
}
RIA_POWER = 0.5


def weight_scores(score: str, weight: np.ndarray, layer: str, statistics: "InputStatistics") -> np.ndarray:
    """The score of every weight of a layer.

    Args:
        score: one of WEIGHT_SCORES.
        weight: (outputs, inputs).
        layer: its name in `statistics`.
        statistics: of its inputs; not looked at for magnitude.

    Returns:
        (outputs, inputs) float64, zero or more.

    Raises:
        InputError: there is no such score.
    """
    if score not in WEIGHT_SCORES:
        raise InputError(f"There is no weight score {score!r}; there are {', '.join(WEIGHT_SCORES)}.")
    size = np.abs(weight.astype(np.float64))
    match score:
        case "magnitude":
            return size
        case "wanda":
            return size * statistics.root_mean_square(layer)
        case "ria":
            shares = _share(size, 0) + _share(size, 1)
            return shares * statistics.root_mean_square(layer) ** RIA_POWER
    raise AssertionError(f"no case for the score {score!r}")


def _share(size: np.ndarray, axis: int) -> np.ndarray:
    total = size.sum(axis=axis, keepdims=True)
    return np.divide(size, total, out=np.zeros_like(size), where=total > 0)
