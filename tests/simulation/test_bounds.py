"""Bounds and closed forms against published figures, exhaustive sums, quadrature and simulation."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from sapcore.channel import noise_sigma, uncoded_bit_error_rate
from sapcore.codes import LinearCode, find, names
from sapcore.decoders import MaximumLikelihood
from sapcore.errors import InputError
from sapcore.simulation import (
    ErrorCounts,
    StoppingRule,
    bounded_distance_fer,
    capacity_and_dispersion,
    decoder_points,
    frame_error_interval,
    has_union_bound,
    maximum_likelihood_curve,
    normal_approximation_fer,
    simulate_point,
    union_bound_ber,
    union_bound_fer,
)

UNION_BOUNDS = {
    "Hamming(7,4)": ("1.4e-02 4.0e-03 8.4e-04", "5.05 6.33 7.90"),
    "Golay(24,12)": ("2.8e-03 1.9e-04 6.3e-06", "6.95 9.68 13.07"),
    "RM(32,16)": ("2.6e-03 1.6e-04 5.2e-06", "7.30 10.13 13.55"),
    "BCH(31,16)": ("3.2e-03 2.2e-04 8.7e-06", "7.13 9.85 13.10"),
    "BCH(63,51)": ("3.6e-02 9.4e-04 1.9e-05", "5.46 9.31 13.31"),
    "BCH(63,45)": ("3.9e-03 6.8e-05 7.1e-07", "7.46 11.66 16.30"),
    "BCH(63,36)": ("2.4e-04 2.0e-06 6.9e-09", "9.87 14.79 20.48"),
    "LDPC(49,24)": ("1.0e-03 5.2e-05 1.7e-06", "8.52 11.62 15.06"),
    "Polar(64,48)": ("3.1e-02 3.0e-03 2.2e-04", "5.96 8.52 11.17"),
}
"""FER and -ln(BER) at 4, 5 and 6 dB, from weight distributions computed by another program."""

SNRS = st.floats(-10, 12)


@pytest.mark.parametrize("name", UNION_BOUNDS)
def test_union_bounds_of_known_weight_distributions(name):
    code = find(name)
    fer, neg_ln_ber = UNION_BOUNDS[name]
    assert " ".join(f"{value:.1e}" for value in union_bound_fer(code, [4, 5, 6])) == fer
    assert " ".join(f"{-math.log(value):.2f}" for value in union_bound_ber(code, [4, 5, 6])) == neg_ln_ber


@settings(max_examples=30)
@given(st.sampled_from(["Hamming(7,4)", "BCH(15,7)", "eHamming(8,4)", "RM(16,5)"]), st.floats(0, 10))
def test_union_bound_is_the_sum_over_all_codewords(name, ebn0_db):
    code = find(name)
    messages = (np.arange(1, 2**code.k)[:, None] >> np.arange(code.k)) & 1
    weights = code.encode(messages).sum(axis=1).tolist()
    energy = code.rate * 10 ** (ebn0_db / 10)
    terms = [math.erfc(math.sqrt(weight * energy)) / 2 for weight in weights]
    assert union_bound_fer(code, ebn0_db) == pytest.approx(min(1, math.fsum(terms)), rel=1e-9)
    shares = [term * weight / code.n for term, weight in zip(terms, weights, strict=True)]
    assert union_bound_ber(code, ebn0_db) == pytest.approx(min(1, math.fsum(shares)), rel=1e-9)


@pytest.mark.parametrize(("name", "ebn0_db"), [("Hamming(7,4)", 5.0), ("Hamming(7,4)", 6.0), ("Golay(24,12)", 5.0)])
def test_maximum_likelihood_stays_below_the_union_bound_and_near_it(name, ebn0_db):
    code = find(name)
    rule = StoppingRule(frame_errors=60, max_frames=80_000)
    found = simulate_point(code, MaximumLikelihood(code), ebn0_db, rule, seed=11)
    low, high = frame_error_interval(np.int64(found.frame_errors), np.int64(found.frames), confidence=0.999)
    bound = union_bound_fer(code, ebn0_db)
    assert low <= bound
    assert high >= 0.75 * bound
    ber_low, ber_high = found.ber_interval
    assert ber_low <= union_bound_ber(code, ebn0_db)
    assert ber_high >= 0.75 * union_bound_ber(code, ebn0_db)


def test_published_maximum_likelihood_stays_below_the_union_bound():
    checked = 0
    for name in filter(lambda name: has_union_bound(find(name)), names()):
        for point in maximum_likelihood_curve(name):
            counts = ErrorCounts(frames=point.frames, frame_errors=point.frame_errors)
            low, high = frame_error_interval(
                np.int64(counts.frame_errors), np.int64(counts.frames), confidence=1 - 1e-3 / 200
            )
            bound = float(union_bound_fer(find(name), point.ebn0_db))
            assert low <= bound, (name, point.ebn0_db)
            if bound < 1e-3:
                assert high >= 0.6 * bound, (name, point.ebn0_db)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize("bound", [union_bound_fer, union_bound_ber, bounded_distance_fer])
@given(first=SNRS, second=SNRS)
def test_code_curves_fall_and_are_probabilities(bound, first, second):
    rates = bound(find("BCH(31,16)"), sorted((first, second)))
    assert (rates >= 0).all() and (rates <= 1).all()
    assert rates[1] <= rates[0]


def test_long_codes_of_known_weights():
    repetition = LinearCode("Repetition(500,1)", "repetition", np.eye(499, 500, 1) + np.eye(499, 500))
    assert union_bound_fer(repetition, 3.0) == pytest.approx(uncoded_bit_error_rate(3.0), rel=1e-9)
    halves = LinearCode("two even halves", "drawn", np.kron(np.eye(2), np.ones(128)))  # A_2 = 2 C(128, 2)
    nearest = 2 * math.comb(128, 2) * norm.sf(math.sqrt(2) / noise_sigma(14.0, halves.rate))
    assert union_bound_fer(halves, 14.0) == pytest.approx(nearest, rel=1e-6)
    assert union_bound_ber(halves, 14.0) == pytest.approx(nearest * 2 / 256, rel=1e-6)


def test_where_weights_cannot_be_counted_there_is_no_union_bound():
    without = {name for name in names() if not has_union_bound(find(name))}
    assert {"CCSDS(128,64)", "LDPC(121,60)", "Polar(64,32)", "RM(128,64)", "BCH(127,64)"} <= without
    assert not without & set(UNION_BOUNDS)
    for name in without:
        for bound in (union_bound_fer, union_bound_ber):
            with pytest.raises(InputError, match="no union bound"):
                bound(find(name), 4.0)
    long = LinearCode("long", "drawn", np.ones((1, 257)))
    assert not has_union_bound(long)
    with pytest.raises(InputError, match="n = 257"):
        union_bound_fer(long, 4.0)


def test_redundant_checks_change_no_bound():
    code = find("BCH(31,16)")
    for bound in (union_bound_fer, union_bound_ber, bounded_distance_fer):
        np.testing.assert_array_equal(bound(code, [3.0, 5.0]), bound(code.redundant(93), [3.0, 5.0]))


@pytest.mark.parametrize(
    ("name", "fer"),
    [
        ("BCH(63,45)", (1.112e-1, 2.155e-2, 2.126e-3)),
        ("BCH(63,36)", (6.43e-2, 9.32e-3, 6.06e-4)),
        ("BCH(63,51)", (1.594e-1, 3.887e-2, 5.327e-3)),
        ("BCH(31,16)", (8.24e-2, 2.31e-2, 4.11e-3)),
    ],
)
def test_bounded_distance_decoding_at_4_5_and_6_db(name, fer):
    assert bounded_distance_fer(find(name), [4, 5, 6]) == pytest.approx(fer, rel=2.5e-3)


def test_bounded_distance_decoding_as_simulated_by_others():
    points = [p for p in decoder_points() if p.decoder.startswith("bounded distance") and p.metric == "fer"]
    assert {point.code for point in points} == {"BCH(31,16)", "BCH(63,36)", "BCH(63,45)", "BCH(63,51)"}
    for point in points:
        low, high = frame_error_interval(
            np.int64(point.frame_errors), np.int64(point.frames), confidence=1 - 1e-3 / len(points)
        )
        assert low <= bounded_distance_fer(find(point.code), point.ebn0_db) <= high, (point.code, point.ebn0_db)


@given(st.integers(0, 31), st.floats(-5, 9))
def test_bounded_distance_is_the_tail_of_a_binomial(errors, ebn0_db):
    code = find("BCH(31,16)")
    p = uncoded_bit_error_rate(ebn0_db + 10 * math.log10(code.rate))
    tail = math.fsum(math.comb(31, i) * p**i * (1 - p) ** (31 - i) for i in range(errors + 1, 32))
    assert bounded_distance_fer(code, ebn0_db, errors) == pytest.approx(tail, rel=1e-8, abs=1e-300)


def test_bounded_distance_refuses_what_it_cannot_know():
    with pytest.raises(InputError, match="not known"):
        bounded_distance_fer(find("CCSDS(256,128)"), 4.0)
    assert 0 < bounded_distance_fer(find("CCSDS(256,128)"), 4.0, errors=6) < 1
    for errors in (-1, 8):
        with pytest.raises(InputError, match="0 to 7"):
            bounded_distance_fer(find("Hamming(7,4)"), 4.0, errors)


@pytest.mark.parametrize("sigma", [0.2, 0.3, 0.5, 1.0, 3.0])
def test_capacity_and_dispersion_against_adaptive_quadrature(sigma):
    def lost(z):
        return np.logaddexp(0, -2 * (1 + sigma * z) / sigma**2) / math.log(2)

    def expected(function):
        edges = sorted({-40.0, -1 / sigma - 5 * sigma, -1 / sigma, -1 / sigma + 5 * sigma, 0.0, 40.0})
        pieces = [
            quad(lambda z: norm.pdf(z) * function(z), a, b, epsabs=0, epsrel=1e-10, limit=500)[0]
            for a, b in pairwise(edges)
        ]
        return math.fsum(pieces)

    mean = expected(lost)
    capacity, dispersion = capacity_and_dispersion(sigma)
    assert 1 - capacity == pytest.approx(mean, rel=1e-5)
    assert dispersion == pytest.approx(expected(lambda z: (lost(z) - mean) ** 2), rel=2e-6)


def test_capacity_and_dispersion_in_the_limits():
    capacity, dispersion = capacity_and_dispersion([0.05, 100.0])
    assert capacity[0] == pytest.approx(1, abs=1e-12)
    assert dispersion[0] == pytest.approx(0, abs=1e-12)
    # in much noise both fall with the signal-to-noise ratio: C -> log2(e) / (2 sigma^2), V -> log2(e)^2 / sigma^2
    assert capacity[1] == pytest.approx(math.log2(math.e) / (2 * 100**2), rel=1e-3)
    assert dispersion[1] == pytest.approx(math.log2(math.e) ** 2 / 100**2, rel=1e-3)
    for impossible in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="above 0"):
            capacity_and_dispersion([1.0, impossible])


@given(st.floats(0.15, 20), st.floats(0.15, 20))
def test_capacity_falls_with_noise(first, second):
    capacity, dispersion = capacity_and_dispersion(sorted((first, second)))
    assert (capacity >= 0).all() and (capacity <= 1).all() and (dispersion > 0).all()
    assert capacity[1] <= capacity[0] + 1e-12


@pytest.mark.parametrize(("n", "k", "ebn0_db"), [(128, 64, 2.0), (63, 45, 4.0), (648, 540, 3.5), (31, 16, 3.0)])
def test_the_normal_approximation_is_its_formula(n, k, ebn0_db):
    """Capacity and dispersion by a plain sum over y in place of the quadrature."""
    sigma = noise_sigma(ebn0_db, k / n)
    y = np.linspace(1 - 12 * sigma, 1 + 12 * sigma, 200_001)
    weight = norm.pdf(y, 1, sigma) * (y[1] - y[0])
    density = 1 - np.log2(1 + np.exp(-2 * y / sigma**2))
    capacity = float((weight * density).sum())
    dispersion = float((weight * (density - capacity) ** 2).sum())
    expected = norm.sf(math.sqrt(n / dispersion) * (capacity - k / n + math.log2(n) / (2 * n)))
    assert normal_approximation_fer(n, k, ebn0_db) == pytest.approx(expected, rel=1e-6)


@given(st.integers(2, 2000), st.floats(0, 1), SNRS, st.floats(0.01, 5))
@example(2000, 0.9995, 9.0, 0.05)
@example(8, 1.0, 6.0, 0.01)
def test_the_normal_approximation_falls_with_eb_n0(n, share, ebn0_db, step):
    least = math.floor(math.log2(n) / 2) + 1
    k = least + round(share * (n - least))
    rates = normal_approximation_fer(n, k, [ebn0_db, ebn0_db + step])
    assert (rates >= 0).all() and (rates <= 1).all()
    assert rates[1] <= rates[0] * (1 + 1e-9)


@given(st.integers(40, 1000), st.floats(0.2, 0.9), st.floats(-3, 6))
def test_the_normal_approximation_rises_with_k_at_equal_noise(n, rate, esn0_db):
    k = round(rate * n)
    fers = [normal_approximation_fer(n, m, esn0_db - 10 * math.log10(m / n)) for m in (k, k + 1)]
    assert fers[0] <= fers[1] * (1 + 1e-9)


@pytest.mark.parametrize(("n", "k"), [(7, 1), (0, 0), (7, 0), (7, 8), (128, 3), (-4, -2)])
def test_the_normal_approximation_refuses_what_it_was_not_made_for(n, k):
    with pytest.raises(InputError, match="k <= n"):
        normal_approximation_fer(n, k, 3.0)


def test_one_eb_n0_or_many_in_any_shape():
    code = find("Golay(24,12)")
    grid = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for rate in (
        lambda ebn0: union_bound_fer(code, ebn0),
        lambda ebn0: union_bound_ber(code, ebn0),
        lambda ebn0: bounded_distance_fer(code, ebn0),
        lambda ebn0: normal_approximation_fer(24, 12, ebn0),
    ):
        assert rate(grid).shape == (2, 3)
        assert rate(grid)[1, 0] == pytest.approx(float(rate(4.0)), rel=1e-12)
        assert np.shape(rate(4)) == () and rate([]).shape == (0,)
        with pytest.raises(InputError, match="finite"):
            rate([4.0, float("nan")])
