"""The systematic form of a parity-check matrix on the least reliable bits of each frame, many frames at a time.

Columns are packed: row i of the checks is bit i % size of word i // size. The Gauss-Jordan elimination goes bit by bit
of the frame, the least reliable first, for all frames at once.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sapcore.codes import gf2

SPARE = 16  # bits looked at beyond the rank, before those few frames whose basis needs more


def packed_columns(parity_check: np.ndarray) -> np.ndarray:
    """Pack the columns of rank-many checks of the same code: (m, n) to words (W, n) of 16, 32 or 64 bits.

    Row i of the checks is bit i % size of word i // size.
    """
    reduced, pivots = gf2.row_reduce(parity_check)
    rank, n = len(pivots), reduced.shape[1]
    word = np.dtype("<u2" if rank <= 16 else "<u4" if rank <= 32 else "<u8")
    size = 8 * word.itemsize
    padded = np.zeros((n, -(-rank // size) * size), dtype=np.uint8)
    padded[:, :rank] = reduced[:rank].T
    return np.ascontiguousarray(np.packbits(padded, axis=1, bitorder="little").view(word).T)


class RowOperations(NamedTuple):
    """Steps of a Gauss-Jordan elimination, one for each of the T least reliable bits of B frames.

    A step adds its sum (W, B) to the columns whose bit `shift` (W, B) is one. A shift by the size of a word means no
    bit of that word; a bit whose column depends on those before has no bit in any word. The syndromes are those after
    all steps.
    """

    shifts: np.ndarray  # (T, W, B)
    sums: np.ndarray  # (T, W, B)
    syndromes: np.ndarray  # (W, B)

    def take(self, frames: np.ndarray) -> "RowOperations":
        """Return the steps of some of the frames."""
        return RowOperations(*(np.take(array, frames, axis=-1) for array in self))

    def apply(self, columns: np.ndarray) -> None:
        """Apply the steps to the columns (W, X, B) in place."""
        spare = np.empty((2, *columns.shape[1:]), dtype=columns.dtype)
        for shift, total in zip(self.shifts, self.sums, strict=True):
            _add_where_one(columns, shift, total, spare)


@dataclass(frozen=True, eq=False)
class SystematicForm:
    """The checks of B frames, each with an identity in its r least reliable independent bits, the basis.

    Attributes:
        columns: the packed columns (W, n) of the checks that all frames start from.
        steps: the row operations, a step a bit of the basis in this order, which leave it a single one, at its shift;
            their syndromes are the bits of the basis to turn over when the rest is right.
        basis, basis_reliability: (r, B), bits of the code and their reliability, the least reliable first.
        rest, rest_reliability: (k, B), the other bits, the most reliable basis, the least reliable first.
    """

    columns: np.ndarray
    steps: RowOperations
    basis: np.ndarray
    basis_reliability: np.ndarray
    rest: np.ndarray
    rest_reliability: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray, reliability: np.ndarray, syndromes: np.ndarray) -> "SystematicForm":
        """Bring `columns` (W, n) to the form for frames of `reliability` (B, n) float32 and syndromes (W, B)."""
        order, reliability = _sorted(reliability)
        rank = int(np.bitwise_count(np.bitwise_or.reduce(columns, axis=1)).sum())
        none = np.empty((0, *syndromes.shape), dtype=columns.dtype)
        in_basis, steps = _eliminate(columns, order, RowOperations(none, none, syndromes), rank, rank + SPARE)
        basis, rest = _flagged(in_basis, rank), _flagged(~in_basis, order.shape[1] - rank)
        return cls(columns, steps, order.take(basis), reliability.take(basis), order.take(rest), reliability.take(rest))

    @property
    def rank(self) -> int:
        """The number r of bits of a basis."""
        return len(self.basis)

    def take(self, frames: np.ndarray) -> "SystematicForm":
        """Return the form of some of the frames."""
        arrays = (self.basis, self.basis_reliability, self.rest, self.rest_reliability)
        return SystematicForm(self.columns, self.steps.take(frames), *(array.take(frames, axis=-1) for array in arrays))

    def reduced_columns(self, count: int) -> np.ndarray:
        """Return the columns (W, count, B) of the `count` least reliable bits of the rest, after the row operations."""
        columns = np.take(self.columns, self.rest[:count], axis=1)
        self.steps.apply(columns)
        return columns

    def in_order(self, words: np.ndarray) -> np.ndarray:
        """Return the bits (r, B) of reduced columns (W, B) in the order of the basis, as 0 or 1."""
        return np.bitwise_or.reduce(words >> self.steps.shifts, axis=1) & 1

    def reliability_by_bit(self) -> np.ndarray:
        """Return the reliability (B, 8 ceil(r/8)) of the basis in the order of the bits of a reduced column, then 0."""
        size = 8 * self.columns.itemsize
        shifts = self.steps.shifts
        first = size * np.arange(len(self.columns))[:, None]
        bits = ((first + shifts.astype(np.intp)) * (shifts < size)).sum(axis=1)  # (r, B)
        reliability = np.zeros((bits.shape[1], -(-self.rank // 8) * 8), dtype=np.float32)
        reliability[np.arange(len(reliability)), bits] = self.basis_reliability
        return reliability

    def reliable_half(self) -> np.ndarray:
        """Return the bits (W, B) of reduced columns that stand for the more reliable half of the basis, as ones."""
        return np.bitwise_or.reduce(self.columns.dtype.type(1) << self.steps.shifts[self.rank // 2 :], axis=0)


def _sorted(reliability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bits (B, n) by rising reliability (B, n) float32, equal ones by place, and the sorted reliability.

    The bits of a float that is not negative, read as an integer, rise with it: integers are sorted fastest.
    """
    keys = np.empty((*reliability.shape, 2), dtype="<u4")
    keys[..., 0] = np.arange(reliability.shape[1])
    keys[..., 1] = reliability.view("<u4")
    keys.view("<u8")[..., 0].sort(axis=1)
    return keys[..., 0].astype(np.intp), keys[..., 1].view(np.float32)


