"""Bounded-distance decoding of hard decisions by a table of syndromes.

If every pattern of at most t errors has a syndrome of its own, the syndrome of a received word names the pattern that
occurred whenever at most t bits are wrong. The largest such t is (d - 1) // 2, half the minimum distance, so that a
frame is decoded wrongly with probability P[Bin(n, p) > t] at bit error rate p (Lin and Costello, Error Control Coding,
sections 3.4 and 3.5).
"""

from itertools import chain, combinations
from math import comb
from typing import ClassVar

import numpy as np

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode, gf2
from sapcore.decoders.protocol import identity_digest
from sapcore.errors import InputError

MOST_LOG2 = 20  # syndromes in the table
BATCH_BITS = 2**20  # of the frames whose syndromes are computed together
UNKNOWN = -1


class BoundedDistance:
    """The only codeword within (d - 1) // 2 errors of the hard decision, or the hard decision where there is none.

    `errors` is the number of errors corrected, found from the syndromes, so the minimum distance need not be known. The
    matrix may have redundant rows. Raises InputError if n - k is above 20.
    """

    digest: ClassVar[str] = identity_digest("bdd")

    def __init__(self, code: LinearCode) -> None:
        self.check(code)
        self.code = code
        reduced, pivots = gf2.row_reduce(code.parity_check)
        checks = reduced[: len(pivots)]
        self._columns = (checks.T << np.arange(len(checks), dtype=np.uint32)).sum(axis=1, dtype=np.uint32)  # (n,)
        self._table, self._patterns = _syndrome_table(self._columns, code.rank)
        self.errors = self._patterns.shape[1]

    @staticmethod
    def check(code: LinearCode) -> None:
        """Make sure that `code` can be decoded, without building the table.

        Raises:
            InputError: n - k is above 20.
        """
        if code.rank > MOST_LOG2:
            raise InputError(
                f"Bounded-distance decoding is out of reach for {code.name}, which has 2^{code.rank} syndromes; "
                f"at most 2^{MOST_LOG2} are put in a table."
            )

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Return the words (B, n) uint8 found for `received` (B, n); `sigma` plays no part."""
        bits = hard_decision(received)
        frames = max(1, BATCH_BITS // self.code.n)
        for start in range(0, len(bits), frames):
            self._correct(bits[start : start + frames])
        return bits

    def _correct(self, bits: np.ndarray) -> None:
        """Turn over the errors that the syndromes of `bits` (B, n) name."""
        pattern = self._table[np.bitwise_xor.reduce(bits * self._columns, axis=1)]  # (B,)
        frames = np.flatnonzero(pattern > 0)
        places = self._patterns[pattern[frames]]  # (frames, errors)
        wrong, which = np.nonzero(places < self.code.n)
        bits[frames[wrong], places[wrong, which]] ^= 1


def _syndrome_table(columns: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each syndrome (2^rank,) the number of its pattern, -1 where it has none, and the patterns (P, t).

    `columns` (n,) are the columns of H as integers. Pattern 0 has no errors; a place n stands for no error.
    """
    n = len(columns)
    table = np.full(2**rank, UNKNOWN, dtype=np.int32)
    table[0] = 0
    patterns = [np.empty((1, 0), dtype=np.uint16)]
    count = 1
    for weight in range(1, n + 1):
        more = comb(n, weight)
        if count + more > len(table):  # more patterns than syndromes
            break
        places = np.fromiter(chain.from_iterable(combinations(range(n), weight)), np.uint16, more * weight)
        places = places.reshape(more, weight)
        syndromes = np.bitwise_xor.reduce(columns[places], axis=1)
        numbers = np.arange(count, count + more, dtype=np.int32)
        unused = (table[syndromes] == UNKNOWN).all()
        wider = table.copy()
        wider[syndromes] = numbers
        if not unused or (wider[syndromes] != numbers).any():
            break
        table = wider
        patterns.append(places)
        count += more
    errors = len(patterns) - 1
    padded = [np.pad(places, ((0, 0), (0, errors - places.shape[1])), constant_values=n) for places in patterns]
    return table, np.concatenate(padded)
