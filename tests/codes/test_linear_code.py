"""What a LinearCode promises: its door, its numbers, its identity."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError

HAMMING = [[1, 1, 0, 1, 1, 0, 0], [1, 0, 1, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0, 1]]


def make(matrix, name="test", **more):
    return LinearCode(name, "test", matrix, **more)


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        ([[1, 0], [1]], "ragged"),
        ([1, 0, 1], "two axes"),
        (np.ones((1, 2, 3)), "two axes"),
        (np.zeros((0, 3)), "empty"),
        (np.zeros((3, 0)), "empty"),
        ([[1, 2], [0, 1]], "other than 0 and 1"),
        ([[1, -1, 1]], "other than 0 and 1"),
        ([[1, 0.5, 1]], "other than 0 and 1"),
        ([[1, float("nan"), 1]], "other than 0 and 1"),
        ([["1", "0"]], "other than 0 and 1"),
        ([[1, 1, 1], [0, 0, 0]], "Row 2 of the matrix is all zero"),
        ([[1, 0, 1], [1, 0, 1]], "Column 2 of the matrix is all zero"),
        ([[1, 0], [0, 1]], "k = 0"),
        (np.ones((1, 4097)), "at most 4096"),
    ],
)
def test_unusable_matrices_are_refused_in_one_sentence(matrix, says):
    with pytest.raises(InputError, match=says) as caught:
        make(matrix)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message


def test_numbers_of_a_rank_deficient_matrix():
    code = make([*HAMMING, HAMMING[0]])
    assert (code.n, code.rows, code.rank, code.k, code.ones) == (7, 4, 3, 4, 16)
    assert code.rate == 4 / 7


def test_matrix_is_a_read_only_copy():
    given_matrix = np.array(HAMMING, dtype=np.uint8)
    code = make(given_matrix)
    given_matrix[0, 0] = 0
    assert code.parity_check[0, 0] == 1
    for array in (code.parity_check, code.generator):
        with pytest.raises(ValueError):
            array[0, 0] = 1


def test_encode_and_syndrome_by_brute_force():
    code = make(HAMMING)
    messages = (np.arange(16)[:, None] >> np.arange(4)) & 1
    words = code.encode(messages)
    assert words.dtype == np.uint8
    assert len({tuple(word) for word in words}) == 16
    assert not code.syndrome(words).any()
    everything = (np.arange(128)[:, None] >> np.arange(7)) & 1
    assert np.array_equal(code.syndrome(everything), everything @ np.array(HAMMING).T % 2)
    assert (~code.syndrome(everything).any(axis=1)).sum() == 16


@given(arrays(np.uint8, (2, 3, 4), elements=st.integers(0, 1)))
def test_leading_axes_are_kept(messages):
    code = make(HAMMING)
    words = code.encode(messages)
    assert words.shape == (2, 3, 7)
    assert code.syndrome(words).shape == (2, 3, 3)
    assert np.array_equal(words[1, 2], code.encode(messages[1, 2]))


def test_wrong_lengths_are_refused():
    code = make(HAMMING)
    with pytest.raises(InputError):
        code.syndrome(np.zeros(6))
    with pytest.raises(InputError):
        code.encode(np.zeros((2, 7)))
    with pytest.raises(InputError):
        code.encode(1)


def test_digest_depends_on_shape_and_order_alone():
    code = make(HAMMING)
    assert len(code.digest) == 16 and int(code.digest, 16) >= 0
    assert code.digest == make(np.array(HAMMING, dtype=float), name="other").digest
    assert code.digest != make(HAMMING[::-1]).digest
    assert make([[1, 1, 1, 1]]).digest != make([[1, 1], [1, 1]]).digest
    # Fixed: stores and files keep digests, so that a change of this value breaks them.
    assert code.digest == "2147f1bd2bbec359"


def test_equality_and_hash_are_by_name_and_digest():
    code = make(HAMMING)
    assert code == make(HAMMING, minimum_distance=3)
    assert hash(code) == hash(make(HAMMING))
    assert code != make(HAMMING, name="other")
    assert code != make(HAMMING[::-1])
    assert code != "test"


def test_pickle_keeps_everything_and_stays_read_only():
    code = make(HAMMING, minimum_distance=3, cyclic=False).redundant(5)
    copy = pickle.loads(pickle.dumps(code))
    assert copy == code
    assert copy.standard == code.standard
    assert copy.minimum_distance == 3
    assert not copy.parity_check.flags.writeable


def test_codes_are_frozen():
    with pytest.raises(AttributeError):
        make(HAMMING).name = "other"


def test_a_matrix_that_is_not_known_to_be_cyclic_is_another_code():
    """Its redundant checks are not whole orbits, so nothing cached for the one may serve the other."""
    code = find("BCH(15,7)")
    copy = LinearCode(code.name, "matrix file", code.parity_check)
    assert copy.digest == code.digest and copy != code
    assert len({copy, code}) == 2
