"""Ordered statistics decoding (Fossorier and Lin, IEEE Trans. Inf. Theory 41(5), 1995), many frames at a time.

The k most reliable independent bits of a frame decide a codeword. Their hard decisions are tried as they are and with
every pattern of at most `order` of them turned over, and the codeword nearest to the received values is kept. The other
r = n - k bits, the least reliable ones on which H has full rank, are the basis in which H is made systematic: a pattern
turns over those bits of the basis that the syndrome and the columns of the pattern add up to. A codeword costs the
reliabilities |y| of the bits where it differs from the hard decision, and the nearest one costs least.

Patterns that cannot win are left out, which changes no result:

* Codewords differ in at least d bits. A pattern of w bits differs from the best one so far, which has v bits and f in
  the basis, in at least d - w - v bits of the basis, so that it turns over at least d - w - v - f that the best one
  leaves. It costs no less than the least reliable of these and its own bits (the idea of Taipale and Pursley, IEEE
  Trans. Inf. Theory 37(1), 1991). Most frames end here at high Eb/N0, before any pattern is tried.
* A pattern costs no less than its own bits and, for each bit that it turns over in the more reliable half of the basis,
  the least reliability there. Counting bits is several times as fast as adding up what they cost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.codes.weights import minimum_distance
from sapcore.decoders.protocol import identity_digest
from sapcore.decoders.systematic_form import SystematicForm, packed_columns
from sapcore.errors import InputError

LARGEST_ORDER = 3
MOST_BITS = 2048  # of a code: the elimination takes 0.03 s a frame there
MOST_WORK = 2**31  # patterns of a frame times bits of the basis: 0.3 s a frame where nothing can be left out
BATCH_WORDS = 2**18  # packed columns of the frames brought to systematic form together
CHUNK_WORDS = 2**16  # packed columns of the frames searched together
CHUNK_FLOATS = 2**17  # signs or costs of the frames whose patterns are all tried together

# (256, 8) the bits of a byte as signs, +1 for a zero and -1 for a one
_SIGN_TABLE = (1 - 2 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)).astype(np.float32)


class OrderedStatistics:
    """The nearest codeword among those with at most `order` errors in the most reliable independent bits.

    Exact up to float32 rounding of the sums; any of equally near words may be found. The matrix may have redundant
    rows. Raises InputError if `order` is not from 0 to 3 or the code is out of reach.
    """

    def __init__(self, code: LinearCode, order: int) -> None:
        self.check(code, order)
        self.code = code
        self.order = order
        self.digest = identity_digest(f"osd:{order}")
        self._columns = packed_columns(code.parity_check)
        self._distance = code.minimum_distance or minimum_distance(code) or 1
        self._batch = max(1, min(1024, BATCH_WORDS // self._columns.size))

    @staticmethod
    def check(code: LinearCode, order: int) -> None:
        """Make sure that `code` can be decoded with `order`, without building anything.

        Raises:
            InputError: `order` is not from 0 to 3, or the code is too long, or there are too many patterns.
        """
        if order not in range(LARGEST_ORDER + 1):
            raise InputError(f"Ordered statistics decoding takes an order from 0 to {LARGEST_ORDER}, not {order}.")
        if code.n > MOST_BITS:
            raise InputError(
                f"Ordered statistics decoding is out of reach for {code.name}, which has {code.n} bits; "
                f"at most {MOST_BITS} are allowed."
            )
        patterns = sum(comb(code.k, weight) for weight in range(order + 1))
        if patterns * code.rank > MOST_WORK:
            raise InputError(
                f"Ordered statistics decoding of order {order} is out of reach for {code.name}, where it tries "
                f"{patterns} patterns of {code.rank} bits; at most 2^{MOST_WORK.bit_length() - 1} bits in all are "
                "allowed."
            )

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Return the codewords found (B, n) uint8 for `received` (B, n); they do not depend on `sigma`."""
        bits = hard_decision(received)
        for start in range(0, len(bits), self._batch):
            part = slice(start, start + self._batch)
            self._correct(np.asarray(received[part], dtype=np.float32), bits[part])
        return bits

    def _correct(self, received: np.ndarray, bits: np.ndarray) -> None:
        """Turn over what is wrong in the hard decisions `bits` (B, n), of which a codeword is nearest to itself."""
        ones = bits.T.astype(self._columns.dtype)
        syndromes = np.bitwise_xor.reduce(self._columns[:, :, None] * ones, axis=1)  # (W, B)
        frames = np.flatnonzero(syndromes.any(axis=0))
        if frames.size:
            form = SystematicForm.of(self._columns, np.abs(received[frames]), syndromes[:, frames])
            search = PatternSearch.start(form, self._distance, self.order)
            if self.order:
                search.run()
            wrong, places = search.errors()
            bits[frames[wrong], places] ^= 1


