from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from sapcore.errors import InputError
from sapcore.pruning.learnable_permutation import Task
from sapcore.pruning.pattern_training import PatternRecipe, train_to_pattern
from sapcore.pruning.patterns import PATTERNS

QUICK = PatternRecipe(steps=80, period=4, lr=1e-2, warmup=4)
WAYS = {(admm, sr_ste): replace(QUICK, admm=admm, sr_ste=sr_ste) for admm in (True, False) for sr_ste in (True, False)}
GROUPS = [("0",), ("2",)]


def project(weights):
    return PATTERNS["kernel"].project(weights, 0.5)


@pytest.fixture(scope="module")
def toy():
    """A network that says what another, larger one says of noise."""
    torch.manual_seed(0)
    teacher = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 4))
    network = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4))

    def draw(generator):
        x = torch.randn(64, 8, generator=generator)
        with torch.no_grad():
            return (x,), teacher(x)

    held_out = [draw(torch.Generator().manual_seed(10**6))]
    return network, Task(draw, lambda said, wanted: (said - wanted).square().mean(), held_out)


def loss(network, task):
    with torch.no_grad():
        return float(np.mean([float(task.loss(network(*x), y)) for x, y in task.held_out]))


@pytest.mark.parametrize("recipe", WAYS.values(), ids=str)
def test_weights_end_in_the_pattern_and_serve_the_task(toy, recipe):
    network, task = toy
    before = {name: value.clone() for name, value in network.state_dict().items()}
    trained = train_to_pattern(network, GROUPS, project, task, recipe)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert set(trained.masks) == {"0", "2"}
    for layer, mask in trained.masks.items():
        weight = trained.network.get_submodule(layer).weight.numpy(force=True)
        assert (weight[~mask] == 0).all() and (weight[mask] != 0).all()
        assert np.array_equal(project(weight), mask)  # the mask is one that the pattern allows
    once = train_to_pattern(network, GROUPS, project, task, replace(recipe, steps=1, admm_share=0, sr_ste_share=0))
    assert loss(trained.network, task) < loss(once.network, task)
    assert len(trained.losses) == recipe.steps


@pytest.mark.parametrize("sr_ste", [True, False])
def test_admm_brings_weights_and_their_projection_together(toy, sr_ste):
    network, task = toy
    residuals = train_to_pattern(network, GROUPS, project, task, WAYS[True, sr_ste]).residuals
    assert [one.step for one in residuals] == list(range(4, 41, 4))
    assert residuals[0].primal > 0.1
    assert residuals[-1].primal < 1e-3
    assert not train_to_pattern(network, GROUPS, project, task, WAYS[False, sr_ste]).residuals


def test_an_update_is_that_of_the_equations(toy):
    """One period of one step, without a step of AdamW: Z = Π(W + U), U + W - Z, both from the module's text."""
    network, task = toy
    recipe = PatternRecipe(steps=2, period=1, lr=1e-12, admm_share=1.0, sr_ste_share=0.0, pull_first=0.5, pull_last=0.5)
    trained = train_to_pattern(network, [("0",)], project, task, recipe)
    W = network[0].weight.detach().numpy().astype(np.float64)
    Z, U, want = W * project(W), np.zeros_like(W), []
    for _ in range(2):
        W = (W + 0.5 * (Z - U)) / 1.5
        before, Z = Z, (W + U) * project(W + U)
        U = U + W - Z
        want.append((np.linalg.norm(W - Z) / np.linalg.norm(W), 0.5 * np.linalg.norm(Z - before) / np.linalg.norm(W)))
    assert np.allclose([(one.primal, one.dual) for one in trained.residuals], want, rtol=1e-4, atol=1e-6)


def test_layers_of_a_group_are_one_matrix():
    network = nn.ModuleDict({"q": nn.Linear(8, 4), "k": nn.Linear(8, 4)})
    network.forward = lambda x: network["q"](x) + network["k"](x)
    task = Task(
        lambda g: ((torch.randn(4, 8, generator=g),), torch.zeros(4, 4)), lambda a, b: (a - b).square().mean(), []
    )
    trained = train_to_pattern(network, [("q", "k")], lambda W: PATTERNS["tile"].project(W, 0.5), task, QUICK)
    for mask in trained.masks.values():
        assert (mask == mask[0]).all() and mask[0].sum() == 4  # each of the two tiles is one of the layers


def test_it_is_deterministic_and_watched(toy):
    network, task = toy
    seen = []
    runs = [
        train_to_pattern(network, GROUPS, project, task, QUICK, seed, lambda step, loss: seen.append((step, loss)))
        for seed in (0, 0, 1)
    ]
    assert runs[0].losses == runs[1].losses != runs[2].losses
    assert seen[:80] == list(enumerate(runs[0].losses))


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"steps": 0}, "steps of training to a pattern is 1 or more, not 0."),
        ({"lr": float("nan")}, "lr of training to a pattern is a number above 0, not nan."),
        (
            {"admm_share": 0.8, "sr_ste_share": 0.3},
            "The shares of ADMM and SR-STE are 0 or more, and 1 or less together.",
        ),
    ],
)
def test_impossible_recipes_are_refused(numbers, sentence):
    with pytest.raises(InputError) as error:
        PatternRecipe(**numbers)
    assert str(error.value) == sentence


def test_a_loss_that_is_not_finite_ends_it(toy):
    network, task = toy
    broken = replace(task, loss=lambda said, wanted: said.sum() * float("nan"))
    with pytest.raises(InputError, match="The loss became nan at step 0 of training to a pattern; lower the rate"):
        train_to_pattern(network, GROUPS, project, broken, QUICK)