def _eliminate(
    columns: np.ndarray, order: np.ndarray, steps: RowOperations, rank: int, window: int
) -> tuple[np.ndarray, RowOperations]:
    """Find the basis of each frame: go on with the steps for `window` bits, and on where the basis needs more.

    Takes the packed columns (W, n) and each frame's bits (B, n) by rising reliability. Returns which of those bits are
    in the basis (B, n), and the steps of these bits alone.
    """
    steps = _extended(columns, order, steps, window)
    looked_at, words, frames = steps.shifts.shape
    in_basis = np.zeros(order.shape, dtype=bool)
    in_basis[:, :looked_at] = (steps.shifts < 8 * columns.itemsize).any(axis=1).T
    found = np.count_nonzero(in_basis, axis=1)
    complete, more = np.flatnonzero(found == rank), np.flatnonzero(found < rank)
    own = _flagged(in_basis[complete, :looked_at], rank) % looked_at  # (r, B)
    own = (own[:, None] * words + np.arange(words)[:, None]) * frames + complete  # (r, W, B)
    shifts, sums, syndromes = np.take(steps.shifts, own), np.take(steps.sums, own), steps.syndromes[:, complete]
    kept = RowOperations(shifts, sums, syndromes)
    if more.size:
        in_basis[more], others = _eliminate(columns, order[more], steps.take(more), rank, 2 * SPARE)
        joined = RowOperations(*(np.concatenate(both, axis=-1) for both in zip(kept, others, strict=True)))
        kept = joined.take(np.argsort(np.concatenate([complete, more])))
    return in_basis, kept


def _extended(columns: np.ndarray, order: np.ndarray, steps: RowOperations, window: int) -> RowOperations:
    """Return the steps followed by those of the next `window` bits of `order` (B, n), fewer where fewer are left."""
    start, words, frames = steps.shifts.shape
    window = min(window, order.shape[1] - start)
    work = np.empty((words, window + 1, frames), dtype=columns.dtype)
    work[:, :window] = np.take(columns, order[:, start : start + window].T, axis=1)
    steps.apply(work[:, :window])
    work[:, window] = steps.syndromes
    shifts, sums = np.empty((2, window, words, frames), dtype=columns.dtype)
    spare = np.empty((2, window, frames), dtype=columns.dtype)
    one = columns.dtype.type(1)
    free = ~np.bitwise_or.reduce(one << steps.shifts, axis=0)
    for step in range(window):
        column = work[:, step]
        pivot = column & free
        pivot &= -pivot  # the lowest one
        for word in range(1, words):
            pivot[word, pivot[:word].any(axis=0)] = 0
        free ^= pivot
        shifts[step] = np.bitwise_count(pivot - one)
        np.bitwise_xor(column, pivot, out=sums[step])
        _add_where_one(work[:, step + 1 :], shifts[step], sums[step], spare[:, step:])
    return RowOperations(
        np.concatenate([steps.shifts, shifts]), np.concatenate([steps.sums, sums]), work[:, window].copy()
    )


def _flagged(flags: np.ndarray, count: int) -> np.ndarray:
    """Return where, in the flattened array, the `count` flags of each row (B, n) are: (count, B)."""
    return np.ascontiguousarray(np.flatnonzero(flags).reshape(len(flags), count).T)


def _add_where_one(columns: np.ndarray, shift: np.ndarray, total: np.ndarray, spare: np.ndarray) -> None:
    """Add `total` (W, B) to those columns (W, X, B) whose bit `shift` (W, B) is one; overwrites `spare` (2, X, B)."""
    odd, added = spare
    np.right_shift(columns[0], shift[0], out=odd)
    for word in range(1, len(columns)):
        odd |= np.right_shift(columns[word], shift[word], out=added)
    odd &= odd.dtype.type(1)
    for word in range(len(columns)):
        np.multiply(odd, total[word], out=added)
        np.bitwise_xor(columns[word], added, out=columns[word])
