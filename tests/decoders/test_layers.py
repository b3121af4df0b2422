import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.codes import load
from sapcore.decoders.layers import layers


@settings(max_examples=100)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 20)).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
    )
)
def test_layers_share_no_bit_and_no_row_fits_an_earlier_one(matrix):
    found = layers(matrix)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(matrix)))
    for number, rows in enumerate(found):
        assert rows.tolist() == sorted(rows.tolist())
        assert matrix[rows].sum(axis=0, dtype=int).max() <= 1
        assert len(set(matrix[rows].sum(axis=1, dtype=int))) == 1
        for earlier in found[:number]:
            before = earlier[earlier < rows[0]]
            same_weight = matrix[before[:1]].sum(dtype=int) == matrix[rows[0]].sum(dtype=int)
            assert not len(before) or not same_weight or (matrix[before] & matrix[rows[0]]).any()


@pytest.mark.parametrize(("name", "count", "size"), [("LDPC(49,24)", 4, 7), ("WiFi(648,540)", 4, 27)])
def test_block_rows_of_circulant_permutations_are_layers(name, count, size):
    found = layers(load(name).parity_check)
    assert [rows.tolist() for rows in found] == np.arange(count * size).reshape(count, size).tolist()


def test_rows_of_a_cyclic_code_overlap():
    """Two shifts of the dense parity polynomial always meet, so every check of BCH(63,45) is a layer."""
    assert len(layers(load("BCH(63,45)").parity_check)) == 18
