import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from sapcore.simulation import ErrorCounts, frame_error_interval


@st.composite
def counts(draw):
    frames, n = draw(st.integers(1, 500)), draw(st.integers(1, 40))
    wrong = draw(st.lists(st.integers(1, n), max_size=min(frames, 30)))
    return ErrorCounts(frames, len(wrong), frames * n, sum(wrong), sum(e * e for e in wrong))


def of_frames(errors_per_frame, n):
    errors = np.asarray(errors_per_frame, dtype=np.int64)
    return ErrorCounts(
        len(errors), int((errors > 0).sum()), len(errors) * n, int(errors.sum()), int((errors * errors).sum())
    )


def test_compare_counts_by_hand():
    sent = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 1]], dtype=np.uint8)
    decoded = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]], dtype=np.uint8)
    assert ErrorCounts.compare(sent, decoded) == ErrorCounts(3, 2, 12, 4, 10)


@given(counts(), counts(), counts())
def test_counts_add(a, b, c):
    assert a + ErrorCounts() == a
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(counts())
def test_the_rates_lie_in_their_intervals(found):
    for rate, (low, high) in ((found.fer, found.fer_interval), (found.ber, found.ber_interval)):
        assert 0 <= low <= rate <= high <= 1
        assert low < high


@given(st.integers(1, 10_000), st.data())
def test_the_frame_interval_is_scipys_exact_one(frames, data):
    errors = data.draw(st.integers(0, frames))
    exact = binomtest(errors, frames).proportion_ci(0.95, "exact")
    low, high = ErrorCounts(frames=frames, frame_errors=errors).fer_interval
    assert low == pytest.approx(exact.low, abs=1e-12)
    assert high == pytest.approx(exact.high, abs=1e-12)


def test_the_frame_interval_takes_arrays():
    low, high = frame_error_interval(np.array([0, 5, 10]), np.array([10, 10, 10]))
    assert low[0] == 0 and high[2] == 1
    np.testing.assert_allclose([low[1], high[1]], [0.18709, 0.81291], atol=1e-5)


def test_without_frames_nothing_is_known():
    assert math.isnan(ErrorCounts().fer) and math.isnan(ErrorCounts().ber)
    assert ErrorCounts().fer_interval == (0.0, 1.0)
    assert ErrorCounts().ber_interval == (0.0, 1.0)


def test_without_errors_the_frame_interval_bounds_the_bit_error_rate():
    clean = ErrorCounts(frames=1000, bits=31_000)
    assert clean.ber_interval == (0.0, clean.fer_interval[1])
    assert clean.fer_interval[1] == pytest.approx(3.7 / 1000, rel=0.01)


def test_the_bit_interval_is_the_delta_method_on_the_frames():
    errors = np.concatenate([np.zeros(900), np.random.default_rng(0).integers(1, 9, 100)])
    found = of_frames(errors, 31)
    relative = errors.std(ddof=1) / math.sqrt(len(errors)) / errors.mean()
    low, high = found.ber_interval
    assert low == pytest.approx(found.ber * math.exp(-1.959964 * relative))
    assert high == pytest.approx(found.ber * math.exp(1.959964 * relative))


def test_errors_that_come_in_frames_widen_the_bit_interval():
    spread_out = of_frames([1] * 100 + [0] * 900, 50)
    bunched = of_frames([10] * 10 + [0] * 990, 50)
    assert spread_out.ber == bunched.ber
    ratio = [high / low for low, high in (spread_out.ber_interval, bunched.ber_interval)]
    assert ratio[1] > ratio[0] ** 2


@pytest.mark.parametrize("frame_error_rate", [0.0005, 0.002, 0.02, 0.2])
def test_the_bit_interval_covers_the_true_rate(frame_error_rate):
    """2000 experiments of 2000 frames; a wrong frame has 3 to 15 bit errors out of 31."""
    rng = np.random.default_rng(5)
    truth = frame_error_rate * 9 / 31
    covered = 0
    for _ in range(2000):
        errors = np.where(rng.random(2000) < frame_error_rate, rng.integers(3, 16, 2000), 0)
        low, high = of_frames(errors, 31).ber_interval
        covered += low <= truth <= high
    assert covered / 2000 > 0.93


@settings(max_examples=30)
@given(counts())
def test_counts_are_plain_integers_from_any_block(found):
    assert all(isinstance(value, int) for value in vars(found).values())
