"""The adjacency spectrum of a Tanner graph, from one singular value decomposition of H.

The adjacency matrix A(H) = [[0, H^T], [H, 0]] is symmetric and bipartite. If H v = s u and H^T u = s v, then
A [v; u] = s [v; u] and A [v; -u] = -s [v; -u]: the eigenvalues of A(H) are the singular values of H with both signs,
and zeros.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.fft import dct
from scipy.linalg import svd

from sapcore.codes.linear_code import LinearCode
from sapcore.errors import InputError
from sapcore.threads import single_threaded

_SAME_VALUE = 1e-8  # singular values closer than this share of the largest one are one value with multiplicity
_NEGLIGIBLE = 1e-6  # a projection of a unit vector shorter than this counts as zero


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The r positive singular triples of a matrix (m, n), where r is its rank over the reals.

    Attributes:
        singular_values: (r,), descending, each as often as its multiplicity.
        right: (n, r), column i is the part of triple i on the variable nodes.
        left: (m, r), column i is the part of triple i on the check nodes.

    The arrays are read-only and each column has unit length. Where a singular value repeats, any rotation of its
    vectors would do; here the rotation, and elsewhere the sign, follow from the subspace alone (see `_aligned`), so
    that a picture of an eigenvector is the same on every machine.
    """

    singular_values: np.ndarray
    right: np.ndarray
    left: np.ndarray

    @property
    def nodes(self) -> int:
        """The number n + m of nodes of the Tanner graph."""
        return len(self.right) + len(self.left)

    @property
    def eigenvalues(self) -> np.ndarray:
        """All eigenvalues of A(H), (n + m,), descending: s_1 ... s_r, then n + m - 2r zeros, then -s_r ... -s_1."""
        zeros = np.zeros(self.nodes - 2 * len(self.singular_values))
        return np.concatenate([self.singular_values, zeros, -self.singular_values[::-1]])

    @property
    def multiplicities(self) -> tuple[tuple[float, int], ...]:
        """The distinct singular values, descending, each with the number of times it occurs."""
        return tuple((float(self.singular_values[first]), end - first) for first, end in _groups(self.singular_values))

    def eigenvector(self, index: int) -> np.ndarray:
        """Return the unit eigenvector (n + m,) of A(H) for `eigenvalues[index]`, variable nodes first.

        It is [v; u] / sqrt(2) for a positive eigenvalue and [v; -u] / sqrt(2) for the negative of it.

        Raises:
            InputError: the index is out of range, or belongs to a zero eigenvalue.
        """
        rank, mirrored = len(self.singular_values), self.nodes - 1 - index
        if 0 <= index < rank:
            return np.concatenate([self.right[:, index], self.left[:, index]]) / np.sqrt(2)
        if 0 <= mirrored < rank:
            return np.concatenate([self.right[:, mirrored], -self.left[:, mirrored]]) / np.sqrt(2)
        raise InputError(
            f"There is no eigenvector {index}: the non-zero eigenvalues of this graph have the indices 0 to {rank - 1} "
            f"and {self.nodes - rank} to {self.nodes - 1}."
        )


@lru_cache(maxsize=32)
def spectrum(code: LinearCode) -> Spectrum:
    """Return the singular triples of the parity-check matrix of `code`."""
    return _decompose(code.parity_check.astype(float))


@lru_cache(maxsize=32)
def normalised_spectrum(code: LinearCode) -> Spectrum:
    """Return the singular triples of D_c^-1/2 H D_v^-1/2, where D_c and D_v hold the degrees of checks and variables.

    Its singular values lie in [0, 1], the first is 1 (once for each connected component), and 1 - s_2 is the spectral
    gap of the normalised Laplacian of the Tanner graph (Chung, Spectral Graph Theory, chapter 1).
    """
    H = code.parity_check.astype(float)
    return _decompose(H / np.sqrt(np.outer(H.sum(axis=1), H.sum(axis=0))))


@lru_cache(maxsize=1024)
def signature(code: LinearCode) -> tuple[float, float]:
    """Return (s_1, s_2), the two algebraically largest eigenvalues of A(H).

    This is the code signature of Spectral-Aligned Pruning (arXiv 2602.01602, v3). It belongs to H, not to the code
    alone. Without vectors, the squares of the values are had faster from the smaller Gram matrix of H, whose entries
    are exact integers. s_2 is 0 where H has rank 1.
    """
    H = code.parity_check.astype(float)
    with single_threaded():
        gram = H @ H.T if len(H) <= H.shape[1] else H.T @ H
        squares = np.linalg.eigvalsh(gram)[::-1]  # all: LAPACK's solver for a few fails on many equal eigenvalues
    squares[squares < len(gram) * np.finfo(float).eps * squares[0]] = 0
    first, second, *_ = np.sqrt(np.append(squares, 0)).tolist()
    return first, second


def signature_distance(a: LinearCode, b: LinearCode) -> float:
    """Return the Euclidean distance between the signatures of two codes (our choice: the paper names no norm)."""
    return float(np.hypot(*np.subtract(signature(a), signature(b))))


def _decompose(matrix: np.ndarray) -> Spectrum:
    with single_threaded():
        left, values, right_transposed = svd(matrix, full_matrices=False)
        rank = int(np.sum(values > max(matrix.shape) * np.finfo(float).eps * values[0]))
        values, right, left = values[:rank], right_transposed[:rank].T.copy(), left[:, :rank].copy()
        for first, end in _groups(values):
            rotation = _aligned(right[:, first:end])
            right[:, first:end] = right[:, first:end] @ rotation
            left[:, first:end] = left[:, first:end] @ rotation
    for array in (values, right, left):
        array.setflags(write=False)
    return Spectrum(values, right, left)


def _groups(values: np.ndarray) -> list[tuple[int, int]]:
    """Return the (first, end) index ranges of equal values in a descending array."""
    steps = np.flatnonzero(-np.diff(values) > _SAME_VALUE * values[0]) + 1
    edges = [0, *steps.tolist(), len(values)]
    return list(pairwise(edges))


def _aligned(basis: np.ndarray) -> np.ndarray:
    """Return the rotation (d, d) that turns `basis` (n, d), orthonormal, into the one its span alone determines.

    The new basis is the Gram-Schmidt basis of the projections of cos(pi j (i + 1/2) / n), j = 0, 1, ..., on the span,
    projections that depend on earlier ones left out. A single vector so gets a sign, a repeated singular value a basis
    that varies as slowly along the bits as it can.
    """
    projections = dct(basis, axis=0, norm="ortho")  # (n, d): row j is the projection of the j-th cosine
    size = basis.shape[1]
    rotation, found = np.zeros((size, size)), 0
    for projection in projections:
        rest = projection - rotation @ (rotation.T @ projection)
        rest -= rotation @ (rotation.T @ rest)  # twice is enough to keep the rotation orthogonal
        length = np.linalg.norm(rest)
        if length > _NEGLIGIBLE:
            rotation[:, found] = rest / length
            found += 1
            if found == size:
                break
    return rotation
