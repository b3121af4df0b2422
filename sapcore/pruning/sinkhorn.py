"""Entropic matching: a doubly stochastic matrix near a permutation, that gradients pass through.

P minimises <C, P> + T Σ P (log P - 1) over matrices with rows and columns that sum to 1, C being costs and T the
temperature (Cuturi, "Sinkhorn distances", NeurIPS 2013). It is exp(-C / T) with rows and columns scaled, which
Sinkhorn's iterations find by scaling them in turn; here in logarithms, so that a low temperature does not underflow.
As T falls P tends to the permutation of least cost.
"""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def sinkhorn(cost: Tensor, temperature: float, iterations: int) -> Tensor:
    """Soft permutations.

    Args:
        cost: (..., b, b).
        temperature: above 0, in units of the cost.
        iterations: each scales rows, then columns; after the last one columns sum to 1 exactly, rows nearly.

    Returns:
        (..., b, b), entries 0 to 1.
    """
    logarithms = -cost / temperature
    for _ in range(iterations):
        logarithms = logarithms - logarithms.logsumexp(-1, keepdim=True)
        logarithms = logarithms - logarithms.logsumexp(-2, keepdim=True)
    return logarithms.exp()


def hungarian(cost: Tensor) -> np.ndarray:
    """The permutation of least cost.

    Args:
        cost: (b, b), of row i at column j; a soft permutation P is hardened by `hungarian(-P)`.

    Returns:
        (b,) int64, the row that each column gets.
    """
    rows, columns = linear_sum_assignment(cost.detach().double().cpu().numpy())
    order = np.empty(len(rows), dtype=np.int64)
    order[columns] = rows
    return order


def permutation_matrix(order: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
    """P (b, b) with P[order[j], j] = 1: `x @ P` are the columns of x in this order."""
    P = torch.zeros(len(order), len(order), dtype=dtype)
    P[torch.from_numpy(order.copy()), torch.arange(len(order))] = 1
    return P
