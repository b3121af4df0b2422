"""The minimal syndrome trellis of a binary linear code, and the Viterbi algorithm on it.

A path through the syndrome trellis adds up the columns of H where the word has a one; the words whose path ends in the
zero syndrome are the codewords (Wolf, IEEE Trans. Inf. Theory 24(1), 1978). With H in minimal-span form a row's
partial sum is free only between its first and its last one and is zero elsewhere, which leaves the minimal trellis of
the code (McEliece, IEEE Trans. Inf. Theory 42(4), 1996), with at most 2^min(k, n-k) states at any depth.
"""

from dataclasses import dataclass

import numpy as np

from sapcore.codes import gf2

SURVIVOR_BYTES = 96 * 2**20  # most memory for the survivor labels of the frames decoded together
METRIC_BYTES = 2**19  # path metrics of one depth: small enough to stay in the cache


@dataclass(frozen=True, eq=False)
class TrellisStep:
    """The branches into the states after one bit.

    `when_zero` and `when_one` (int32) hold, for each next state, the state before it on the branch labelled 0 and 1.
    Where a row of H starts (`starts`), its partial sum is the bit itself: the lower half of the next states is entered
    by 0 alone and the upper half by 1 alone, and each array covers its half. A bit that must be 0 has no `when_one`.
    """

    when_zero: np.ndarray
    when_one: np.ndarray | None
    starts: bool

    @property
    def compares(self) -> bool:
        """Whether two branches meet in each next state, so that a survivor has to be chosen."""
        return self.when_one is not None and not self.starts

    @property
    def states(self) -> int:
        """The number of states after the bit."""
        return len(self.when_zero) * (2 if self.starts else 1)


def minimal_span_form(parity_check: np.ndarray) -> np.ndarray:
    """Return full-rank checks (rank, n) uint8 of the same code whose first ones differ and whose last ones differ."""
    reduced, pivots = gf2.row_reduce(parity_check)
    rows = np.array(reduced[: len(pivots)], dtype=np.uint8)  # row reduction leaves the first ones different
    n = rows.shape[1]
    owner: dict[int, int] = {}  # last one -> row
    pending = list(range(len(rows)))
    while pending:
        row = pending.pop()
        last = n - 1 - int(np.argmax(rows[row, ::-1]))
        other = owner.get(last)
        if other is None:
            owner[last] = row
            continue
        # the row that starts earlier keeps its start and loses this end when the other is added to it
        early, late = (row, other) if np.argmax(rows[row]) < np.argmax(rows[other]) else (other, row)
        rows[early] ^= rows[late]
        owner[last] = late
        pending.append(early)
    return rows


def state_dimensions(parity_check: np.ndarray) -> np.ndarray:
    """Return log2 of the number of states of the minimal trellis after 0, 1, ..., n bits, for any checks (m, n).

    After i bits it is rank(first i columns) + rank(other columns) - rank(all), and the pivots of a row reduction from
    the left, and of one from the right, count these ranks.
    """
    n = parity_check.shape[1]
    from_left = np.array(gf2.row_reduce(parity_check)[1])
    from_right = n - 1 - np.array(gf2.row_reduce(parity_check[:, ::-1])[1])
    depth = np.arange(n + 1)[:, None]
    return (from_left < depth).sum(axis=1) + (from_right >= depth).sum(axis=1) - len(from_left)


