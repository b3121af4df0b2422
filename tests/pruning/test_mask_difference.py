import numpy as np
import pytest

from sapcore.errors import InputError
from sapcore.pruning.importance import Importance
from sapcore.pruning.mask_difference import STATES, MaskDifference
from sapcore.pruning.structured_mask import StructuredMask


def mask(seed, channels=16, ratio=0.5):
    rng = np.random.default_rng(seed)
    scores = Importance("b", "c", "d", "random", rng.random((3, 4)), rng.random((3, channels)))
    return StructuredMask.from_importance(scores, ratio)


def test_every_state_is_who_keeps_it():
    first, second = mask(1), mask(2)
    found = MaskDifference.of(first, second)
    for states, a, b in ((found.heads, first.heads, second.heads), (found.channels, first.channels, second.channels)):
        for place in np.ndindex(states.shape):
            want = {(True, True): "both", (True, False): "first alone", (False, True): "second alone"}
            assert STATES[states[place]] == want.get((bool(a[place]), bool(b[place])), "neither")


def test_counts_add_up_and_give_the_jaccard_index():
    first, second = mask(3, ratio=0.25), mask(4)
    counts = MaskDifference.of(first, second).counts()
    for part, kept in (("heads", (first.heads, second.heads)), ("channels", (first.channels, second.channels))):
        both, alone, other, neither = counts[part].sum(axis=0)
        assert (both + alone, both + other) == tuple(mask.sum() for mask in kept)
        assert both + alone + other + neither == kept[0].size
        assert (alone + other) == (kept[0] ^ kept[1]).sum()
        index = first.jaccard(second)[part == "channels"]
        assert both / (both + alone + other) == pytest.approx(index)
    assert (counts["heads"].sum(axis=1) == 4).all()


def test_a_mask_does_not_differ_from_itself():
    found = MaskDifference.of(mask(5), mask(5))
    assert not np.isin(found.heads, (1, 2)).any() and not np.isin(found.channels, (1, 2)).any()


def test_masks_of_two_sizes_are_not_compared():
    with pytest.raises(InputError, match="different sizes"):
        MaskDifference.of(mask(6), mask(6, channels=8))
