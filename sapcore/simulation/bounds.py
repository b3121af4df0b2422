"""Error rates without simulation: bounds, closed forms and an approximation.

BPSK over the Gaussian channel at the true rate R = k / n, with the noise deviation sigma of `sapcore.channel`, so that
Q(sqrt(2 w R Eb/N0)) = Q(sqrt(w) / sigma). Every function takes one Eb/N0 in decibels or an array of any shape, and
returns an array of that shape. It raises InputError where an Eb/N0 is not a finite number.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, ndtr, roots_hermitenorm

from sapcore.channel import noise_sigma
from sapcore.codes import LinearCode
from sapcore.codes.weights import MAX_LENGTH, minimum_distance, weight_distribution
from sapcore.errors import InputError

Floats = NDArray[np.float64]

MOST_WORDS_LOG2 = 27  # of 64 bits each, gone through to count weights: some seconds
NODES = 512  # of the quadrature: 1 - C and V to 1e-6 of themselves down to sigma = 0.2


def has_union_bound(code: LinearCode) -> bool:
    """Whether the weights of `code` can be counted in seconds, so that it has a union bound; answers at once.

    They are counted in the smaller of code and dual, which must hold at most 2^27 words of 64 bits. Where that is the
    dual, the code may be at most 256 bits long.

    >>> from sapcore.codes import find
    >>> has_union_bound(find("BCH(63,45)")), has_union_bound(find("CCSDS(128,64)"))
    (True, False)
    """
    words_log2 = min(code.k, code.rank) + math.log2(-(-code.n // 64))
    return words_log2 <= MOST_WORDS_LOG2 and (code.k <= code.rank or code.n <= MAX_LENGTH)


def union_bound_fer(code: LinearCode, ebn0_db: ArrayLike) -> Floats:
    """The union bound on the frame error rate of maximum-likelihood decoding, at most 1.

    FER <= Σ_w A_w Q(sqrt(2 w R Eb/N0)), with A_w codewords of weight w > 0 (Proakis, Digital Communications, 4th
    edition, section 8.1). At high Eb/N0 it all but equals that error rate; at low Eb/N0 it says nothing.

    Raises:
        InputError: the weights of the code cannot be counted; see `has_union_bound`.

    >>> from sapcore.codes import find
    >>> print(union_bound_fer(find("Hamming(7,4)"), [4.0, 6.0]).round(5))
    [0.01415 0.00084]
    """
    return _union_bound(code, ebn0_db, weighted=False)


def union_bound_ber(code: LinearCode, ebn0_db: ArrayLike) -> Floats:
    """The union bound on the bit error rate, over all n bits, of maximum-likelihood decoding, at most 1.

    As `union_bound_fer`, each term times w / n: so many of the bits are wrong when that codeword is taken for the sent.

    Raises:
        InputError: the weights of the code cannot be counted; see `has_union_bound`.
    """
    return _union_bound(code, ebn0_db, weighted=True)


def bounded_distance_fer(code: LinearCode, ebn0_db: ArrayLike, errors: int | None = None) -> Floats:
    """The frame error rate of a hard decision and a decoder that corrects up to `errors` errors and no more.

    Exact: P[Bin(n, p) > errors] with p = Q(sqrt(2 R Eb/N0)). Without `errors`, half the minimum distance: (d - 1) // 2.

    Raises:
        InputError: `errors` is not in 0..n, or not given and the minimum distance is not known.

    >>> from sapcore.codes import find
    >>> print(f"{bounded_distance_fer(find('BCH(63,45)'), 4.0):.4f}")
    0.1112
    """
    if errors is None:
        distance = minimum_distance(code.standard or code)
        if distance is None:
            raise InputError(f"The minimum distance of {code.name} is not known; say how many errors are corrected.")
        errors = (distance - 1) // 2
    if not 0 <= errors <= code.n:
        raise InputError(f"A decoder of {code.name} corrects 0 to {code.n} errors, not {errors}.")
    return bdtrc(errors, code.n, ndtr(-1 / _sigmas(ebn0_db, code.rate)))


def normal_approximation_fer(n: int, k: int, ebn0_db: ArrayLike) -> Floats:
    """The normal approximation of the frame error rate of the best (n, k) code under maximum-likelihood decoding.

    FER ≈ Q(sqrt(n / V) (C - R + log2(n) / (2n))), C and V of `capacity_and_dispersion` (Polyanskiy, Poor, Verdú, IEEE
    Trans. Inf. Theory 56(5), 2010). It is no bound: for short codes at low error rates it promises far too much. The
    published error rates of BCH(63,45) at 4 and 5 dB are 2.1e-3 and 5.3e-5, and this says 3.4e-4 and 1.5e-7.

    Raises:
        InputError: not log2(n) / 2 < k <= n; for smaller k the approximation would improve as the noise grows.

    >>> print(f"{normal_approximation_fer(128, 64, 3.0):.1e}")
    6.2e-05
    """
    if not 0 < k <= n or k <= math.log2(n) / 2:
        raise InputError(f"The normal approximation needs log2(n) / 2 < k <= n, not n = {n}, k = {k}.")
    capacity, dispersion = capacity_and_dispersion(_sigmas(ebn0_db, k / n))
    margin = capacity - k / n + math.log2(n) / (2 * n)
    return ndtr(-margin * math.sqrt(n) / np.sqrt(np.maximum(dispersion, np.finfo(float).tiny)))


def capacity_and_dispersion(sigma: ArrayLike) -> tuple[Floats, Floats]:
    """Capacity (bits a channel use) and dispersion (bits² a channel use) of BPSK under noise of deviation `sigma`.

    C = E[i] and V = Var[i] of the information density i = 1 - log2(1 + exp(-2 Y / sigma²)), Y = 1 + sigma Z with Z
    standard normal, by Gauss-Hermite quadrature.

    Raises:
        InputError: a deviation is not above 0.

    >>> capacity, dispersion = capacity_and_dispersion(1.0)
    >>> print(f"{capacity:.4f} {dispersion:.4f}")
    0.4859 0.6597
    """
    deviation = np.asarray(sigma, dtype=float)
    if not (deviation > 0).all():
        raise InputError("A noise deviation must be above 0.")
    deviation = deviation[..., None]
    nodes, weights = _quadrature()
    lost = np.logaddexp(0, -2 * (1 + deviation * nodes) / deviation**2) / math.log(2)
    mean = lost @ weights
    return 1 - mean, (lost - mean[..., None]) ** 2 @ weights


def _union_bound(code: LinearCode, ebn0_db: ArrayLike, weighted: bool) -> Floats:
    if not has_union_bound(code):
        raise InputError(
            f"{code.name} has no union bound here: min(k, n-k) = {min(code.k, code.rank)} at n = {code.n} is too much "
            f"to count its codewords by weight, of which at most 2^{MOST_WORDS_LOG2} are gone through."
        )
    distribution = weight_distribution(code.standard or code, MOST_WORDS_LOG2)
    weights = np.flatnonzero(distribution)[1:]
    counts = np.array([float(distribution[weight]) for weight in weights])
    if weighted:
        counts *= weights / code.n
    pairwise = ndtr(-np.sqrt(weights) / _sigmas(ebn0_db, code.rate)[..., None])
    return np.minimum(pairwise @ counts, 1.0)


def _sigmas(ebn0_db: ArrayLike, rate: float) -> Floats:
    """The noise deviation at each Eb/N0, in the same shape."""
    values = np.asarray(ebn0_db, dtype=float)
    return np.array([noise_sigma(value, rate) for value in values.ravel().tolist()]).reshape(values.shape)


@lru_cache
def _quadrature() -> tuple[Floats, Floats]:
    """Nodes and weights with E[f(Z)] = Σ w f(z) for a standard normal Z."""
    nodes, weights = roots_hermitenorm(NODES)
    weights = weights / weights.sum()
    nodes.setflags(write=False)
    weights.setflags(write=False)
    return nodes, weights