@dataclass(frozen=True, eq=False)
class PatternSearch:
    """The nearest codeword so far of each of B frames; the arrays change while patterns are tried.

    Attributes:
        form: the systematic form of the frames.
        distance: the minimum distance of the code, or less.
        cost: (B,) float32, the reliabilities of the bits where the codeword differs from the hard decision.
        basis_errors: (W, B), the bits of the basis where it does.
        pattern: (order, B), the bits of the rest where it does, as places in `form.rest`, -1 for none.
    """

    form: SystematicForm
    distance: int
    cost: np.ndarray
    basis_errors: np.ndarray
    pattern: np.ndarray

    @classmethod
    def start(cls, form: SystematicForm, distance: int, order: int) -> "PatternSearch":
        """Return the codewords with no error in the rest."""
        cost = _basis_cost(form, form.steps.syndromes)
        return cls(form, distance, cost, form.steps.syndromes.copy(), np.full((order, len(cost)), -1))

    def run(self) -> None:
        """Find the nearest codeword of all patterns."""
        words, order = len(self.form.columns), len(self.pattern)
        for frames, count in _chunks(self._reach(range(1, order + 1)), lambda count: words * count, CHUNK_WORDS):
            part = self._take(frames)
            part._search(part.form.reduced_columns(count))
            self._put(frames, part)

    def errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where the codewords differ from the hard decisions: frames and bits of the code, of equal length."""
        places, frames = np.nonzero(self.form.in_order(self.basis_errors))
        weights, turned = np.nonzero(self.pattern >= 0)
        bits = self.form.rest[self.pattern[weights, turned], turned]
        return np.concatenate([frames, turned]), np.concatenate([self.form.basis[places, frames], bits])

    def _take(self, frames: np.ndarray) -> "PatternSearch":
        state = [np.take(array, frames, axis=-1) for array in (self.cost, self.basis_errors, self.pattern)]
        return PatternSearch(self.form.take(frames), self.distance, *state)

    def _put(self, frames: np.ndarray, part: "PatternSearch") -> None:
        self.cost[frames] = part.cost
        self.basis_errors[:, frames] = part.basis_errors
        self.pattern[:, frames] = part.pattern

    def _search(self, columns: np.ndarray) -> None:
        """Try all patterns on the bits of the rest whose reduced columns (W, J, B) are given."""
        for weight in range(1, len(self.pattern) + 1):
            reach = np.minimum(self._reach(range(weight, weight + 1)), columns.shape[1])
            reach *= self._may_win(weight, columns[:, : reach.max()])
            for chunk, count in _chunks(reach, lambda count: count * max(count, self.form.rank), CHUNK_FLOATS):
                part = self._take(chunk)
                part._try_all(weight, np.take(columns[:, :count], chunk, axis=-1))
                self._put(chunk, part)

    def _reach(self, weights: range) -> np.ndarray:
        """Return how many (B,) of the least reliable bits of the rest a winning pattern of these weights can hold."""
        rest = self.form.rest_reliability
        reach = np.zeros(len(self.cost), dtype=np.int16)
        for weight, floor in zip(weights, self._floors(weights), strict=True):
            can_win = rest < self.cost - floor - rest[: weight - 1].sum(axis=0)
            held = can_win.view(np.uint8).sum(axis=0, dtype=np.int16)
            np.maximum(reach, held, out=reach, where=held >= weight)
        return reach

    def _floors(self, weights: range) -> list[np.ndarray]:
        """Return for each weight the least cost (B,) in the basis of its patterns, by the distance to the best so far.

        Patterns that have been tried may cost less.
        """
        zeros = np.subtract(1, self.form.in_order(self.basis_errors), dtype=np.float32)
        among = np.tri(len(zeros), dtype=np.float32) @ zeros  # the zeros up to each
        turned = np.count_nonzero(self.pattern >= 0, axis=0)
        needed = self.distance - turned - (len(zeros) - among[-1])
        zeros *= self.form.basis_reliability
        return [(zeros * (among <= needed - weight)).sum(axis=0) for weight in weights]

    def _may_win(self, weight: int, columns: np.ndarray) -> np.ndarray:
        """Return whether (B,) a pattern of `weight` on the columns (W, J, B) has few enough ones in the reliable half.

        Counts the fewest ones of the patterns alike but for their most reliable bit.
        """
        form = self.form
        half, least = form.reliable_half(), form.basis_reliability[form.rank // 2]
        columns, base = columns & half[:, None], form.steps.syndromes & half
        rest = form.rest_reliability
        may_win = np.zeros(len(self.cost), dtype=bool)
        for others, start, stop in self._beginnings(weight - 1, 1, columns.shape[1]):
            changed = base ^ np.bitwise_xor.reduce(columns[:, others], axis=1)
            ones = _count_ones(columns[:, start:stop] ^ changed[:, None]).min(axis=0)
            may_win |= least * ones + rest[others].sum(axis=0) + rest[start] < self.cost
        return may_win

    def _beginnings(self, weight: int, more: int, count: int) -> Iterator[tuple[list[int], int, int]]:
        """Yield patterns of `weight` bits that `more` bits may follow, and from where to where in the rest they may be.

        Of the first `count` bits of the rest. Beyond the end, each frame would pay more than for its best codeword.
        """
        rest = self.form.rest_reliability[:count]
        lowest, excess = rest.min(axis=1), (rest - self.cost).min(axis=1)
        for pattern in map(list, combinations(range(count), weight)):
            start = pattern[-1] + 1 if pattern else 0
            stop = int(np.searchsorted(excess, -lowest[pattern].sum()))
            if stop - start >= more:
                yield pattern, start, stop

    def _try_all(self, weight: int, columns: np.ndarray) -> None:
        """Try every pattern of `weight` on the bits of the rest with the reduced columns (W, J, B).

        With signs for bits, the cost of a pattern is half the total reliability of the basis, less half the sum of the
        reliabilities times the signs of syndrome and columns, plus that of the pattern: a product of matrices finds the
        last two of its bits.
        """
        form, count, frames = self.form, columns.shape[1], columns.shape[2]
        rest = form.rest_reliability[:count].T  # (B, J)
        signs = _signs(columns, form.rank)  # (B, J, R)
        signed = form.reliability_by_bit() * _signs(form.steps.syndromes[:, None], form.rank)[:, 0]
        if weight == 1:
            score = np.matmul(signs, signed[:, :, None])[..., 0] - 2 * rest
            self._keep(score.argmax(axis=1)[None], columns)
            return
        left, right = np.ones((2, frames, count, signs.shape[2] + 2), dtype=np.float32)
        left[..., :-2] = signs
        left[..., -1] = right[..., -2] = -2 * rest
        for others, start, stop in self._beginnings(weight - 2, 2, count):
            last, size = slice(start, stop), stop - start
            np.multiply(signs[:, last], (signed * signs[:, others].prod(axis=1))[:, None], out=right[:, last, :-2])
            score = np.matmul(left[:, last], right[:, last].swapaxes(1, 2))  # (B, size, size)
            score[:, range(size), range(size)] = -np.inf
            pair = np.divmod(score.reshape(frames, -1).argmax(axis=1), size)
            pattern = [np.full(frames, place) for place in others] + [start + place for place in pair]
            self._keep(np.array(pattern), columns)

    def _keep(self, pattern: np.ndarray, columns: np.ndarray) -> None:
        """Take over the patterns (weight, B), as places in the columns (W, J, B), where they cost less."""
        frames = np.arange(len(self.cost))
        errors = self.form.steps.syndromes ^ np.bitwise_xor.reduce(columns[:, pattern, frames], axis=1)
        cost = _basis_cost(self.form, errors) + self.form.rest_reliability[pattern, frames].sum(axis=0)
        nearer = cost < self.cost
        self.cost[nearer] = cost[nearer]
        self.basis_errors[:, nearer] = errors[:, nearer]
        self.pattern[: len(pattern), nearer] = pattern[:, nearer]
        self.pattern[len(pattern) :, nearer] = -1


def _basis_cost(form: SystematicForm, words: np.ndarray) -> np.ndarray:
    """Return the reliability (B,) of the bits of the basis that are one in the reduced columns `words` (W, B)."""
    return (form.basis_reliability * form.in_order(words).astype(np.float32)).sum(axis=0)


def _chunks(reach: np.ndarray, elements: Callable[[int], int], at_most: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the frames of some reach (B,), those of like reach together, and the largest reach among them.

    As many frames at a time as together have at most `at_most` of the `elements` that a frame of such reach has.
    """
    falling = np.argsort(-reach, kind="stable")[: np.count_nonzero(reach)]
    start = 0
    while start < len(falling):
        count = int(reach[falling[start]])
        size = max(1, at_most // elements(count))
        yield falling[start : start + size], count
        start += size


def _count_ones(words: np.ndarray) -> np.ndarray:
    """Return the ones of packed columns (W, ...)."""
    counts = np.bitwise_count(words)
    return counts[0] if len(counts) == 1 else counts.sum(axis=0, dtype=np.uint16)


def _signs(words: np.ndarray, rank: int) -> np.ndarray:
    """Return the bits of packed columns (W, J, B) as signs (B, J, 8 ceil(rank/8)), +1 for a zero and -1 for a one."""
    as_bytes = np.ascontiguousarray(words.transpose(2, 1, 0)).view(np.uint8)[..., : -(-rank // 8)]
    return np.take(_SIGN_TABLE, as_bytes, axis=0).reshape(*as_bytes.shape[:2], -1)
