import numpy as np
import pytest

from sapcore.pruning.input_statistics import InputStatistics
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.weight_scores import weight_scores
from sapcore.pruning.weight_update import DAMPING, output_error, updated_weights


def layer(seed, rows=24, inputs=32):
    """Random weights, and the moments of inputs that are correlated."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, 12)) @ rng.normal(size=(12, inputs)) + 0.5 * rng.normal(size=(400, inputs))
    return rng.normal(size=(rows, inputs)), x.T @ x / len(x)


def wanda(weight, moments):
    return weight_scores("wanda", weight, "layer", InputStatistics({"layer": moments}))


@pytest.mark.parametrize("sparsity", ["2:4", "1:4", "4:8"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_update_lowers_the_error_of_the_outputs(seed, sparsity):
    n_to_m, (weight, moments) = NToM.parse(sparsity), layer(seed)
    mask = n_to_m.mask(wanda(weight, moments))
    refit, same = updated_weights(weight, moments, mask=mask)
    found, own = updated_weights(weight, moments, choose=n_to_m.mask)
    assert same is mask
    assert n_to_m.holds(own)
    assert (refit[~mask] == 0).all()
    assert (found[~own] == 0).all()
    plain = output_error(weight, weight * mask, moments)
    assert output_error(weight, refit, moments) < 0.8 * plain
    assert output_error(weight, found, moments) < 0.8 * plain


def test_many_iterations_reach_the_least_squares_of_each_row():
    weight, moments = layer(3)
    mask = NToM(2, 4).mask(wanda(weight, moments))
    refit, _ = updated_weights(weight, moments, mask=mask, iterations=3000)
    damped = moments + DAMPING * np.diag(np.diagonal(moments))
    for row, kept, got in zip(weight, mask, refit, strict=True):
        want = np.linalg.solve(damped[np.ix_(kept, kept)], (damped @ row)[kept])
        assert np.allclose(got[kept], want, atol=1e-6)


def test_keeping_all_changes_nothing_and_the_first_choice_is_wandas():
    weight, moments = layer(4)
    assert np.allclose(updated_weights(weight, moments, choose=NToM(4, 4).mask)[0], weight)
    _, mask = updated_weights(weight, moments, choose=NToM(2, 4).mask, iterations=1)
    assert np.array_equal(mask, NToM(2, 4).mask(wanda(weight, moments)))
    for ways in ({}, {"mask": mask, "choose": NToM(2, 4).mask}):
        with pytest.raises(ValueError, match="either a mask or a way to choose"):
            updated_weights(weight, moments, **ways)
