"""Redundant checks: light words of the dual code as a taller parity-check matrix of the same code.

The words come in one fixed order, so the matrix of fewer rows is the top of the matrix of more. They come in groups:
the words of one weight, lightest first; for a cyclic code the orbits of the lightest words under cyclic shifts, first
those that raise the rank most. From a group, the next word is the one whose columns are used least so far. Until the
rank is full only words that raise it are taken, so the first n - k rows are a basis; then each group is completed in
turn. Where the first orbit generates the dual, n rows are that whole orbit and all columns weigh the same.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sapcore.codes import gf2
from sapcore.codes.gf2 import Bits, Words
from sapcore.codes.light_words import light_words
from sapcore.codes.linear_code import LinearCode
from sapcore.codes.matrix_checks import MAX_ROWS
from sapcore.codes.shipped_checks import shipped_checks
from sapcore.errors import InputError

MAX_LENGTH = 1024
"""Longest code for which light words are looked for."""

_WORDS_PER_COLUMN = 16


def default_rows(n: int) -> int:
    """Redundant checks by default: 2n up to n = 32, n beyond.

    >>> default_rows(31), default_rows(63)
    (62, 63)
    """
    return 2 * n if n <= 32 else n


def default_count(code: LinearCode) -> int:
    """`default_rows`, or the number of words of the dual where it holds fewer (Hamming codes and the like).

    Raises:
        InputError: the code is longer than 1024.
    """
    return min(default_rows(code.n), most_rows(code))


@lru_cache(maxsize=512)
def redundant_checks(code: LinearCode, rows: int) -> Bits:
    """`rows` light words of the dual of the code, shape (rows, n), rank n - k, read-only.

    Raises:
        InputError: `rows` is below n - k or above the number of light words found, or the code is longer than 1024.
    """
    if not code.rank <= rows <= most_rows(code):
        raise InputError(
            f"{code.name} can have {code.rank} to {most_rows(code)} redundant checks, all light words found, not "
            f"{rows}."
        )
    shipped = shipped_checks(code)
    return shipped.checks[:rows] if shipped and rows <= len(shipped.checks) else found_checks(code, rows)


def found_checks(code: LinearCode, rows: int) -> Bits:
    """The first `rows` of `redundant_checks`, looked for whether or not they ship."""
    words = in_order(_groups(code), code.n, code.rank)
    checks = np.array([word for word, _ in zip(words, range(rows), strict=False)])
    checks.setflags(write=False)
    return checks


def most_rows(code: LinearCode) -> int:
    """The most rows that `redundant_checks` gives: the light words of the dual at hand, at most MAX_ROWS.

    Raises:
        InputError: the code is longer than 1024.
    """
    shipped = shipped_checks(code)
    return shipped.most if shipped else most_found(code)


def most_found(code: LinearCode) -> int:
    """`most_rows`, looked for whether or not it ships."""
    return min(sum(map(len, _groups(code))), MAX_ROWS)


@lru_cache(maxsize=64)
def _groups(code: LinearCode) -> tuple[Words, ...]:
    """Candidate words in groups of one weight, or one orbit; together of full rank."""
    if code.n > MAX_LENGTH:
        raise InputError(
            f"{code.name} has length {code.n}; redundant checks are found for codes up to length {MAX_LENGTH}."
        )
    words = light_words(code.parity_check, _WORDS_PER_COLUMN * code.n)
    weights = gf2.weights(words)
    by_weight = [words[weights == weight] for weight in np.unique(weights)]
    if not code.cyclic:
        return tuple(by_weight)
    return tuple(_by_rank([cyclic_orbits(group, code.n) for group in by_weight], code.n, code.rank))


def cyclic_orbits(words: Words, n: int) -> list[Words]:
    """All cyclic shifts of the packed words of n bits, one array for each orbit, in the order of their least member."""
    mask = (1 << n) - 1
    seen: set[int] = set()
    orbits: list[list[int]] = []
    for word in words:
        value = int.from_bytes(word.astype("<u8").tobytes(), "little")
        if value in seen:
            continue
        shifts = [((value << shift) | (value >> (n - shift))) & mask for shift in range(n)]
        start = shifts.index(min(shifts))
        orbit = list(dict.fromkeys(shifts[start:] + shifts[:start]))
        seen.update(orbit)
        orbits.append(orbit)
    width = 8 * words.shape[1]
    return [
        np.frombuffer(b"".join(value.to_bytes(width, "little") for value in orbit), dtype="<u8").reshape(len(orbit), -1)
        for orbit in sorted(orbits)
    ]


def _by_rank(orbits: list[list[Words]], n: int, full: int) -> Iterator[Words]:
    """Orbits by weight, each time the one that raises the rank most, until the rank is full; the rest as they come."""
    chosen = np.zeros((0, n), dtype=np.uint8)
    rank = 0
    for same_weight in orbits:
        left = list(same_weight)
        while left and rank < full:
            best, best_rank = 0, rank
            for index, orbit in enumerate(left):
                reached = gf2.rank(np.vstack([chosen, gf2.unpack(orbit, n)]))
                if reached > best_rank:
                    best, best_rank = index, reached
                if reached == full:
                    break
            if best_rank == rank:
                break
            rank = best_rank
            chosen = np.vstack([chosen, gf2.unpack(left[best], n)])
            yield left.pop(best)
        yield from left


def in_order(groups: tuple[Words, ...], n: int, full: int) -> Iterator[Bits]:
    """The words of the groups as rows (n,), in the order described at the top of this file.

    Args:
        groups: packed words.
        n: bits of a word.
        full: the rank up to which words are taken for the rank they raise.
    """
    degrees = np.zeros(n, dtype=np.float32)
    open_words = [np.ones(len(group), dtype=bool) for group in groups]
    basis: list[NDArray[np.uint64]] = []
    for group, is_open in zip(groups, open_words, strict=True):
        if len(basis) == full:
            break
        residual = group.copy()
        for word in basis:
            gf2.eliminate(residual, word)
        bits = gf2.unpack(group, n).astype(np.float32)
        while (raising := residual.any(axis=1)).any():
            pick = _least_used(bits, degrees, raising)
            is_open[pick] = False
            basis.append(residual[pick].copy())
            gf2.eliminate(residual, basis[-1])
            yield bits[pick].astype(np.uint8)
    for group, is_open in zip(groups, open_words, strict=True):
        bits = gf2.unpack(group, n).astype(np.float32)
        while is_open.any():
            pick = _least_used(bits, degrees, is_open)
            is_open[pick] = False
            yield bits[pick].astype(np.uint8)


def _least_used(bits: NDArray[np.float32], degrees: NDArray[np.float32], allowed: NDArray[np.bool_]) -> int:
    """Index of the allowed word with the least sum of column degrees, the first of equals; counts it in `degrees`."""
    pick = int(np.argmin(np.where(allowed, bits @ degrees, np.inf)))
    degrees += bits[pick]
    return pick
