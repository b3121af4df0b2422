"""Redundant checks: the same code, light words, balanced columns, one order."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.codes import LinearCode, families, find, gf2
from sapcore.codes.light_words import light_words
from sapcore.codes.redundant import default_rows
from sapcore.codes.weights import macwilliams, weight_distribution
from sapcore.errors import InputError

NAMES = (
    "Hamming(7,4)", "eHamming(16,11)", "BCH(15,7)", "BCH(31,16)", "BCH(31,21)", "BCH(63,30)", "BCH(63,36)",
    "BCH(63,45)", "eBCH(64,45)", "Golay(23,12)", "Golay(24,12)", "RM(32,16)", "RM(64,22)", "Polar(32,11)",
    "Polar(32,21)", "Polar(64,48)", "Polar(128,64)", "LDPC(49,24)", "CCSDS(128,64)",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_same_code_under_more_checks(name):
    code = find(name)
    redundant = code.redundant()
    H = redundant.parity_check
    dual_size = 2**code.rank - 1
    assert redundant.rows == len(np.unique(H, axis=0)) == min(default_rows(code.n), dual_size)
    assert (redundant.k, redundant.rank) == (code.k, code.rank)
    assert gf2.rank(np.vstack([H, code.parity_check])) == code.rank
    assert not redundant.syndrome(code.generator).any()
    assert (redundant.name, redundant.family) == (f"{name}-r", code.family)
    assert (redundant.minimum_distance, redundant.cyclic) == (code.minimum_distance, code.cyclic)
    assert redundant.standard == code


@pytest.mark.parametrize(
    ("name", "rows", "weight", "column_weight"),
    [
        ("BCH(31,16)", 31, 8, 8),
        ("BCH(31,16)", 62, 8, 16),
        ("BCH(31,16)", 124, 8, 32),
        ("BCH(31,21)", 62, 12, 24),
        ("BCH(63,45)", 63, 16, 16),
        ("BCH(63,51)", 126, 24, 48),
        ("Golay(23,12)", 46, 8, 16),
        ("RM(32,16)", 64, 8, 16),
        ("BCH(127,113)", 127, 56, 56),
    ],
)
def test_whole_orbits_and_regular_columns(name, rows, weight, column_weight):
    H = find(name).redundant(rows).parity_check.astype(int)
    assert set(H.sum(axis=1)) == {weight}
    assert set(H.sum(axis=0)) == {column_weight}


def test_whole_orbits_are_shifts_of_one_word():
    H = find("BCH(63,45)-r").parity_check
    assert {tuple(row) for row in H} == {tuple(np.roll(H[0], shift)) for shift in range(63)}


@pytest.mark.parametrize(
    ("name", "weight", "count"),
    [("BCH(31,16)", 8, 465), ("RM(32,16)", 8, 620), ("BCH(31,21)", 12, 310), ("Golay(24,12)", 8, 759)],
)
def test_numbers_of_lightest_dual_words(name, weight, count):
    words = gf2.weights(light_words(find(name).parity_check, 1))
    assert set(words.tolist()) == {weight}
    assert len(words) == count


@pytest.mark.parametrize("name", ["BCH(63,45)", "eBCH(64,45)", "Polar(64,48)", "RM(64,42)"])
def test_the_light_words_are_all_there_are(name):
    """As many words of each weight as MacWilliams gives for the dual of the enumerated code."""
    code = find(name)
    weights = gf2.weights(light_words(code.parity_check, 16 * code.n))
    dual = macwilliams(weight_distribution(code, limit=22))
    for weight in range(1, weights.max() + 1):
        assert np.count_nonzero(weights == weight) == dual[weight]


@pytest.mark.parametrize("name", ["BCH(63,39)", "LDPC(49,24)"])
def test_the_search_finds_the_lightest_weight_of_the_dual(name):
    """Beyond enumeration: the dual of dimension 24 or 25 is counted here once, in full."""
    code = find(name)
    lightest = min(gf2.weights(block[block.any(axis=1)]).min() for block in gf2.span_blocks(_basis(code)))
    assert gf2.weights(light_words(code.parity_check, 64))[0] == lightest


def _basis(code):
    return gf2.pack(code.parity_check[list(gf2.row_reduce(code.parity_check.T)[1])])


@pytest.mark.parametrize("name", ["BCH(31,16)", "BCH(63,36)", "RM(32,16)", "Polar(32,11)", "Polar(64,32)"])
def test_fewer_rows_are_the_top_of_more_and_already_of_full_rank(name):
    code = find(name)
    tall = code.redundant(4 * code.n).parity_check
    for rows in (code.rank, code.rank + 1, code.n, 2 * code.n):
        top = code.redundant(rows)
        assert np.array_equal(top.parity_check, tall[:rows])
        assert top.rank == code.rank


@pytest.mark.parametrize("name", ["BCH(31,16)", "RM(32,16)", "eBCH(32,21)", "Golay(24,12)", "LDPC(121,60)"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_columns_are_balanced(name, times):
    code = find(name)
    degrees = code.redundant(times * code.n).parity_check.sum(axis=0).astype(int)
    assert degrees.max() - degrees.min() <= 3


def test_rows_of_a_sparse_matrix_come_first():
    for name in ("CCSDS(128,64)", "LDPC(49,24)"):
        code = find(name)
        top = code.redundant(code.rows).parity_check
        assert {tuple(row) for row in top} == {tuple(row) for row in code.parity_check}


def test_deterministic_across_equal_codes():
    from sapcore.codes import redundant as module

    first = find("BCH(63,36)").redundant(80).digest
    module._groups.cache_clear()
    module.redundant_checks.cache_clear()
    assert families.bch(63, 36).redundant(80).digest == first


# Backbones are trained on these matrices and stores hold their digests.
DIGESTS = {
    "BCH(31,16)-r": "227b89f659c0dbe7",
    "BCH(63,45)-r": "3c7e284d8b784c80",
    "RM(32,16)-r": "b1a928db842732f0",
    "Polar(64,32)-r": "65267d3da25a10d3",
    "Golay(24,12)-r": "5ba6c642c7013ddd",
    "BCH(63,36)-r": "5937e4ae56dfb352",
    "LDPC(49,24)-r": "ec5ac535f6726d68",
}


@pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
def test_digests_do_not_change(name, digest):
    assert find(name).digest == digest


@pytest.mark.parametrize("rows", [14, 0, -1, 10**6])
def test_impossible_numbers_of_rows_name_the_range(rows):
    with pytest.raises(InputError, match=r"can have 15 to \d+ redundant checks"):
        find("BCH(31,16)").redundant(rows)


def test_too_long_codes_are_refused():
    with pytest.raises(InputError, match="1024"):
        families.wimax(1152).redundant()


def test_names():
    code = find("BCH(31,16)")
    assert code.redundant(62).name == "BCH(31,16)-r"
    assert code.redundant(93).name == "BCH(31,16)-r93"
    assert code.redundant().redundant(93) == code.redundant(93)
    assert code.redundant(93).redundant() == code.redundant()


def test_long_sparse_codes_use_their_own_rows():
    matrix = find("CCSDS(256,128)-r").parity_check
    assert matrix.shape == (256, 256)
    assert set(matrix.sum(axis=1).tolist()) == {8, 14}


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(6, 12))
def test_any_small_code(seed, rows, n):
    H = np.random.default_rng(seed).integers(0, 2, (rows, n))
    H[0, ~H.any(axis=0)] = 1
    code = LinearCode("any", "any", H[H.any(axis=1)])
    redundant = code.redundant()
    assert redundant.rows == min(2 * n, 2**code.rank - 1)
    assert gf2.rank(np.vstack([redundant.parity_check, code.parity_check])) == redundant.rank == code.rank


def test_orbits_divide_the_length():
    from sapcore.codes.redundant import _groups

    for orbit in _groups(find("BCH(15,7)")):
        assert gcd(len(orbit), 15) == len(orbit)
        words = gf2.unpack(orbit, 15)
        assert {tuple(word) for word in np.roll(words, 1, axis=1)} == {tuple(word) for word in words}
