import itertools

import numpy as np
import pytest
from scipy.stats import spearmanr

from sapcore.codes import find
from sapcore.errors import InputError
from sapcore.pruning.importance import Importance
from sapcore.pruning.similarity import distance_matrix, jaccard_matrices, mantel
from sapcore.pruning.structured_mask import StructuredMask
from sapcore.spectra import signature_distance

CODES = [find(name) for name in ("Hamming(7,4)", "BCH(15,7)", "Golay(24,12)", "BCH(31,16)-r")]


def mask(seed, channels=16):
    rng = np.random.default_rng(seed)
    scores = Importance("b", "c", "d", "random", rng.random((3, 4)), rng.random((3, channels)))
    return StructuredMask.from_importance(scores, 0.5)


def symmetric(seed, count):
    values = np.random.default_rng(seed).integers(0, 4, (count, count)).astype(float)  # with ties
    return np.triu(values, 1) + np.triu(values, 1).T


def test_matrices_hold_the_values_of_every_pair():
    masks = [mask(seed) for seed in range(5)]
    matrices = jaccard_matrices(masks)
    for (i, a), (j, b) in itertools.product(enumerate(masks), repeat=2):
        assert [matrix[i, j] for matrix in matrices] == pytest.approx(a.jaccard(b))
    distances = distance_matrix(CODES)
    for (i, a), (j, b) in itertools.product(enumerate(CODES), repeat=2):
        assert distances[i, j] == pytest.approx(signature_distance(a, b), abs=1e-9)


def test_masks_of_other_sizes_have_no_overlap():
    for masks in ([], [mask(0), mask(1, channels=8)]):
        with pytest.raises(InputError, match="one size"):
            jaccard_matrices(masks)


def test_the_rank_correlation_is_that_of_scipy():
    first, second = symmetric(1, 7), symmetric(2, 7)
    above = np.triu_indices(7, 1)
    assert mantel(first, second, 10)[0] == pytest.approx(spearmanr(first[above], second[above]).statistic)
    assert mantel(first, first, 99) == (pytest.approx(1), pytest.approx(0.01, abs=0.02))


def test_the_p_value_is_that_of_all_permutations():
    first, second = symmetric(3, 5), symmetric(8, 5)
    above = np.triu_indices(5, 1)
    found = abs(spearmanr(first[above], second[above]).statistic)
    all_orders = [
        abs(spearmanr(first[np.ix_(order, order)][above], second[above]).statistic) >= found - 1e-12
        for order in map(list, itertools.permutations(range(5)))
    ]
    assert mantel(first, second, 4000)[1] == pytest.approx(np.mean(all_orders), abs=0.03)


def test_what_cannot_be_correlated_is_refused():
    with pytest.raises(InputError, match="from 3 x 3 on"):
        mantel(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(InputError, match="all alike"):
        mantel(np.zeros((4, 4)), symmetric(0, 4))
