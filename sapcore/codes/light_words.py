"""Light words of a code: all of them where it is small, else those met on many random information sets."""

import numpy as np
from numpy.typing import NDArray

from sapcore.codes import gf2
from sapcore.codes.gf2 import Bits, Words

ENUMERABLE_DIMENSION = 22
"""Largest dimension of a code whose words are all looked at."""

_WORD_BUDGET = 12_000_000
_PAIRS_AT_ONCE = 1 << 17
_PIVOTS_PER_SET = 3
_SEED = 20260202


def light_words(generator: Bits, wanted: int) -> Words:
    """The lightest words of the row space of `generator` (r, n): packed, distinct, by weight.

    Words of one weight are in a fixed mixed order: the first of them are a fair sample. Up to dimension 22 these
    are the lightest whole weight classes that hold `wanted` words, or all the words there are. Beyond, they are the
    lightest `wanted` among the rows of `generator`, their pair sums, and the rows and pair sums of systematic
    generators on a seeded walk over information sets (Lee and Brickell 1988; the walk of Canteaut and Chabaud 1998).
    In both cases heavier words follow where the lightest would not span the code.
    """
    reduced, pivots = gf2.row_reduce(generator)
    basis = gf2.pack(reduced[: len(pivots)])
    if len(pivots) <= ENUMERABLE_DIMENSION:
        return _enumerated(basis, wanted)
    return _searched(basis, np.array(pivots), gf2.pack(generator), reduced.shape[1], wanted)


def lightest_basis(words: Words) -> Words:
    """The words of a list that are independent of all before them: a lightest basis, if the list goes by weight."""
    residual = words.copy()
    chosen: list[int] = []
    live = np.flatnonzero(residual.any(axis=1))
    while live.size:
        chosen.append(int(live[0]))
        gf2.eliminate(residual, residual[live[0]].copy())
        live = live[residual[live].any(axis=1)]
    return words[chosen]


def _enumerated(basis: Words, wanted: int) -> Words:
    weights = np.concatenate([gf2.weights(block) for block in gf2.span_blocks(basis)])
    classes, counts = np.unique(weights[1:], return_counts=True)
    last = min(int(np.searchsorted(np.cumsum(counts), wanted)), len(classes) - 1)
    while True:
        words = np.concatenate([block[gf2.weights(block) <= classes[last]] for block in gf2.span_blocks(basis)])
        ordered = _ordered(words)
        if len(lightest_basis(ordered)) == len(basis):
            return ordered
        last += 1


def _searched(basis: Words, pivots: NDArray[np.intp], given: Words, n: int, wanted: int) -> Words:
    random = np.random.Generator(np.random.PCG64(_SEED))
    pool = _Pool(given, wanted)
    for index in range(len(given) - 1):
        pool.offer(given[index + 1 :] ^ given[index])
    first, second = np.triu_indices(len(basis), k=1)
    walks = int(np.clip(_PAIRS_AT_ONCE // len(first), 1, 512))
    chains = np.repeat(basis[None], walks, axis=0)
    heads = np.repeat(pivots[None], walks, axis=0)
    for _ in range(2 * len(basis)):
        _exchange(chains, heads, n, random)
    for _ in range(max(1, _WORD_BUDGET // (walks * len(first) * basis.shape[1]))):
        for _ in range(_PIVOTS_PER_SET):
            _exchange(chains, heads, n, random)
        pool.offer(chains.reshape(-1, chains.shape[2]), for_basis=True)
        pool.offer(chains[:, first] ^ chains[:, second])
    pool.merge()
    return pool.words


def _exchange(chains: Words, heads: NDArray[np.intp], n: int, random: np.random.Generator) -> None:
    """Exchange one column of the information set of each systematic generator for another, in place.

    Args:
        chains: systematic generators, shape (walks, r, W).
        heads: the information column of each row, shape (walks, r).
    """
    walk = np.arange(len(chains))
    row = random.integers(heads.shape[1], size=len(chains))
    chance = random.random((len(chains), n)) * gf2.unpack(chains[walk, row], n)
    # The present column stays as a last resort: a row without any other 1 is left alone.
    chance[walk, heads[walk, row]] *= 1e-9
    column = chance.argmax(axis=1)
    hit = (chains[walk, :, column // 64] >> (column % 64).astype(np.uint64)[:, None]) & np.uint64(1)
    hit[walk, row] = 0
    chains ^= hit[:, :, None] * chains[walk, row][:, None, :]
    heads[walk, row] = column


def _ordered(words: Words) -> Words:
    """The distinct non-zero words by weight, those of one weight in the order of a multiplicative hash."""
    hashes = np.zeros(len(words), dtype=np.uint64)
    for place in range(words.shape[1]):
        hashes = (hashes ^ words[:, place]) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    _, index = np.unique(hashes, return_index=True)
    distinct = words[index]
    distinct = distinct[distinct.any(axis=1)]
    return distinct[np.argsort(gf2.weights(distinct), kind="stable")]


class _Pool:
    """The lightest `wanted` words met so far, and a lightest basis of all words met.

    Attributes:
        words: what is kept, in the order of `_ordered`.
    """

    def __init__(self, words: Words, wanted: int) -> None:
        self.words = words
        self._wanted = wanted
        self._met: list[Words] = []
        self.merge()

    def offer(self, words: Words, for_basis: bool = False) -> None:
        """Take in those of the words (…, W) that can still improve the pool or, where asked, the basis."""
        self._met.append(words[gf2.weights(words) < (self._heaviest if for_basis else self._limit)])
        if sum(map(len, self._met)) > 16 * self._wanted:
            self.merge()

    def merge(self) -> None:
        """Bring `words` up to date with all that was taken in."""
        met = _ordered(np.concatenate([self.words, *self._met]))
        lightest, basis = met[: self._wanted], lightest_basis(met)
        full = len(lightest) == self._wanted
        self._limit = int(gf2.weights(lightest[-1])) if full else 64 * met.shape[1] + 1
        self._heaviest = max(self._limit, int(gf2.weights(basis[-1])))
        self.words = _ordered(np.concatenate([lightest, basis]))
        self._met = []
