"""Our exact maximum-likelihood decoder against the published frame error rates of the University of Kaiserslautern.

A point agrees when the two rates, each a count of frame errors over a number of frames, pass `same_rate_p_value`. The
level is 5 % over all points together (Bonferroni).
"""

import pytest

from sapcore.codes import load
from sapcore.decoders import MaximumLikelihood
from sapcore.simulation import (
    ErrorCounts,
    ReferencePoint,
    StoppingRule,
    maximum_likelihood_curve,
    same_rate_p_value,
    simulate_point,
)

CODES = ("BCH(31,16)", "BCH(31,21)", "BCH(15,7)", "Golay(24,12)")
FEWEST_ERRORS = 100
QUICK = {
    "BCH(31,16)": (1.0, 2.5),
    "BCH(31,21)": (0.0, 2.0, 3.5),
    "BCH(15,7)": (0.0, 3.0, 5.0),
    "Golay(24,12)": (-1.0, 2.0, 3.5),
}


def points(code_name: str) -> list[ReferencePoint]:
    """The published points of a code that rest on at least 100 frame errors."""
    return [point for point in maximum_likelihood_curve(code_name) if point.frame_errors >= FEWEST_ERRORS]


ALL = [point for name in CODES for point in points(name)]
CHOSEN = [point for point in ALL if point.ebn0_db in QUICK[point.code]]


def measure(point: ReferencePoint, frame_errors: int, seed: int = 2026) -> ErrorCounts:
    """Simulate the point with our decoder until `frame_errors` frame errors."""
    code = load(point.code)
    rule = StoppingRule(frame_errors=frame_errors, max_frames=10**10)
    return simulate_point(code, MaximumLikelihood(code), point.ebn0_db, rule, seed)


def probability_of_agreement(point: ReferencePoint, found: ErrorCounts) -> float:
    """The p-value of equal frame error rates in the published point and in ours."""
    return same_rate_p_value(ErrorCounts(point.frames, point.frame_errors), found)


def check(point: ReferencePoint, frame_errors: int, points_tested: int) -> None:
    found = measure(point, frame_errors)
    assert found.frame_errors >= FEWEST_ERRORS
    agreement = probability_of_agreement(point, found)
    assert agreement > 0.05 / points_tested, (
        f"{point.code} at {point.ebn0_db} dB: {found.fer:.3g}, published {point.fer:.3g}"
    )


@pytest.mark.parametrize("point", CHOSEN, ids=lambda point: f"{point.code}@{point.ebn0_db:g}")
def test_some_points_agree(point):
    check(point, frame_errors=150, points_tested=len(CHOSEN))


@pytest.mark.slow
@pytest.mark.parametrize("point", ALL, ids=lambda point: f"{point.code}@{point.ebn0_db:g}")
def test_every_point_agrees(point):
    check(point, frame_errors=100, points_tested=len(ALL))


def test_the_check_can_fail():
    """A decoder that loses 0.5 dB would be found out."""
    point = next(point for point in ALL if point.code == "Golay(24,12)" and point.ebn0_db == 2.0)
    found = measure(next(p for p in ALL if p.code == "Golay(24,12)" and p.ebn0_db == 1.5), 150)
    assert probability_of_agreement(point, found) < 0.05 / len(ALL)
