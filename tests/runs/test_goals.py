import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.codes import find
from sapcore.runs.goals import Goal, Measurement
from sapcore.runs.run import expected_frames
from sapcore.simulation import BLOCK_FRAMES, BlockResult, ErrorCounts, PointKey, StoppingRule

CODE = find("Hamming(7,4)")


def block(errors):
    return ErrorCounts(BLOCK_FRAMES, errors, BLOCK_FRAMES * 7, errors, errors)


def measurement(blocks=()):
    key, seconds = PointKey(CODE.digest, "d", 3.0, 0), dict.fromkeys(range(len(blocks)), 0.5)
    return Measurement(key, CODE, "uncoded", dict(enumerate(blocks)), seconds)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30).flatmap(
        lambda errors: st.tuples(st.just(errors), st.permutations(range(len(errors))))
    ),
    st.integers(1, 40),
)
def test_counts_are_those_of_the_shortest_prefix_whatever_the_order(errors_and_order, target):
    errors, order = errors_and_order
    rule = StoppingRule(frame_errors=target, max_frames=BLOCK_FRAMES * len(errors))
    goal = Goal(0, measurement(), rule)
    for index in order:
        goal.measurement.add([BlockResult(index, block(errors[index]), 0.01)])
        goal.advance()
    prefix, total = 0, 0
    while total < target and prefix < len(errors):
        total += errors[prefix]
        prefix += 1
    assert (goal.done, goal.length, goal.counts.frame_errors) == (True, prefix, total)
    assert goal.progress() == (0, goal.counts, pytest.approx(0.01 * prefix), True)  # no seconds of blocks beyond
    assert goal.next_blocks() == ()


def test_next_blocks_skip_what_is_there_or_in_flight():
    goal = Goal(0, measurement([block(1)] * 3), StoppingRule(1000, BLOCK_FRAMES * 100))
    goal.measurement.blocks[4] = block(1)
    goal.measurement.in_flight.add(5)
    goal.measurement.block_seconds = 0.001
    assert goal.next_blocks() == (3,)
    goal.measurement.in_flight.add(3)
    assert goal.next_blocks() == (6, 7, 8, 9)  # as many as there are blocks already


def test_a_task_grows_with_what_is_known_and_stays_short():
    fast = measurement()
    assert fast.task_blocks() == 1
    fast.add([BlockResult(0, block(0), 1e-3)])
    assert fast.task_blocks() == 1
    fast.add([BlockResult(index, block(0), 1e-3) for index in range(1, 2000)])
    assert fast.task_blocks() == 700
    slow = measurement([block(0)] * 50)
    slow.add([BlockResult(50, block(0), 2.0)])
    assert slow.task_blocks() == 1


def test_nothing_is_simulated_far_beyond_the_likely_need():
    goal = Goal(0, measurement([block(10)] * 8), StoppingRule(frame_errors=100, max_frames=10**9))
    goal.measurement.block_seconds = 1e-3
    assert goal.next_blocks() == (8, 9, 10, 11, 12)  # 10 blocks, and a quarter
    goal.measurement.in_flight.update(range(8, 13))
    assert goal.next_blocks() == ()


def test_the_frame_limit_ends_the_blocks():
    goal = Goal(0, measurement([block(0)] * 8), StoppingRule(100, BLOCK_FRAMES * 9 + 1))
    goal.measurement.block_seconds = 1e-3
    assert goal.next_blocks() == (8, 9)


def test_rate_is_unknown_before_the_first_block():
    point = measurement()
    assert point.rate() is None
    point.add([BlockResult(0, block(0), 0.1)])
    assert point.rate() > 0


@pytest.mark.parametrize(
    ("rule", "counts", "frames"),
    [
        (StoppingRule(100, 5000), ErrorCounts(), 5000),
        (StoppingRule(100, 5000), ErrorCounts(1000, 50), 2000),
        (StoppingRule(100, 5000), ErrorCounts(1000, 1), 5000),
        (StoppingRule(100, 10**9, 0.392), ErrorCounts(1000, 50), 2000),
        (StoppingRule(1, 10**9, 0.196), ErrorCounts(1000, 50), 8000),
    ],
)
def test_expected_frames(rule, counts, frames):
    assert expected_frames(rule, counts) == pytest.approx(frames)
