"""How alike the masks of several codes are, and whether codes of near spectrum have masks that are alike."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.pruning.library import signature_vector
from sapcore.pruning.structured_mask import StructuredMask


def jaccard_matrices(masks: Sequence[StructuredMask]) -> tuple[np.ndarray, np.ndarray]:
    """`StructuredMask.jaccard` of every pair: of kept heads (N, N), and of kept channels (N, N).

    Raises:
        InputError: the masks belong to backbones of different shapes, or there are none.
    """
    if len({(mask.heads.shape, mask.channels.shape) for mask in masks}) != 1:
        raise InputError("Only masks of backbones of one size have an overlap.")
    parts = ([mask.heads.ravel() for mask in masks], [mask.channels.ravel() for mask in masks])
    heads, channels = (1 - squareform(pdist(np.array(part), "jaccard")) for part in parts)
    return heads, channels


def distance_matrix(codes: Sequence[LinearCode], values: int = 2) -> np.ndarray:
    """Euclidean distance of the signatures of every pair, (N, N)."""
    return squareform(pdist(np.array([signature_vector(code, values) for code in codes])))


def mantel(first: np.ndarray, second: np.ndarray, permutations: int = 9999, seed: int = 0) -> tuple[float, float]:
    """Rank correlation of two symmetric matrices above the diagonal, and its two-sided permutation p-value.

    The pairs of N things are not independent, so whole things are permuted, not pairs (Mantel, Cancer Research 27,
    1967), with Spearman's rank correlation; p = (1 + number at least as far from 0) / (1 + permutations).

    Raises:
        InputError: the matrices are not both (N, N) with N of 3 or more, or one is constant.
    """
    count = len(first)
    if first.shape != (count, count) or second.shape != (count, count) or count < 3:
        raise InputError(f"Two matrices of one size from 3 x 3 on are compared, not {first.shape} and {second.shape}.")
    above = np.triu_indices(count, 1)
    ranks = np.zeros((count, count))
    ranks[above] = rankdata(first[above])
    ranks += ranks.T
    x, y = ranks[above], rankdata(second[above])
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x**2).sum() * (y**2).sum())
    if scale == 0:
        raise InputError("A matrix whose entries are all alike has no rank correlation.")
    ranks -= ranks[above].mean()
    rng = np.random.default_rng(seed)
    found = float(x @ y / scale)
    as_far = 0
    for _ in range(permutations):
        order = rng.permutation(count)
        as_far += abs(ranks[order[above[0]], order[above[1]]] @ y / scale) >= abs(found) - 1e-12
    return found, (1 + as_far) / (1 + permutations)
