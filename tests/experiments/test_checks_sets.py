"""Sets of checks: every one of them is a matrix of the same code, and what its kind says."""

import numpy as np
import pytest

from sapcore.codes import find, gf2
from sapcore.errors import InputError
from sapcore.experiments import checks_plan
from sapcore.experiments.checks_plan import BY_NUMBER, BY_SET, CODES, RULE, forms
from sapcore.experiments.checks_sets import (
    BALANCED,
    DRAWS,
    HEAVIER,
    IN_ORDER,
    KINDS,
    ORBITS,
    OUTSIDE,
    OUTSIDE_WORDS,
    RANDOM,
    check_sets,
    matrix,
)
from sapcore.spectra import signature
from sapcore.variants import check_decodable


def of_kind(name, kind):
    return [one.code for one in check_sets(name) if one.kind == kind]


def rows_of(code):
    return {row.tobytes() for row in code.parity_check}


def spread(code):
    degrees = code.parity_check.sum(axis=0)
    return int(degrees.max()) - int(degrees.min())


@pytest.mark.parametrize("name", CODES)
def test_every_set_is_a_matrix_of_full_rank_of_the_same_code(name):
    base, default = find(name), find(name).redundant()
    seen = [rows_of(default)]
    for one in check_sets(name):
        H = one.code.parity_check
        assert len(H) == default.rows == len(rows_of(one.code))
        assert gf2.rank(H) == base.rank == one.code.rank and one.code.k == base.k
        assert not base.syndrome(base.generator).any() and not one.code.syndrome(base.generator).any()
        assert rows_of(one.code) not in seen
        seen.append(rows_of(one.code))
        assert matrix(one.code.name) == one.code
    kinds = [one.kind for one in check_sets(name)]
    assert kinds == sorted(kinds, key=list(KINDS).index)
    assert {kind: kinds.count(kind) for kind in DRAWS} == {kind: len(draws) for kind, draws in DRAWS.items()}


@pytest.mark.parametrize("name", CODES)
def test_kinds_are_what_they_say(name):
    default = find(name).redundant()
    weights = sorted(default.parity_check.sum(axis=1))
    for kind in (RANDOM, BALANCED, ORBITS):
        assert all(sorted(code.parity_check.sum(axis=1)) == weights for code in of_kind(name, kind))
    assert min(map(spread, of_kind(name, RANDOM))) > max(map(spread, of_kind(name, BALANCED)))
    for code in of_kind(name, HEAVIER):
        assert code.parity_check.sum(axis=1).min() > weights[0]
        assert code.ones > default.ones


def test_orbits_are_whole_and_of_other_signatures():
    default, others = find("BCH(31,16)-r"), of_kind("BCH(31,16)", ORBITS)
    assert len(others) == 3
    places = [tuple(np.round(signature(code), 6)) for code in (default, *others)]
    assert len(set(places)) == 4
    for code in others:
        assert {np.roll(row, 1).tobytes() for row in code.parity_check} == rows_of(code)
        assert len(rows_of(code) & rows_of(default)) == 31
    assert not of_kind("RM(32,16)", ORBITS)


def test_the_orbits_of_lightest_words_of_bch_63_45_are_one_set_in_other_orders_of_bits():
    """So there is no other set of orbits: squaring takes one to the next, and keeps the code."""
    assert not of_kind("BCH(63,45)", ORBITS)
    base = find("BCH(63,45)")
    lightest = {row.tobytes() for row in base.redundant(189).parity_check}
    squared = base.redundant().parity_check
    orbits = set()
    for _ in range(3):
        orbits |= {row.tobytes() for row in squared}
        squared = squared[:, 2 * np.arange(63) % 63]
    assert orbits == lightest and len(lightest) == 189


def test_words_outside_the_span_of_the_lightest_are_so_many():
    name, weight = "Polar(64,32)", 8
    lightest = [row for row in find(name).redundant(664).parity_check if row.sum() == weight]
    rank = gf2.rank(lightest)
    assert rank == 30
    found = of_kind(name, OUTSIDE)
    assert len(found) == len(OUTSIDE_WORDS)
    for code, count in zip(found, OUTSIDE_WORDS, strict=True):
        outside = [row for row in code.parity_check if gf2.rank([*lightest, row]) > rank]
        assert len(outside) == count == sum(row.sum() > weight for row in code.parity_check)
        assert {int(row.sum()) for row in outside} == {16}
    assert not any(of_kind(other, OUTSIDE) for other in CODES if other != name)


def test_sets_are_the_same_at_any_time():
    once = [one.code.digest for one in check_sets("Golay(24,12)")]
    check_sets.cache_clear()
    assert [one.code.digest for one in check_sets("Golay(24,12)")] == once


def test_a_set_that_does_not_exist_is_refused():
    assert matrix("BCH(15,7)-r").rows == 30
    with pytest.raises(InputError, match="no set of checks named 'BCH\\(15,7\\), light checks 1'"):
        matrix("BCH(15,7), light checks 1")


def test_the_numbers_of_checks_go_from_half_a_bit_to_the_most():
    rows = {name: [find(form).rows for form in forms(name)] for name in CODES}
    assert rows["BCH(31,16)"] == [16, 31, 46, 62, 93, 124, 186]
    assert rows["LDPC(49,24)"] == [25, 49, 74, 98, 147, 196]  # n - k is more than half a check a bit
    assert rows["BCH(63,45)"] == [32, 63, 94, 126, 189, 252]
    assert all(forms(name).count(f"{name}-r") == 1 for name in CODES)


def test_everything_of_the_plan_can_be_decoded_and_is_measured_once():
    groups = list(checks_plan.groups())
    names = [group.code for group in groups]
    assert len(names) == len(set(names)) and RULE.max_frames == 30_000
    assert checks_plan.planned_points() == sum(len(group.decoders) for group in groups)
    for group in groups:
        assert group.decoders == (BY_NUMBER if group.kind == IN_ORDER else BY_SET) and group.ebn0 == (4.0,)
        for decoder in group.decoders:
            check_decodable(decoder, matrix(group.code))
    kinds = [group.kind == IN_ORDER for group in groups]
    assert kinds == sorted(kinds, reverse=True)  # how many comes before which
