"""Error rates by radial importance sampling, for decoders that use the received values alone.

Let P(r) be the frame error rate on noise of length r and uniform direction, and f_sigma the density of the length of
white Gaussian noise of deviation sigma (chi with n degrees of freedom, scaled). Then

    FER(sigma) = integral of P(r) f_sigma(r) dr = sum over k of w_k P(k h),  w_k = h f_sigma(k h),

by the trapezoidal rule, whose error vanishes here: the integrand is smooth, a few steps wide and 0 at both ends. P is
measured on the spheres that matter, at every Eb/N0 at once, and each block is spent where it takes away the largest
shares of the variances of those Eb/N0 that are not known well enough yet, added up.
The same sum over the mean number of wrong bits gives the BER. The interval assumes that P does not fall with r. The
result is an estimate with an interval, not a count.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np

from sapcore.channel import noise_sigma
from sapcore.codes import LinearCode
from sapcore.decoders import Decoder, Uncoded
from sapcore.errors import InputError
from sapcore.simulation.block import BLOCK_FRAMES
from sapcore.simulation.counts import FEW_FRAME_ERRORS, ErrorCounts
from sapcore.simulation.spheres import STEP, Spheres, kept_spheres
from sapcore.simulation.store import Store

TAIL = 1e-12  # probability of a length beyond the spheres, on either side
NORMAL_95 = 1.96
NONE_SEEN = -math.log(0.025)  # events that are still expected where none was seen, two-sided 95 %


@dataclass(frozen=True)
class RadialEstimate:
    """Error rates at one Eb/N0, with 95 % intervals.

    Attributes:
        ebn0_db: Eb/N0 in decibels.
        frames: simulated on all spheres.
        effective_errors: the number of frame errors after which a direct count would be as certain of the FER, as far
            as spheres with errors tell. Errors of spheres that hardly ever occur count for next to nothing here.
        fer, fer_low, fer_high: frame error rate.
        ber, ber_low, ber_high: bit error rate over all n bits.
    """

    ebn0_db: float
    frames: int
    effective_errors: float
    fer: float
    fer_low: float
    fer_high: float
    ber: float
    ber_low: float
    ber_high: float

    @property
    def relative_width(self) -> float:
        """Width of the interval of the BER as a fraction of the BER; infinite without errors."""
        return (self.ber_high - self.ber_low) / self.ber if self.ber else math.inf

    def row(self) -> dict[str, int | float]:
        """The estimate under the names that columns of tables have."""
        return {"ebn0": self.ebn0_db} | {name: value for name, value in asdict(self).items() if name != "ebn0_db"}


def radial_estimates(
    code: LinearCode,
    decoder: Decoder,
    ebn0_db: Sequence[float],
    relative_width: float = 0.3,
    max_frames: int = 1_000_000,
    seed: int = 0,
    store: Store | None = None,
    watch: Callable[[Sequence[RadialEstimate]], None] = lambda estimates: None,
) -> list[RadialEstimate]:
    """Estimate the error rates at each Eb/N0 until all are known well enough.

    Args:
        code: under its matrix.
        decoder: one whose bits do not depend on the noise level it is told, as `fecct`, `ml` and `osd:2`.
        ebn0_db: Eb/N0 in decibels.
        relative_width: of the 95 % interval of the BER, as a fraction of the BER.
        max_frames: at most so many frames on all spheres, in whole blocks of 1024.
        seed: of the directions.
        store: keeps the blocks; those it holds are used.
        watch: called after each block.

    Raises:
        InputError: there is no Eb/N0, or a bound is not positive.
    """
    if not ebn0_db or min(relative_width, max_frames) <= 0:
        raise InputError("A radial estimate needs an Eb/N0, and bounds above 0.")
    rate = 1.0 if isinstance(decoder, Uncoded) else code.rate
    spheres = Spheres(code, decoder, seed, store)
    while True:
        found = [_estimate(value, of, spheres.counts, code.n) for value, of in _each(code.n, rate, ebn0_db)]
        estimates = [estimate for estimate, _ in found]
        watch(estimates)
        open_gains = [gains for estimate, gains in found if estimate.relative_width > relative_width]
        if not open_gains or estimates[0].frames >= max_frames:
            return estimates
        total: Counter[float] = Counter()
        for gains in open_gains:
            total.update(gains)
        spheres.grow(max(total, key=total.get))


def kept_estimates(
    store: Store, code: LinearCode, decoder_digest: str, ebn0_db: Sequence[float], seed: int = 0
) -> tuple[list[RadialEstimate], float]:
    """The estimates that the blocks in `store` give as they are, of a coded transmission, and their seconds."""
    counts, seconds = kept_spheres(store, code.digest, decoder_digest, seed)
    return [_estimate(value, of, counts, code.n)[0] for value, of in _each(code.n, code.rate, ebn0_db)], seconds


def _each(n: int, rate: float, ebn0_db: Sequence[float]) -> Iterator[tuple[float, dict[float, float]]]:
    """Each Eb/N0 and the weights of the spheres there."""
    return ((value, _weights(n, noise_sigma(value, rate))) for value in ebn0_db)


@lru_cache(maxsize=256)
def _weights(n: int, sigma: float) -> dict[float, float]:
    """The weight of every sphere by its radius; they sum to 1."""
    from scipy.stats import chi  # late: see `sapcore.simulation.comparison`

    first, last = (math.floor(sigma * chi.ppf(TAIL, n) / STEP), math.ceil(sigma * chi.isf(TAIL, n) / STEP))
    radii = STEP * np.arange(max(first, 1), last + 1)
    return dict(zip(radii.tolist(), (STEP * chi.pdf(radii / sigma, n) / sigma).tolist(), strict=True))


def _estimate(
    ebn0_db: float, weights: Mapping[float, float], counts: Mapping[float, ErrorCounts], n: int
) -> tuple[RadialEstimate, dict[float, float]]:
    """The estimate, and which share of the variance of its BER a block on each sphere would take away.

    A sphere without an error is not taken for certain: it might have had one in its frames, or, since P does not fall
    with r, in those of the error-free spheres around it. All of a run of such spheres are uncertain together.
    """
    total = sum(counts.values(), ErrorCounts())
    square = total.bit_errors_squared / total.frame_errors if total.frame_errors else n * n  # of the wrong bits
    square /= n**2
    fer = ber = fer_variance = ber_variance = hidden_variance = 0.0
    gains: dict[float, float] = {}
    runs: list[dict[float, int]] = [{}]  # error-free spheres between those with errors, by falling radius: frames
    for radius in sorted(weights, reverse=True):
        here, weight = counts.get(radius, ErrorCounts()), weights[radius]
        if here.frame_errors == 0:
            runs[-1][radius] = here.frames
            continue
        runs.append({})
        fer += weight * here.fer
        ber += weight * here.ber
        fer_variance += weight**2 * here.frame_errors / here.frames**2
        variance = weight**2 * here.bit_errors_squared / (here.frames * n) ** 2
        ber_variance += variance
        gains[radius] = variance * BLOCK_FRAMES / (here.frames + BLOCK_FRAMES)
    effective_errors = fer**2 / fer_variance if fer else 0.0
    for run in runs:
        hidden = _hidden(run, weights)
        hidden_variance += hidden**2
        for radius in run:
            more = {other: frames + BLOCK_FRAMES * (other == radius) for other, frames in run.items()}
            gains[radius] = square * (hidden**2 - _hidden(more, weights) ** 2)
    gains = {radius: gain / (ber_variance + square * hidden_variance) for radius, gain in gains.items()}
    bounds = (
        *_interval(fer, fer_variance, hidden_variance),
        *_interval(ber, ber_variance, square * hidden_variance),
    )
    return RadialEstimate(ebn0_db, total.frames, effective_errors, fer, *bounds[:2], ber, *bounds[2:]), gains


def _hidden(run: Mapping[float, int], weights: Mapping[float, float]) -> float:
    """The rate that a run of error-free spheres, by falling radius, can hide.

    On each sphere it is one error in the frames there and further out in the run.
    """
    frames = np.cumsum(list(run.values()))
    return float((np.array([weights[radius] for radius in run]) / np.maximum(frames, 1)).sum())


def _interval(rate: float, variance: float, hidden_variance: float) -> tuple[float, float]:
    """The interval of the logarithm by the delta method, as of `ErrorCounts.ber_interval`; from 0 without errors.

    With fewer than 10 effective errors it is widened to hold the exact interval of a Poisson count (Garwood, Biometrika
    28, 1936). What error-free spheres may hide can only add to the rate, so it counts towards the upper end alone.
    """
    from scipy.stats import chi2  # late: see `sapcore.simulation.comparison`

    hidden = NONE_SEEN * math.sqrt(hidden_variance)
    if not rate:
        return 0.0, min(1.0, hidden)
    spread = math.exp(NORMAL_95 * math.sqrt(variance) / rate)
    low, high = rate / spread, rate * spread
    errors = rate**2 / variance
    if errors < FEW_FRAME_ERRORS:
        low = min(low, rate * chi2.ppf(0.025, 2 * errors) / (2 * errors))
        high = max(high, rate * chi2.ppf(0.975, 2 * errors + 2) / (2 * errors))
    return float(low), float(min(1.0, high + hidden))
