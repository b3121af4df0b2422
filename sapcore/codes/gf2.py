"""Linear algebra over the field of two elements, on rows packed 64 bits to a word.

Matrices are NumPy arrays of 0 and 1. Packed rows are `uint64` arrays of shape (m, ceil(n / 64)); column j of the matrix
is bit j % 64 of word j // 64.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bits = NDArray[np.uint8]
Words = NDArray[np.uint64]

_WORD = np.dtype("<u8")
_LOW_DIMENSION = 14


def pack(bits: ArrayLike) -> Words:
    """Pack a 0/1 matrix (m, n) into words (m, ceil(n / 64)).

    >>> pack([[1, 0, 1]])
    array([[5]], dtype=uint64)
    """
    matrix = np.atleast_2d(np.asarray(bits, dtype=np.uint8))
    rows, columns = matrix.shape
    padded = np.zeros((rows, -(-columns // 64) * 64), dtype=np.uint8)
    padded[:, :columns] = matrix
    return np.packbits(padded, axis=1, bitorder="little").view(_WORD)


def unpack(words: Words, n: int) -> Bits:
    """Undo `pack`: words (m, ceil(n / 64)) to a 0/1 matrix (m, n).

    >>> unpack(pack([[1, 0, 1]]), 3)
    array([[1, 0, 1]], dtype=uint8)
    """
    as_bytes = np.ascontiguousarray(words, dtype=_WORD).view(np.uint8)
    return np.unpackbits(as_bytes, axis=1, count=n, bitorder="little")


def weights(words: Words) -> NDArray[np.int16]:
    """Hamming weight of each packed row of up to 32767 bits: shape (..., W) to (...).

    >>> weights(pack([[1, 0, 1], [0, 0, 0]]))
    array([2, 0], dtype=int16)
    """
    counts = np.bitwise_count(words)
    total = counts[..., 0].astype(np.int16)
    for place in range(1, words.shape[-1]):  # far faster than a sum over so short an axis
        total += counts[..., place]
    return total


def row_reduce(matrix: ArrayLike) -> tuple[Bits, tuple[int, ...]]:
    """Reduced row echelon form.

    Returns R, of the shape (m, n) of the matrix with zero rows last, and the pivot columns in ascending order: row i of
    R holds the only 1 of column pivots[i]. The form depends on the row space alone.

    >>> row_reduce([[1, 1, 0], [1, 0, 1], [0, 1, 1]])
    (array([[1, 0, 1],
           [0, 1, 1],
           [0, 0, 0]], dtype=uint8), (0, 1))
    """
    bits = np.atleast_2d(np.asarray(matrix, dtype=np.uint8))
    rows, columns = bits.shape
    work = pack(bits)
    pivots: list[int] = []
    for column in range(columns):
        top = len(pivots)
        if top == rows:
            break
        hit = (work[:, column // 64] >> np.uint64(column % 64)) & np.uint64(1) == 1
        below = np.flatnonzero(hit[top:])
        if below.size == 0:
            continue
        pivot = top + int(below[0])
        work[[top, pivot]] = work[[pivot, top]]
        hit[pivot] = hit[top]
        hit[top] = False
        work[hit] ^= work[top]
        pivots.append(column)
    return unpack(work, columns), tuple(pivots)


def rank(matrix: ArrayLike) -> int:
    """Number of linearly independent rows.

    >>> rank([[1, 1, 0], [1, 0, 1], [0, 1, 1]])
    2
    """
    return len(row_reduce(matrix)[1])


def null_space(matrix: ArrayLike) -> Bits:
    """A basis (n - rank, n) of all x with matrix · x = 0, systematic on the columns that are not pivots.

    >>> null_space([[1, 1, 0], [0, 1, 1]])
    array([[1, 1, 1]], dtype=uint8)
    """
    reduced, pivots = row_reduce(matrix)
    columns = reduced.shape[1]
    free = np.setdiff1d(np.arange(columns), pivots)
    basis = np.zeros((free.size, columns), dtype=np.uint8)
    basis[np.arange(free.size), free] = 1
    basis[:, list(pivots)] = reduced[: len(pivots), free].T
    return basis


def span_blocks(basis: Words) -> Iterator[Words]:
    """All 2^r sums of the packed rows (r, W), the zero word first, in blocks of at most 2^14 words.

    >>> [weights(block).tolist() for block in span_blocks(pack([[1, 1, 0], [0, 1, 1]]))]
    [[0, 2, 2, 2]]
    """
    low = _sums(basis[:_LOW_DIMENSION])
    for offset in _sums(basis[_LOW_DIMENSION:]):
        yield low ^ offset


def _sums(basis: Words) -> Words:
    sums = np.zeros((1, basis.shape[1]), dtype=np.uint64)
    for row in basis:
        sums = np.concatenate([sums, sums ^ row])
    return sums


def eliminate(rows: Words, word: Words) -> None:
    """Add the word (W,) to each of the packed rows (m, W) that has its lowest 1, in place."""
    place = int(np.flatnonzero(word)[0])
    bit = word[place] & (~word[place] + np.uint64(1))
    rows[rows[:, place] & bit != 0] ^= word
