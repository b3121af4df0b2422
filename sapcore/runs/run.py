"""A run as pages and the command line see it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.runs.spec import RunSpec
from sapcore.simulation import ErrorCounts, StoppingRule, Store


class RunState(StrEnum):
    """Where a run stands. QUEUED and RUNNING are open: a runner is to work on them."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether work remains that a runner is to do."""
        return self in (RunState.QUEUED, RunState.RUNNING)


class Priority(IntEnum):
    """Which runs get workers first: those of the highest priority that have work, in turn among equals."""

    LOW = 0
    NORMAL = 1
    HIGH = 2

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> "Priority":
        """The priority with this name.

        Raises:
            InputError: there is none.
        """
        for priority in cls:
            if str(priority) == text:
                return priority
        raise InputError(f"There is no priority {text!r}; there are {', '.join(map(str, cls))}.")


def expected_frames(rule: StoppingRule, counts: ErrorCounts) -> float:
    """Frames after which `rule` is likely to be satisfied, judged from `counts` so far; at most its frame limit.

    The 95 % interval after E frame errors is about 2 * 1.96 / sqrt(E) of the rate wide.
    """
    if counts.frame_errors == 0:
        return rule.max_frames
    errors: float = rule.frame_errors
    if rule.relative_width is not None:
        errors = max(errors, (2 * 1.96 / rule.relative_width) ** 2)
    return min(rule.max_frames, counts.frames * errors / counts.frame_errors)


@dataclass(frozen=True)
class PointProgress:
    """One point of a run.

    Attributes:
        code: digest of the code.
        code_name: its name in the request.
        decoder: decoder spec as text.
        decoder_digest: of the decoder that measures the point, whatever the spec names by now.
        ebn0_db: Eb/N0 in dB.
        rule: the stopping rule of the run.
        counts: of the shortest prefix of blocks that satisfies the rule, or of all blocks so far from the first on.
        seconds: worker time that these blocks took.
        done: whether the rule is satisfied.
        rate: frames a second of the last seconds, None before the first block and while no runner works on it.
    """

    code: str
    code_name: str
    decoder: str
    decoder_digest: str
    ebn0_db: float
    rule: StoppingRule
    counts: ErrorCounts
    seconds: float
    done: bool
    rate: float | None

    @property
    def fraction(self) -> float:
        """How much of the point is likely done, 0 to 1."""
        return 1.0 if self.done else min(1.0, self.counts.frames / expected_frames(self.rule, self.counts))

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until the point is done at its present rate, None while that is not known."""
        if self.done:
            return 0.0
        if not self.rate:
            return None
        return max(0.0, expected_frames(self.rule, self.counts) - self.counts.frames) / self.rate


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        id: `spec.id`.
        spec: the request.
        state: see RunState.
        told: the state it was told to take, CANCELLED or PAUSED, while its runner has not obeyed yet, else None.
        priority: see Priority.
        message: one sentence that says why it failed, else None.
        created: seconds since the epoch.
        points: progress, in the order of `spec.points()`.
        store: where its codes and blocks are.
    """

    id: str
    spec: RunSpec
    state: RunState
    told: RunState | None
    priority: Priority
    message: str | None
    created: float
    points: tuple[PointProgress, ...]
    store: Store = field(repr=False, compare=False)

    @cached_property
    def code_names(self) -> dict[str, str]:
        """The name of each code in the request, by its digest, in the order of `spec.codes`."""
        return {point.code: point.code_name for point in self.points}

    @cached_property
    def codes(self) -> tuple[LinearCode, ...]:
        """The codes under the names of the request, read from the store when first asked for.

        Raises:
            InputError: one is damaged.
        """
        return tuple(self.store.code(digest, name) for digest, name in self.code_names.items())

    @property
    def cancelling(self) -> bool:
        """Whether it was cancelled and its runner has not obeyed yet."""
        return self.told is RunState.CANCELLED

    @property
    def pausing(self) -> bool:
        """Whether it was paused and its runner has not obeyed yet."""
        return self.told is RunState.PAUSED

    @property
    def points_done(self) -> int:
        """How many points are done."""
        return sum(point.done for point in self.points)

    @property
    def frames(self) -> int:
        """Frames of all points together."""
        return sum(point.counts.frames for point in self.points)

    @property
    def frame_errors(self) -> int:
        """Frame errors of all points together."""
        return sum(point.counts.frame_errors for point in self.points)

    @property
    def fraction(self) -> float:
        """How much of the run is likely done, 0 to 1, every point weighing the same."""
        return sum(point.fraction for point in self.points) / len(self.points)

    @property
    def rate(self) -> float:
        """Frames a second over the points that are being measured; 0 while none is."""
        return sum(point.rate or 0.0 for point in self.points if not point.done)

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until the run is done, None while a point's rate is not known.

        The unfinished points share the workers evenly, so their estimates, each at its present share, average to the
        time that the work of all takes.
        """
        left = [point.seconds_left for point in self.points if not point.done]
        if not left:
            return 0.0
        known = [seconds for seconds in left if seconds is not None]
        return sum(known) / len(known) if len(known) == len(left) else None
