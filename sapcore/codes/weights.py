"""Exact weight distributions: enumeration of the smaller of code and dual, and the MacWilliams identity."""

from functools import lru_cache
from math import comb

import numpy as np

from sapcore.codes import gf2
from sapcore.codes.linear_code import LinearCode
from sapcore.errors import InputError

MAX_DIMENSION = 20
"""Largest min(k, n - k) that is enumerated unless more is asked for."""
MAX_LENGTH = 256
"""Longest code whose weights follow from those of its dual in a second: the cost grows with the cube of the length."""


@lru_cache(maxsize=256)
def weight_distribution(code: LinearCode, limit: int = MAX_DIMENSION) -> tuple[int, ...]:
    """A_0 … A_n, the number of codewords of each weight.

    MacWilliams: A_w = 2^-(n-k) Σ_i B_i K_w(i), with B the distribution of the dual and Krawtchouk polynomials K_w, in
    Python's exact integers.

    Raises:
        InputError: min(k, n - k) is above `limit`.

    >>> from sapcore.codes.families import hamming
    >>> weight_distribution(hamming(3))
    (1, 0, 0, 7, 7, 0, 0, 1)
    """
    smaller = min(code.k, code.rank)
    if smaller > limit:
        raise InputError(f"{code.name} has min(k, n-k) = {smaller}; weights are counted up to {limit}.")
    if code.k <= code.rank:
        return _enumerated(code.generator, code.n)
    dual = _enumerated(code.parity_check[_independent_rows(code)], code.n)
    return macwilliams(dual)


def minimum_distance(code: LinearCode) -> int | None:
    """The minimum distance: counted where min(k, n - k) <= 20, else what the code says of it, or None.

    Where the dual is the smaller one, only up to n = 256.

    >>> from sapcore.codes.families import golay
    >>> minimum_distance(golay(24))
    8
    """
    if min(code.k, code.rank) > MAX_DIMENSION or (code.k > code.rank and code.n > MAX_LENGTH):
        return code.minimum_distance
    return next(weight for weight, count in enumerate(weight_distribution(code)) if weight and count)


def macwilliams(distribution: tuple[int, ...]) -> tuple[int, ...]:
    """The weight distribution of the dual of the code that has this one, B_0 … B_n.

    >>> macwilliams((1, 0, 0, 1))  # repetition code of length 3, even-weight code of length 3
    (1, 0, 3, 0)
    """
    n = len(distribution) - 1
    size = sum(distribution)
    present = [(i, count) for i, count in enumerate(distribution) if count]
    return tuple(sum(count * _krawtchouk(n, w, i) for i, count in present) // size for w in range(n + 1))


def _krawtchouk(n: int, w: int, i: int) -> int:
    return sum((-1) ** s * comb(i, s) * comb(n - i, w - s) for s in range(max(0, w - n + i), min(w, i) + 1))


def _independent_rows(code: LinearCode) -> list[int]:
    return list(gf2.row_reduce(code.parity_check.T)[1])


def _enumerated(basis: gf2.Bits, n: int) -> tuple[int, ...]:
    counts = np.zeros(n + 1, dtype=np.int64)
    for block in gf2.span_blocks(gf2.pack(basis)):
        counts += np.bincount(gf2.weights(block), minlength=n + 1)
    return tuple(counts.tolist())
