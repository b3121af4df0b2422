import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.errors import InputError
from sapcore.simulation import ErrorCounts, StoppingRule


def counts(frames, frame_errors):
    return ErrorCounts(frames=frames, frame_errors=frame_errors)


def test_frame_errors_and_frames():
    rule = StoppingRule(frame_errors=100, max_frames=5000)
    assert not rule.done(ErrorCounts())
    assert not rule.done(counts(4999, 99))
    assert rule.done(counts(4999, 100))
    assert rule.done(counts(5000, 0))


def test_the_relative_width_has_to_be_met_as_well():
    rule = StoppingRule(frame_errors=10, max_frames=10**9, relative_width=0.4)
    assert not rule.done(counts(10_000, 50))
    assert rule.done(counts(100_000, 500))
    low, high = counts(100_000, 500).fer_interval
    assert (high - low) / 0.005 < 0.4
    assert rule.done(counts(10**9, 50))


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 50)), min_size=1), st.floats(0.05, 3))
def test_arrays_and_single_counts_agree(pairs, width):
    rule = StoppingRule(frame_errors=5, max_frames=4000, relative_width=width)
    frames, errors = np.array([(f, min(e, f)) for f, e in pairs]).T
    expected = [rule.done(counts(int(f), int(e))) for f, e in zip(frames, errors, strict=True)]
    assert rule.satisfied(frames, errors).tolist() == expected


@pytest.mark.parametrize(
    "bounds", [{"frame_errors": 0}, {"max_frames": 0}, {"relative_width": 0.0}, {"relative_width": float("nan")}]
)
def test_bounds_that_are_not_positive_are_refused(bounds):
    with pytest.raises(InputError):
        StoppingRule(**bounds)
