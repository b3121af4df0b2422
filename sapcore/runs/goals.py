"""What the driver knows of the points it measures: blocks that are there, blocks in flight, what to simulate next."""

import math
import time
from collections import deque
from dataclasses import dataclass, field

from sapcore.codes import LinearCode
from sapcore.runs.run import expected_frames
from sapcore.simulation import BLOCK_FRAMES, BlockResult, ErrorCounts, PointKey, StoppingRule

TASK_SECONDS = 0.7  # aimed at: long against the cost of a task, short against a user's patience
RATE_WINDOW_SECONDS = 10.0
MARGIN = 1.25  # blocks kept in flight beyond the likely need, so that the last errors do not arrive one task at a time


@dataclass
class Measurement:
    """One point as all runs share it: of each block its counts, and the worker time it took."""

    key: PointKey
    code: LinearCode
    decoder: str
    blocks: dict[int, ErrorCounts]
    seconds: dict[int, float]
    in_flight: set[int] = field(default_factory=set)
    block_seconds: float | None = None
    arrivals: deque[tuple[float, int]] = field(default_factory=deque)
    started: float = field(default_factory=time.monotonic)

    def add(self, results: list[BlockResult]) -> None:
        """Take in the results of one task."""
        now = time.monotonic()
        for result in results:
            self.blocks.setdefault(result.index, result.counts)
            self.seconds.setdefault(result.index, result.seconds)
        self.block_seconds = sum(result.seconds for result in results) / len(results)
        self.arrivals.append((now, sum(result.counts.frames for result in results)))

    def rate(self) -> float | None:
        """Frames a second over the last seconds, None before the first block."""
        if not self.arrivals:
            return None
        now = time.monotonic()
        while len(self.arrivals) > 2 and now - self.arrivals[0][0] > RATE_WINDOW_SECONDS:
            self.started, _ = self.arrivals.popleft()
        return sum(frames for _, frames in self.arrivals) / max(now - self.started, 1e-3)

    def task_blocks(self) -> int:
        """How many blocks make a task of about TASK_SECONDS; at most as many as are there, for nothing is known yet."""
        if self.block_seconds is None:
            return 1
        return max(1, min(len(self.blocks), int(TASK_SECONDS / max(self.block_seconds, 1e-6))))


class Goal:
    """A measurement that one run wants under its stopping rule.

    `counts` and `seconds` are of blocks 0 to `length` - 1; they stop growing at the first that satisfies the rule.
    """

    def __init__(self, position: int, measurement: Measurement, rule: StoppingRule) -> None:
        self.position = position
        self.measurement = measurement
        self.rule = rule
        self.counts = ErrorCounts()
        self.seconds = 0.0
        self.length = 0
        self.done = False
        self.advance()

    def advance(self) -> None:
        """Extend the prefix by the blocks that have arrived."""
        blocks = self.measurement.blocks
        while not self.done and self.length in blocks:
            self.counts += blocks[self.length]
            self.seconds += self.measurement.seconds[self.length]
            self.length += 1
            self.done = self.rule.done(self.counts)

    def progress(self) -> tuple[int, ErrorCounts, float, bool]:
        """Position, counts, the worker seconds they took, and whether the rule is satisfied."""
        return self.position, self.counts, self.seconds, self.done

    def next_blocks(self) -> tuple[int, ...]:
        """Consecutive blocks worth simulating next, empty where enough are there or in flight."""
        if self.done:
            return ()
        measurement = self.measurement
        first = self.length
        while first in measurement.blocks or first in measurement.in_flight:
            first += 1
        group: list[int] = []
        limit = min(first + measurement.task_blocks(), self._end())
        for index in range(first, limit):
            if index in measurement.blocks or index in measurement.in_flight:
                break
            group.append(index)
        return tuple(group)

    def _end(self) -> int:
        """The block index that the rule will likely not go beyond."""
        frames = min(self.rule.max_frames, MARGIN * expected_frames(self.rule, self.counts))
        return max(math.ceil(frames / BLOCK_FRAMES), self.length + 1)