class SyndromeTrellis:
    """Viterbi decoding on the minimal syndrome trellis of the code checked by `checks` in minimal-span form.

    Frames are decoded `batch` at a time, all states of all frames of a batch in one NumPy operation a step.
    """

    def __init__(self, checks: np.ndarray) -> None:
        self.steps = _steps(checks)
        self.widest = max(step.states for step in self.steps)
        self.survivors = sum(step.states for step in self.steps if step.compares)
        fits_cache = METRIC_BYTES // (4 * self.widest)
        fits_memory = SURVIVOR_BYTES // max(self.survivors, 1)
        self.batch = min(max(fits_cache, 16), max(fits_memory, 1), 512)

    def decode(self, costs: np.ndarray) -> np.ndarray:
        """Return the codewords (B, n) uint8 of least total cost; a one in place i of frame b costs costs[b, i]."""
        bits = np.empty(costs.shape, dtype=np.uint8)
        frames = min(self.batch, max(len(costs), 1))
        metrics = np.empty((3, self.widest, frames), dtype=np.float32)
        survivors = np.empty((self.survivors, frames), dtype=bool)
        for start in range(0, len(costs), frames):
            part = np.ascontiguousarray(costs[start : start + frames].T, dtype=np.float32)
            size = part.shape[1]
            self._forward(part, metrics[:, :, :size], survivors[:, :size])
            bits[start : start + frames] = self._trace_back(survivors[:, :size]).T
        return bits

    def _forward(self, costs: np.ndarray, metrics: np.ndarray, survivors: np.ndarray) -> None:
        """Fill `survivors` (survivors, B) for costs (n, B); `metrics` (3, widest, B) is there to be written over."""
        now, after, spare = metrics
        now[0] = 0
        states, filled = 1, 0
        for step, cost in zip(self.steps, costs, strict=True):
            if step.when_one is None:
                np.take(now, step.when_zero, axis=0, out=after[: step.states], mode="clip")
            elif step.starts:
                half = step.states // 2
                np.take(now, step.when_zero, axis=0, out=after[:half], mode="clip")
                np.take(now, step.when_one, axis=0, out=after[half : step.states], mode="clip")
                after[half : step.states] += cost
            else:
                one = np.take(now, step.when_one, axis=0, out=after[: step.states], mode="clip")
                one += cost
                if step.states == states:  # no check ends, so a 0 keeps the state
                    zero = now[:states]
                else:
                    zero = np.take(now, step.when_zero, axis=0, out=spare[: step.states], mode="clip")
                np.less(one, zero, out=survivors[filled : filled + step.states])
                np.minimum(one, zero, out=one)
                filled += step.states
            now, after = after, now
            states = step.states

    def _trace_back(self, survivors: np.ndarray) -> np.ndarray:
        """Return the bits (n, B) uint8 of the surviving paths into the zero state."""
        frames = survivors.shape[1]
        bits = np.zeros((len(self.steps), frames), dtype=np.uint8)
        state = np.zeros(frames, dtype=np.intp)
        frame = np.arange(frames)
        end = len(survivors)
        for place in range(len(self.steps) - 1, -1, -1):
            step = self.steps[place]
            if step.when_one is None:
                state = step.when_zero[state]
            elif step.starts:
                half = step.states // 2
                bits[place] = state >= half
                state = np.concatenate([step.when_zero, step.when_one])[state]
            else:
                end -= step.states
                one = survivors[end + state, frame]
                bits[place] = one
                state = np.where(one, step.when_one[state], step.when_zero[state])
        return bits


def _steps(checks: np.ndarray) -> list[TrellisStep]:
    """Return one TrellisStep a column of `checks` (r, n); bit j of a state is the partial sum of the j-th free row."""
    n = checks.shape[1]
    identity = np.arange(2 ** int(state_dimensions(checks).max()), dtype=np.int32)
    starting = {int(row.argmax()): index for index, row in enumerate(checks)}
    ending = {n - 1 - int(row[::-1].argmax()): index for index, row in enumerate(checks)}
    free: list[int] = []
    steps = []
    for place in range(n):
        start, end = starting.get(place), ending.get(place)
        if start is not None and start == end:  # the check is this bit alone, so the bit is 0
            steps.append(TrellisStep(identity[: 2 ** len(free)], None, starts=False))
            continue
        kept = [row for row in free if row != end]
        states = identity[: 2 ** len(kept)]
        before_zero = np.zeros_like(states)
        before_one = np.zeros_like(states)
        for bit, row in enumerate(free):
            if row == end:  # its sum must become 0, so it was equal to the bit
                before_one |= 1 << bit
                continue
            partial = (states >> kept.index(row)) & 1
            before_zero |= partial << bit
            before_one |= (partial ^ int(checks[row, place])) << bit
        if len(kept) == len(free):
            before_zero = states  # shared, to save memory
        steps.append(TrellisStep(before_zero, before_one, starts=start is not None))
        free = kept if start is None else [*kept, start]
    return steps
