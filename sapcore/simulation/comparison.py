"""Which of two decoders is better, from the frames that both of them saw.

The blocks of a code's length are the same frames for every decoder, so outcomes come in pairs, and only the discordant
pairs, frames that one decoder got wrong and the other right, tell the two apart (McNemar, Psychometrika 12, 1947).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sapcore.errors import InputError
from sapcore.simulation.counts import CONFIDENCE, ErrorCounts
from sapcore.simulation.store import PointKey, Store

LEVEL = 1 - CONFIDENCE


@dataclass(frozen=True)
class Comparison:
    """Frames by what two decoders, called first and second, made of them; comparisons of other frames add.

    Attributes:
        frames: that both decoders saw.
        both: decoded wrongly by both.
        first_only: by the first alone.
        second_only: by the second alone.
    """

    frames: int = 0
    both: int = 0
    first_only: int = 0
    second_only: int = 0

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(
            self.frames + other.frames,
            self.both + other.both,
            self.first_only + other.first_only,
            self.second_only + other.second_only,
        )

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray) -> "Comparison":
        """Compare whether each frame was wrong, (B,) bool, under the first and under the second decoder."""
        return cls(len(first), int((first & second).sum()), int((first & ~second).sum()), int((second & ~first).sum()))

    @property
    def discordant(self) -> int:
        """Frames that one decoder alone got wrong."""
        return self.first_only + self.second_only

    @property
    def p_value(self) -> float:
        """Two-sided exact p-value of McNemar's test that both are wrong equally often; 1 without discordant frames.

        If they are, each discordant frame is the first's with probability 1/2.
        """
        return _binomial_p_value(self.first_only, self.discordant, 0.5)

    @property
    def ratio(self) -> float:
        """Frame error rate of the first over that of the second; NaN where the second made no error."""
        wrong = self.both + self.second_only
        return (self.both + self.first_only) / wrong if wrong else math.nan

    def not_worse_p_value(self, margin: float) -> float:
        """One-sided p-value for "the frame error rate of the first is below 1 + `margin` times that of the second".

        A small value speaks for it. With q = 1 + margin, a frame scores 1 - q where both are wrong, 1 where the first
        alone is, -q where the second alone is. At the edge of the hypothesis the score has mean 0 and variance
        q (P(first alone) + P(second alone)), so z = (F - q S) / sqrt(q D), with F and S the errors of each and D the
        discordant frames that the edge lets expect, is about normal (Nam and Blackwelder, Statistics in Medicine 21,
        2002). 1 without any error, where nothing can be said.

        Raises:
            InputError: `margin` is not from 0 to 10.
        """
        check_margin(margin)
        edge, expected = 1 + margin, self._discordant_at(1 + margin)
        excess = self.both + self.first_only - edge * (self.both + self.second_only)
        return float(ndtr(excess / math.sqrt(edge * expected))) if expected else 1.0

    def _discordant_at(self, ratio: float) -> float:
        """The most likely number of discordant frames where the first errs `ratio` times as often as the second.

        With s frames that somebody got wrong and y of them wrong by the second alone, the first alone has
        x = ((ratio - 1) s + y) / ratio and both z = s - x - y, so that x + z = ratio (y + z). The most likely y, given
        the counts f and g of each alone and b of both, is where b ln z + f ln x + g ln y has no slope.
        """
        somebody = self.both + self.discordant
        most = somebody / (ratio + 1)  # there both is 0

        def slope(y: float) -> float:  # times what is positive
            x, z = (ratio - 1) * somebody + y, somebody - (ratio + 1) * y
            return -self.both * (ratio + 1) * y * x + self.second_only * z * x + self.first_only * y * z

        if not somebody:
            return 0.0
        least = 1e-12 * most
        y = most if not self.both else brentq(slope, least, most) if slope(least) > 0 else 0.0
        return y + ((ratio - 1) * somebody + y) / ratio

    def not_worse(self, margin: float, first: str, second: str) -> str:
        """One sentence on whether `first` is shown to be less than `margin` worse than `second`, at the 5 % level."""
        p_value = self.not_worse_p_value(margin)
        return (
            f"That {first} has less than {1 + margin:g} times the frame error rate of {second} is "
            f"{'' if p_value < LEVEL else 'not '}shown (one-sided p {_p(p_value)})."
        )

    def verdict(self, first: str, second: str) -> str:
        """One sentence on the frame errors of `first` against those of `second`, at the 5 % level."""
        basis = (
            f"{self.discordant:,} of {self.frames:,} common frames were decoded rightly by one alone, "
            f"{self.second_only:,} by {first} and {self.first_only:,} by {second} (McNemar, p {_p(self.p_value)})."
        )
        if not self.discordant:
            return f"{first} and {second} agree on all {self.frames:,} common frames."
        if self.p_value > LEVEL:
            return f"{first} and {second} cannot be told apart: {basis}"
        better, worse = (first, second) if self.first_only < self.second_only else (second, first)
        return f"{better} makes fewer frame errors than {worse}: {basis}"


def same_rate_p_value(first: ErrorCounts, second: ErrorCounts) -> float:
    """Two-sided exact p-value that two counts on different frames have one frame error rate.

    Given their sum, the errors of one side are binomial with its share of the frames (Przyborowski and Wilenski,
    Biometrika 31, 1940). 1 without errors.
    """
    total = first.frame_errors + second.frame_errors
    share = first.frames / (first.frames + second.frames)
    return _binomial_p_value(first.frame_errors, total, share)


def _binomial_p_value(successes: int, trials: int, share: float) -> float:
    """Two-sided and exact, for `successes` of `trials` that each come with probability `share`; 1 without trials."""
    from scipy.stats import binomtest  # late: it takes every process that simulates half a second to import

    return float(binomtest(successes, trials, share).pvalue) if trials else 1.0


def check_margin(margin: float) -> None:
    """Raise InputError if `margin`, 0.1 for 10 %, is not from 0 to 10."""
    if not 0 <= margin <= 10:
        raise InputError(f"A margin is from 0 to 10, 0.1 for 10 %, not {margin:g}.")


def compare(store: Store, first: PointKey, second: PointKey, blocks: int | None = None) -> Comparison:
    """Compare two points, frame by frame, on the blocks that the store holds frame by frame of both.

    Args:
        store: of the blocks.
        first, second: the points.
        blocks: only blocks 0 to `blocks` - 1; all without it.

    Raises:
        InputError: the points are of different seeds or lengths, so that they saw different frames.
    """
    if first.seed != second.seed:
        raise InputError(f"Seeds {first.seed} and {second.seed} are of different frames; compare points of one seed.")
    lengths = [store.code(key.code_digest).n for key in (first, second)]
    if lengths[0] != lengths[1]:
        raise InputError(f"Lengths {lengths[0]} and {lengths[1]} are of different frames; compare codes of one length.")
    ours, theirs = store.wrong_frames(first), store.wrong_frames(second)
    common = [index for index in ours.keys() & theirs.keys() if blocks is None or index < blocks]
    a, b = (np.frombuffer(b"".join(kept[index] for index in common), dtype=np.uint8) for kept in (ours, theirs))
    both, alone, other = (int(np.bitwise_count(bits).sum()) for bits in (a & b, a & ~b, b & ~a))
    return Comparison(8 * len(a), both, alone, other)


@dataclass(frozen=True)
class Crossing:
    """The Eb/N0 in dB at which a curve takes a rate, with its 95 % interval."""

    ebn0: float
    low: float
    high: float


def crossing(
    ebn0: Sequence[float], rates: Sequence[float], intervals: Sequence[tuple[float, float]], rate: float
) -> Crossing | None:
    """Where a curve, a straight line between its points in the logarithm of the rate, first falls to `rate`.

    The interval follows from those of the two points around by the delta method: their log-rates have standard error
    ln(high / low) / (2 * 1.96). All Eb/N0 share their frames, so the two are taken to rise and fall together; where
    they do less so, it is too wide. None where no two neighbouring points lie on either
    side, or one of them has no error.

    Args:
        ebn0: dB, ascending.
        rates: error rates at these.
        intervals: their 95 % intervals.
        rate: in question.

    Raises:
        InputError: `rate` is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise InputError(f"An error rate to compare at is above 0 and below 1, not {rate:g}.")
    for left in range(len(ebn0) - 1):
        here = slice(left, left + 2)
        if rates[left] >= rate > 0 < rates[left + 1] <= rate and rates[left + 1] < rates[left]:
            return _between(ebn0[here], rates[here], intervals[here], rate)
    return None


def _between(
    ebn0: Sequence[float], rates: Sequence[float], intervals: Sequence[tuple[float, float]], rate: float
) -> Crossing:
    quantile = float(ndtri(0.5 + CONFIDENCE / 2))
    (x, y), (a, b) = ebn0, np.log(rates)
    errors = [math.log(high / low) / (2 * quantile) for low, high in intervals]
    share = (a - math.log(rate)) / (a - b)
    slope = (y - x) / (a - b)  # dB a nat
    spread = quantile * slope * ((1 - share) * errors[0] + share * errors[1])
    place = x + share * (y - x)
    return Crossing(float(place), float(place - spread), float(place + spread))


def gap(first: Crossing, second: Crossing) -> Crossing:
    """How many dB more the first curve needs than the second at their rate, with the 95 % interval.

    The two are taken as independent; on common frames they rise and fall together, and the interval is too wide.
    """
    spread = math.hypot((first.high - first.low) / 2, (second.high - second.low) / 2)
    ebn0 = first.ebn0 - second.ebn0
    return Crossing(ebn0, ebn0 - spread, ebn0 + spread)


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "below 1e-4"
