"""What the card of learned orders says of their learning."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sapcore.codes import load
from sapcore.decoders.backbones import save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.pruning import n_to_m_pruning, orders
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.orders import make_orders, orders_card
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_weights import fecct_groups, projected_masks
from sapcore.pruning.patterns import PATTERNS

CODE, PLAN = load("Hamming(7,4)"), NToMPlan.parse("2:4+learnable")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr(n_to_m_pruning, "STEP_NODES", 320)
    monkeypatch.setattr(n_to_m_pruning, "HELD_OUT_NODES", 640)
    torch.manual_seed(0)
    save_backbone(tmp_path / "backbones", "first", Fecct(FecctConfig(2, 16, 4)), {})


def test_the_card_keeps_the_soft_permutation_of_the_group_that_moved_most(monkeypatch):
    seen = []
    recipe = LearningRecipe(steps=4, every=2, groups=2)
    card = make_orders("first", PLAN, CODE, recipe, watch=seen.append)
    tried = {progress.step: progress for progress in seen if progress.held_out is not None}
    soft = orders_card(Path(card["file"]))["soft"]
    assert soft["coupling"] == "residual" and soft["groups"] == 2
    stayed = tried[4].soft["residual"].diagonal(dim1=-2, dim2=-1).mean(-1)
    assert soft["group"] == stayed.argmin()
    assert [one["step"] for one in soft["steps"]] == [0, 2, 4]
    for one in soft["steps"]:
        P = np.array(one["P"])
        assert pytest.approx(tried[one["step"]].soft["residual"][soft["group"]].numpy(), abs=6e-4) == P
        assert P.sum(axis=0) == pytest.approx(np.ones(8), abs=0.01)
        assert one["temperature"] == pytest.approx(recipe.temperature(one["step"]), abs=1e-6)
    monkeypatch.setattr(orders, "MOST_SOFT", 3)
    card = make_orders("first", PLAN, CODE, LearningRecipe(steps=7, every=1))
    assert [one["step"] for one in card["soft"]["steps"]] == [0, 4, 7]
    assert len(card["held_out"]) == 8


@pytest.mark.parametrize("text", ["tile@0.5", "kernel@0.25"])
def test_projected_masks_are_those_of_the_stacked_matrices(text):
    network, plan = Fecct(FecctConfig(2, 16, 4)), PatternPlan.parse(text)
    masks = projected_masks(network, plan)
    assert set(masks) == {layer for group in fecct_groups(network) for layer in group}
    for group in fecct_groups(network):
        weights = [network.get_submodule(layer).weight.detach().numpy() for layer in group]
        whole = PATTERNS[plan.pattern].project(np.concatenate(weights), plan.ratio)
        assert np.array_equal(np.concatenate([masks[layer] for layer in group]), whole)
        assert all(masks[layer].shape == weight.shape for layer, weight in zip(group, weights, strict=True))
