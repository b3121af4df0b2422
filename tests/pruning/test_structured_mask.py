import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.errors import InputError
from sapcore.pruning.importance import Importance
from sapcore.pruning.structured_mask import StructuredMask


def importance(seed=0, layers=3, heads=4, channels=16, ties=False):
    rng = np.random.default_rng(seed)
    scores = (rng.random((layers, heads)), rng.random((layers, channels)))
    if ties:
        scores = tuple(np.floor(3 * part) for part in scores)
    return Importance("b", "code", "d", "taylor", *scores)


@given(st.integers(0, 50), st.floats(0, 0.9), st.floats(0, 0.9), st.booleans())
def test_counts_are_exact_and_every_layer_keeps_its_best(seed, ratio, channel_ratio, ties):
    scores = importance(seed, ties=ties)
    mask = StructuredMask.from_importance(scores, ratio, channel_ratio)
    assert mask.heads.sum() == max(3, 12 - round(ratio * 12))
    assert mask.channels.sum() == max(3, 48 - round(channel_ratio * 48))
    for kept, values in ((mask.heads, scores.heads), (mask.channels, scores.channels)):
        for row, of_layer in zip(kept, values, strict=True):
            assert row[of_layer.argmax()]
            if row.sum() > 1:  # what goes is never better than what stays
                assert not (~row).any() or of_layer[~row].max() <= of_layer[row].min()


@given(st.integers(0, 20), st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_larger_ratio_keeps_a_part_of_what_a_smaller_one_keeps(seed, one, other):
    small, large = (StructuredMask.from_importance(importance(seed), ratio) for ratio in sorted((one, other)))
    assert not (large.heads & ~small.heads).any()
    assert not (large.channels & ~small.channels).any()


def test_ratio_zero_keeps_all_and_ranking_is_across_layers():
    heads = np.array([[1.0, 2, 3], [10, 20, 30]])
    scores = Importance("b", "c", "d", "taylor", heads, heads)
    assert StructuredMask.from_importance(scores, 0).heads.all()
    assert StructuredMask.from_importance(scores, 1 / 3).heads.tolist() == [[False, False, True], [True, True, True]]


@given(st.integers(0, 20), st.integers(0, 20))
def test_jaccard_against_sets(a, b):
    one, other = (StructuredMask.from_importance(importance(seed), 0.5) for seed in (a, b))
    sets = [set(map(tuple, np.argwhere(mask.channels))) for mask in (one, other)]
    assert one.jaccard(other)[1] == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    assert one.jaccard(other) == other.jaccard(one)
    assert one.jaccard(one) == (1, 1)
    assert (one.digest == other.digest) == (one.jaccard(other) == (1, 1))


@pytest.mark.parametrize("ratio", [-0.1, 0.91, float("nan"), float("inf")])
def test_a_ratio_out_of_range_is_refused(ratio):
    with pytest.raises(InputError, match=r"from 0 to 0\.9"):
        StructuredMask.from_importance(importance(), ratio)
    with pytest.raises(InputError, match=r"from 0 to 0\.9"):
        StructuredMask.from_importance(importance(), 0.5, ratio)


def test_masks_that_make_no_sense_are_refused():
    full = np.ones((2, 4), dtype=bool)
    empty = full.copy()
    empty[1] = False
    with pytest.raises(InputError, match="Layer 1 of the mask keeps no head"):
        StructuredMask(empty, full, "b")
    with pytest.raises(InputError, match="Layer 1 of the mask keeps no channel"):
        StructuredMask(full, empty, "b")
    with pytest.raises(InputError, match="True and False"):
        StructuredMask(full.astype(int), full, "b")
    with pytest.raises(InputError, match="True and False"):
        StructuredMask(full, full[:1], "b")
    with pytest.raises(InputError, match="different sizes"):
        StructuredMask(full, full, "b").jaccard(StructuredMask.from_importance(importance(), 0))
    with pytest.raises(ValueError, match="read-only"):
        StructuredMask(full, full, "b").heads[0, 0] = False
