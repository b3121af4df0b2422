"""Linear algebra over GF(2) against its definitions and brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sapcore.codes import gf2

matrices = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 1))
wide_matrices = arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(60, 140)), elements=st.integers(0, 1))


def span(rows):
    return {tuple(np.array(c) @ rows % 2) for c in product((0, 1), repeat=len(rows))}


@given(wide_matrices)
def test_packing_round_trip_and_weights(matrix):
    words = gf2.pack(matrix)
    assert words.shape == (len(matrix), -(-matrix.shape[1] // 64))
    assert np.array_equal(gf2.unpack(words, matrix.shape[1]), matrix)
    assert gf2.weights(words).tolist() == matrix.sum(axis=1).tolist()


@given(matrices)
def test_row_reduce_is_the_reduced_echelon_form_of_the_same_space(matrix):
    reduced, pivots = gf2.row_reduce(matrix)
    assert reduced.shape == matrix.shape
    assert list(pivots) == sorted(pivots)
    assert not reduced[len(pivots) :].any()
    assert np.array_equal(reduced[: len(pivots), list(pivots)], np.eye(len(pivots)))
    for row, pivot in zip(reduced, pivots, strict=False):
        assert row.argmax() == pivot
    assert span(reduced) == span(matrix)


@given(matrices)
def test_rank_by_brute_force(matrix):
    assert 2 ** gf2.rank(matrix) == len(span(matrix))
    assert gf2.rank(matrix) == gf2.rank(matrix.T)


@given(wide_matrices)
def test_null_space_is_the_whole_kernel(matrix):
    basis = gf2.null_space(matrix)
    assert basis.shape == (matrix.shape[1] - gf2.rank(matrix), matrix.shape[1])
    assert not (matrix.astype(int) @ basis.T % 2).any()
    assert gf2.rank(basis) == len(basis)


@given(matrices)
def test_span_blocks_are_all_sums(matrix):
    words = np.concatenate(list(gf2.span_blocks(gf2.pack(matrix))))
    assert len(words) == 2 ** len(matrix)
    assert not words[0].any()
    assert {tuple(row) for row in gf2.unpack(words, matrix.shape[1])} == span(matrix)


def test_span_of_more_rows_than_one_block_holds():
    words = np.concatenate(list(gf2.span_blocks(gf2.pack(np.eye(16)))))
    assert np.array_equal(np.sort(words[:, 0]), np.arange(2**16))


@given(matrices)
def test_eliminate_clears_the_lowest_one_of_the_word(matrix):
    words = gf2.pack(matrix)
    word = words[0].copy()
    if not word.any():
        return
    gf2.eliminate(words, word)
    after = gf2.unpack(words, matrix.shape[1])
    lowest = matrix[0].argmax()
    assert not after[:, lowest].any()
    assert np.array_equal(after ^ matrix, np.outer(matrix[:, lowest], matrix[0]))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 64), (2, 65)])
def test_zero_matrix(rows, columns):
    assert gf2.rank(np.zeros((rows, columns))) == 0
    assert np.array_equal(gf2.null_space(np.zeros((rows, columns))), np.eye(columns))
