import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.pruning.sinkhorn import hungarian, permutation_matrix, sinkhorn


def costs(seed, size=6, count=2):
    return torch.rand(count, size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


FEW = settings(max_examples=15)


@FEW
@given(st.integers(0, 99), st.integers(1, 9), st.floats(0.2, 5))
def test_soft_permutations_are_doubly_stochastic(seed, size, temperature):
    P = sinkhorn(costs(seed, size), temperature, 150)
    assert P.min() >= 0
    assert (P.sum(-2) - 1).abs().max() < 1e-12
    assert (P.sum(-1) - 1).abs().max() < 1e-3


@FEW
@given(st.integers(0, 99))
def test_offsets_of_rows_and_columns_change_nothing(seed):
    cost = costs(seed)
    moved = cost + 3 * costs(seed + 1)[..., :1] - 2 * costs(seed + 2)[..., :1, :]
    assert torch.allclose(sinkhorn(moved, 0.5, 60), sinkhorn(cost, 0.5, 60), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_cold_it_is_the_permutation_of_least_cost_hot_it_is_even(seed):
    cost = costs(seed, 5, 1)[0]
    order = hungarian(cost)
    best = float(cost[torch.from_numpy(order), torch.arange(5)].sum())
    matrix = permutation_matrix(order, torch.float64)
    soft = [float((sinkhorn(cost, t, 400) * cost).sum()) for t in (100.0, 1.0, 0.1, 0.005)]
    assert soft[0] > soft[1] > soft[2] >= soft[3] - 1e-9
    assert soft[3] < best + 0.02
    assert float((matrix * cost).sum()) == pytest.approx(best)
    assert torch.allclose(sinkhorn(cost, 1e4, 100), torch.full((5, 5), 0.2, dtype=torch.float64), atol=1e-3)


def test_hungarian_gives_the_row_of_each_column():
    order = np.array([2, 0, 3, 1])
    P = permutation_matrix(order)
    assert np.array_equal(hungarian(-P), order)
    x = torch.arange(8.0).reshape(2, 4)
    assert torch.equal(x @ P, x[:, order])


def test_low_temperatures_do_not_underflow_and_gradients_pass():
    cost = (1000 * costs(0)).requires_grad_()
    P = sinkhorn(cost, 0.01, 20)
    assert P.isfinite().all()
    warm = costs(1).requires_grad_()
    sinkhorn(warm, 0.5, 20).square().sum().backward()
    assert warm.grad.isfinite().all()
    assert warm.grad.abs().max() > 0
