import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.errors import InputError
from sapcore.pruning.patterns import KERNEL, PATTERNS, TILES, kernel_masks

WEIGHTS = arrays(np.float32, (8, 12), elements=st.floats(-4, 4, width=32))


def kept(weights, mask):
    return float(np.square(weights.astype(np.float64))[mask].sum())


@given(WEIGHTS, st.sampled_from([0.25, 0.5, 0.75]))
def test_tile_keeps_the_same_columns_in_all_rows_of_a_tile(weights, ratio):
    mask = PATTERNS["tile"].project(weights, ratio)
    for rows in np.split(mask, TILES):
        assert (rows == rows[0]).all()
        assert rows[0].sum() == 12 * (1 - ratio)


@given(WEIGHTS, st.sampled_from([0.25, 0.5, 0.75]))
def test_kernel_keeps_as_many_in_every_row_and_column_of_a_block(weights, ratio):
    mask = PATTERNS["kernel"].project(weights, ratio)
    for i, j in itertools.product(range(2), range(3)):
        block = mask[KERNEL * i :, KERNEL * j :][:KERNEL, :KERNEL]
        assert (block.sum(axis=0) == 4 * (1 - ratio)).all() and (block.sum(axis=1) == 4 * (1 - ratio)).all()


@settings(max_examples=20)
@given(arrays(np.float32, (4, 4), elements=st.floats(-4, 4, width=32)))
def test_projections_are_the_nearest_of_all_allowed_masks(weights):
    """Against every mask that the pattern allows."""
    halves = [np.isin(np.arange(4), places) for places in itertools.combinations(range(4), 2)]
    tiles = [np.repeat([one, other], 2, axis=0) for one in halves for other in halves]
    for name, masks in (("tile", tiles), ("kernel", kernel_masks(2))):
        best = max(kept(weights, mask) for mask in masks)
        assert kept(weights, PATTERNS[name].project(weights, 0.5)) == pytest.approx(best)


def test_kernel_masks_are_all_there_are():
    every = (np.array(bits).reshape(4, 4) for bits in itertools.product([0, 1], repeat=16))
    for count, number in ((1, 24), (2, 90), (3, 24)):
        assert len(kernel_masks(count)) == number == len({mask.tobytes() for mask in kernel_masks(count)})
    twos = {mask.astype(bool).tobytes() for mask in every if (mask.sum(0) == 2).all() and (mask.sum(1) == 2).all()}
    assert twos == {mask.tobytes() for mask in kernel_masks(2)}


@pytest.mark.parametrize(
    ("name", "shape", "ratio", "sentence"),
    [
        ("tile", (8, 10), 0.25, "The pattern tile at ratio 0.25 would keep 7.5 of 10 columns, no whole number."),
        ("tile", (8, 10), 1.0, "The pattern tile at ratio 1 would keep 0 of 10 columns, no whole number."),
        ("tile", (1, 10), 0.5, "The pattern tile needs 2 rows or more, not 1."),
        ("kernel", (8, 8), 0.6, "The pattern kernel has ratio 0.25, 0.5 or 0.75, not 0.6."),
        ("kernel", (8, 10), 0.5, "The pattern kernel needs rows and columns in fours, not 8 and 10."),
    ],
)
def test_what_does_not_fit_is_one_sentence(name, shape, ratio, sentence):
    for asked in (PATTERNS[name].project, lambda weights, ratio: PATTERNS[name].check(*weights.shape, ratio)):
        with pytest.raises(InputError) as error:
            asked(np.ones(shape), ratio)
        assert str(error.value) == sentence


@pytest.mark.parametrize("name", PATTERNS)
def test_bits_of_place_number_the_masks(name):
    """As many bits as tell all masks of a small matrix apart: 6 choices a tile need no more than a bit a column."""
    bits = PATTERNS[name].place_bits(8, 12, 0.5)
    assert bits == {"tile": 2 * 12, "kernel": 6 * 7}[name]
