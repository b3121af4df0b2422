"""Findings, correlations and tables of the experiment on redundant checks, from rows made up for the purpose."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from sapcore.experiments.checks_correlation import TRAITS, compared_sets, correlation, of_default_weight
from sapcore.experiments.checks_findings import (
    against_default,
    best_number,
    equal_cost,
    findings,
    pairs,
    what_goes_with,
)
from sapcore.experiments.checks_plan import DENSE, PEER, PRUNED, SEVERAL
from sapcore.experiments.checks_report import report
from sapcore.experiments.checks_results import COLUMNS
from sapcore.experiments.checks_sets import BALANCED, HEAVIER, IN_ORDER, RANDOM
from sapcore.simulation import ErrorCounts

FRAMES = 50_000
CODE, OTHER = "BCH(31,16)", "Golay(24,12)"


def row(decoder, frame_errors, checks=62, kind=IN_ORDER, standard=CODE, number=None, frames=FRAMES, **about):
    """A point of one wrong frame in so many, two wrong bits each."""
    counts = ErrorCounts(frames, frame_errors, 31 * frames, 2 * frame_errors, 4 * frame_errors)
    default = {CODE: 62, OTHER: 48}[standard]
    form = f"{standard}-r" if checks == default else f"{standard}-r{checks}"
    found = {
        "standard": standard,
        "kind": kind,
        "code": form if kind == IN_ORDER else f"{standard}, {kind} checks {number}",
        "checks": checks,
        "sigma1": 11.0,
        "sigma2": 5.0,
        "largest_degree": 16,
        "smallest_degree": 16,
        "mean_row_weight": 8.0,
        "four_cycles": 2728,
        "decoder": decoder,
        "macs": None if decoder == PEER else 1e6 * checks,
        "ebn0": 4.0,
    }
    return {column: None for column in COLUMNS} | found | counts.row() | about


def rows(*some):
    return pd.DataFrame(list(some), columns=COLUMNS)


def sets(errors, standard=CODE, decoder=DENSE, **traits):
    """The default set and others after it, with so many frame errors each and the traits by place."""
    kinds = [IN_ORDER, *[RANDOM] * (len(errors) - 1)]
    checks = {CODE: 62, OTHER: 48}[standard]
    return [
        row(decoder, count, checks, kind, standard, place, **{name: values[place] for name, values in traits.items()})
        for place, (kind, count) in enumerate(zip(kinds, errors, strict=True))
    ]


def test_nothing_measured_is_said():
    assert findings(rows()) == "Not measured yet."
    text = report(rows())
    assert "\n\nNot measured yet.\n\n" in text and "nan" not in text and "Unfinished: 0 of the 264 points" in text


def test_the_number_of_least_rate_is_named_with_those_not_told_apart():
    some = [row(DENSE, count, checks) for checks, count in ((31, 900), (62, 410), (93, 400), (124, 600))]
    some += [row(DENSE, count, checks, standard=OTHER) for checks, count in ((24, 900), (48, 700), (144, 200))]
    text = best_number(rows(*some), DENSE)
    assert text == (
        f"At 4 dB the BER of `{DENSE}` is least with so many checks: BCH(31,16) 93 (not told apart from 62), "
        "Golay(24,12) 144 (the most measured)."
    )
    assert best_number(rows(*some), SEVERAL) == ""
    assert best_number(rows(row(DENSE, 100, 62)), DENSE) == ""  # one number is no comparison
    assert "31 (the fewest measured)" in best_number(rows(row(PEER, 100, 31), row(PEER, 900, 62)), PEER)


def test_pruned_is_held_against_dense_of_fewer_checks_and_nearest_macs():
    dense = [row(DENSE, count, checks) for checks, count in ((31, 900), (62, 400), (93, 300))]
    pruned = [
        row(PRUNED, 500, 62, macs=30e6),  # beside 31 checks
        row(PRUNED, 390, 93, macs=50e6),  # beside 62
        row(PRUNED, 600, 124, macs=100e6),  # beside 93
        row(PRUNED, 100, 186, macs=200e6),  # nothing of near cost
        row(PRUNED, 100, 31, macs=31e6),  # nothing of fewer checks
    ]
    found = pairs(rows(*dense, *pruned))
    assert [(pair.pruned["checks"], pair.dense["checks"], pair.verdict) for pair in found] == [
        (62, 31, "below"),
        (93, 62, "not told apart"),
        (124, 93, "above"),
    ]
    text = equal_cost(rows(*dense, *pruned))
    assert "(3 pairs, 1 of 6 codes, 0.81 to 1.08 times the MACs)" in text
    assert text.endswith("below in 1 (BCH(31,16)), above in 1, not told apart in 1.")
    assert equal_cost(rows(*dense)) == ""
    assert "| BCH(31,16) | 124 | 100.0 | 7.16 | 93 | 93.0 | 7.86 | above |" in report(rows(*dense, *pruned))


def test_sets_are_held_against_the_default_set_of_their_code():
    some = [row(DENSE, 400), row(DENSE, 300, kind=RANDOM, number=1), row(DENSE, 900, kind=RANDOM, number=2)]
    some += [row(DENSE, 410, kind=BALANCED, number=1), row(DENSE, 90, 93)]
    some += [row(DENSE, 1, 48, HEAVIER, OTHER, 1)]  # its default set is not measured
    text = against_default(rows(*some), DENSE)
    assert text.endswith("lies: random 1 below and 1 above of 2; balanced 0 below and 0 above of 1.")
    assert against_default(rows(*some[:1]), DENSE) == ""


def test_within_a_code_it_is_spearmans():
    errors, sigma2 = [300, 500, 350, 420, 800, 610, 280], [5.0, 5.4, 5.5, 5.1, 6.0, 5.9, 4.9]
    found = correlation(compared_sets(rows(*sets(errors, sigma2=sigma2)), DENSE), "sigma2")
    expected = spearmanr(sigma2, [-count for count in errors])
    assert found.rho == pytest.approx(expected.statistic) and found.sets == 7
    assert found.p == pytest.approx(expected.pvalue, abs=0.02)
    assert correlation(compared_sets(rows(*sets(errors, sigma2=sigma2)), DENSE), "sigma2") == found  # seeded


def test_codes_are_told_apart_before_they_are_pooled():
    """A trait that only tells codes apart says nothing; one that tells sets of each code apart does."""
    low = sets([300, 320, 340, 360, 380], sigma1=[5.0] * 5, sigma2=[5.0, 5.1, 5.2, 5.3, 5.4])
    high = sets([3000, 3200, 3400, 3600, 3800], OTHER, sigma1=[9.0] * 5, sigma2=[9.0, 9.1, 9.2, 9.3, 9.4])
    both = compared_sets(rows(*low, *high), DENSE)
    assert correlation(both, "sigma1") is None
    found = correlation(both, "sigma2")
    assert found.rho < -0.95 and found.p < 0.001 and found.sets == 10
    alone = compared_sets(rows(*low, *high[:1]), DENSE)
    assert correlation(alone, "sigma2").sets == 5  # a code of one set is left out
    assert correlation(compared_sets(rows(*low[:3]), DENSE), "sigma2") is None


def test_chance_is_not_called_a_correlation():
    """Under no relation, p-values are spread evenly."""
    rng = np.random.default_rng(7)
    ps = []
    for _ in range(40):
        one = sets(rng.integers(200, 400, 6).tolist(), sigma2=rng.random(6).tolist())
        other = sets(rng.integers(2000, 4000, 6).tolist(), OTHER, sigma2=rng.random(6).tolist())
        ps.append(correlation(compared_sets(rows(*one, *other), DENSE), "sigma2").p)
    assert 0.35 < np.mean(ps) < 0.65 and np.mean(np.array(ps) <= 0.05) < 0.15


def test_rows_that_are_no_sets_to_compare_are_left_out():
    some = [row(DENSE, 400), row(DENSE, 300, 93), row(PEER, 400), row(DENSE, 0, kind=RANDOM, number=1)]
    left = compared_sets(rows(*some, row(DENSE, 350, kind=RANDOM, number=2, largest_degree=19)), DENSE)
    assert left["code"].tolist() == [f"{CODE}-r", f"{CODE}, random checks 2"]
    assert left["minus_ln_ber"].iloc[0] == pytest.approx(-math.log(800 / (31 * FRAMES)))
    assert left["degree_spread"].tolist() == [0, 3]


def test_sets_of_the_default_weight_are_taken_by_code():
    some = [*sets([300, 400], mean_row_weight=[8.0, 12.0]), *sets([300, 400], OTHER, mean_row_weight=[12.0, 12.0])]
    kept = of_default_weight(compared_sets(rows(*some), DENSE))
    assert kept["code"].tolist() == [f"{CODE}-r", f"{OTHER}-r", f"{OTHER}, random checks 1"]


def test_what_is_not_shown_is_not_claimed():
    sigma2 = [5.0, 5.1, 5.2, 5.3, 5.4, 5.5]
    apart = [200, 300, 400, 500, 600, 700]
    text = what_goes_with(rows(*sets(apart, sigma2=sigma2)), DENSE)
    start = (
        f"Over 6 sets, the mean of each code taken off, under `{DENSE}`: -ln(BER) falls with σ₂ (ρ = -1.00, p = 0.00"
    )
    assert text.startswith(start) and " Over 6 sets of the default's mean row weight, the mean of each" in text
    assert "row weight (" not in text  # constant
    mixed = what_goes_with(rows(*sets([200, 500, 300, 700, 250, 400], sigma2=sigma2)), DENSE)
    assert mixed.count("That -ln(BER) goes with σ₂ is not shown (ρ = ") == 2 and "falls" not in mixed
    assert what_goes_with(rows(), DENSE) == ""


def test_the_tables_have_a_line_a_form_and_a_line_a_set():
    some = [row(DENSE, 400), row(PRUNED, 700, macs=31e6), row(PEER, 50, frames=30_208), row(DENSE, 300, 93)]
    some += sets([400, 350, 420, 500], sigma2=[5.0, 4.75, 5.25, 5.5])[1:]
    text = report(rows(*some))
    assert "| 62 | 62.0 | 31.0 | 7.57 | – | 7.01 | 9.14* |" in text
    assert "| 93 | 93.0 | – | 7.86 | – | – | – |" in text
    assert f"| {CODE}-r | in order | 62 | 11.000 | 5.000 | 16 to 16 | 8.00 | 2,728 | 7.57 | 9.14* |" in text
    assert f"| {CODE}, random checks 1 | random | 62 | 11.000 | 4.750 |" in text
    assert f"| {CODE}-r93 | in order" not in text
    assert f"| `{DENSE}` | {CODE} | 4 | – | -1.00 (0.0" in text and len(TRAITS) == 4
    assert "nan" not in text.lower()
