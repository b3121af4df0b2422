"""Weight distributions against published spectra and identities."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.codes import LinearCode, families, find, gf2
from sapcore.codes.weights import macwilliams, minimum_distance, weight_distribution
from sapcore.errors import InputError


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Hamming(7,4)", {3: 7, 4: 7, 7: 1}),
        ("Golay(24,12)", {8: 759, 12: 2576, 16: 759, 24: 1}),
        ("RM(32,16)", {8: 620, 12: 13888, 16: 36518}),
        ("BCH(31,16)", {7: 155, 8: 465, 11: 5208}),
        ("BCH(63,51)", {5: 1890, 6: 18270, 7: 133443}),
        ("BCH(63,45)", {7: 3411, 8: 23877, 9: 78400}),
        ("Polar(64,48)", {4: 432, 6: 2304, 8: 171000}),
    ],
)
def test_published_spectra(name, counts):
    code = find(name)
    distribution = weight_distribution(code)
    assert {weight: distribution[weight] for weight in counts} == counts

    assert not any(distribution[1 : min(counts)])
    assert sum(distribution) == 2**code.k
    assert minimum_distance(code) == code.minimum_distance == min(counts)


def test_array_code_over_all_its_words():
    distribution = weight_distribution(families.array_ldpc(7, 4), limit=24)
    assert {weight: count for weight, count in enumerate(distribution[:13]) if count} == {0: 1, 8: 147, 12: 7448}


def test_too_large_codes_are_refused_and_fall_back_on_the_known_fact():
    with pytest.raises(InputError, match="64"):
        weight_distribution(families.ccsds(128))
    assert minimum_distance(families.ccsds(128)) == 14
    assert minimum_distance(families.ccsds(256)) is None


def test_a_long_code_of_few_checks_is_not_counted():
    matrix = np.zeros((3, 4000), np.uint8)
    matrix[np.arange(4000) % 3, np.arange(4000)] = 1
    code = LinearCode("long", "matrix file", matrix)
    assert minimum_distance(code) is None  # its dual has 8 words, but the identity of MacWilliams would take hours
    assert minimum_distance(replace(code, minimum_distance=2)) == 2
    words = np.random.default_rng(0).integers(0, 2, (5, 300), dtype=np.uint8)  # a long code of few words is
    few = LinearCode("few", "matrix file", gf2.null_space(words))
    counts = np.array(weight_distribution(few))
    assert minimum_distance(few) == np.flatnonzero(counts)[1]


@given(arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(7, 10)), elements=st.integers(0, 1)))
def test_any_small_code_by_brute_force(matrix):
    matrix[0, ~matrix.any(axis=0)] = 1
    matrix = matrix[matrix.any(axis=1)]
    code = LinearCode("any", "any", matrix)
    everything = (np.arange(2**code.n)[:, None] >> np.arange(code.n)) & 1
    words = everything[~code.syndrome(everything).any(axis=1)]
    expected = np.bincount(words.sum(axis=1), minlength=code.n + 1)
    assert weight_distribution(code) == tuple(expected)
    assert minimum_distance(code) == np.flatnonzero(expected)[1]
    assert macwilliams(macwilliams(tuple(expected))) == tuple(expected)
