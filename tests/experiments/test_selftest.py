"""The self-test itself: every point with fewer errors than the command asks for, and points that must not agree."""

from dataclasses import replace

import pytest

from sapcore.experiments.selftest import BOUND, COUNTED, EXACT, PRINTED, checks
from sapcore.simulation import ErrorCounts, StoppingRule

CHECKS = tuple(checks())
SHORT = StoppingRule(100, 300_000)


def short(check):
    return check if check.decoder == "uncoded" else replace(check, rule=SHORT)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.code.name} {check.decoder} {check.ebn0:g} dB")
def test_every_point_agrees(check):
    row = short(check).run().row()
    assert row["agrees"], row


def test_the_ladder_has_its_rungs():
    assert {check.decoder for check in CHECKS} == {
        "uncoded",
        "bdd",
        "ml",
        "bp:50/layered",
        "sc",
        "bp:5",
        "bp:50",
        "osd:3",
    }
    published = [check for check in CHECKS if check.rung == "maximum likelihood, published"]
    assert sum(check.code.family == "BCH" for check in published) >= 8
    assert {"Golay(24,12)", "LDPC(49,24)"} <= {check.code.name for check in published}
    assert all(check.source for check in CHECKS)


@pytest.mark.parametrize("kind", [EXACT, COUNTED, PRINTED, BOUND])
@pytest.mark.parametrize("factor", [2, 0.5])
def test_a_rate_that_is_twice_or_half_as_high_does_not_agree(kind, factor):
    check = short(next(check for check in CHECKS if check.kind == kind and check.decoder != "uncoded"))
    published = check.published and ErrorCounts(int(check.published.frames / factor), check.published.frame_errors)
    wrong = replace(check, expected=factor * check.expected, published=published)
    assert not wrong.run().agrees
