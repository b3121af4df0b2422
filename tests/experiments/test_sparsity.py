"""The experiment on sparsity: its plan, and the whole of it on a toy plan with the backbone that ships."""

from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.backbones import backbone_digest, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.experiments import order_losses, sparsity_plan, sparsity_results, sparsity_run, sparsity_work
from sapcore.experiments.sparsity_plan import DENSE, Group, equal_cost, n_to_m, sparse
from sapcore.experiments.sparsity_report import report
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.n_to_m_plan import PERMUTATIONS
from sapcore.pruning.orders import make_orders
from sapcore.pruning.pattern_plan import TRAININGS, PatternPlan
from sapcore.pruning.pattern_training import PatternRecipe
from sapcore.pruning.pattern_weights import make_pattern
from sapcore.pruning.weight_scores import WEIGHT_SCORES
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter
from sapcore.runs import drive
from sapcore.simulation import StoppingRule, Store
from sapcore.variants import DecoderSpec, decoder_complexity

CODE = "Hamming(7,4)-r"


def test_the_plan_has_what_the_question_needs():
    assert len(sparsity_plan.CODES) >= 6 and set(sparsity_plan.EBN0) == {4.0, 5.0, 6.0}
    for name in sparsity_plan.CODES:
        specs = [DecoderSpec.parse(text) for text in sparsity_plan.decoders(find(name))]
        assert len(specs) == len(set(specs))
        plans = [spec.plan for spec in specs if spec.plan is not None and not spec.lora]
        ways = {(plan.score, plan.permutation) for plan in plans if not isinstance(plan, PatternPlan)}
        assert ways == {(score, permutation) for score in WEIGHT_SCORES for permutation in PERMUTATIONS}
        assert {plan.training for plan in plans if isinstance(plan, PatternPlan)} == set(TRAININGS)


@pytest.mark.parametrize("cost", ["macs", "bytes"])
def test_sap_is_set_at_equal_cost(cost):
    code = find("BCH(31,16)-r")
    wanted = getattr(decoder_complexity("fecct/2:4", code), cost)
    ratio = equal_cost(code, cost)
    near = [getattr(decoder_complexity(f"fecct/sap@{one:.2f}", code), cost) for one in (ratio - 0.01, ratio + 0.01)]
    assert near[0] > wanted > near[1]


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A plan of a few points, written to a folder of its own."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    learned, pattern = n_to_m(permutation="learnable"), PatternPlan("tile", 0.5)
    decoders = DENSE, sparse(n_to_m()), sparse(learned), sparse(learned, lora=True), sparse(pattern)
    monkeypatch.setattr(sparsity_plan, "groups", lambda: iter([Group(CODE, (*decoders, "fecct/sap@0.5/bf16"), (3.0,))]))
    monkeypatch.setattr(sparsity_plan, "LOSS_CODES", (CODE,))
    monkeypatch.setattr(sparsity_plan, "LOSS_SEEDS", (0, 1))
    monkeypatch.setattr(sparsity_plan, "RULE", StoppingRule(5, 1024))
    monkeypatch.setattr(sparsity_plan, "equal_cost", lambda code, cost: 0.5)
    monkeypatch.setattr(sparsity_run, "FILE", tmp_path / "sparsity.csv")
    monkeypatch.setattr(sparsity_run, "LOSSES", tmp_path / "sparsity_orders.csv")
    monkeypatch.setattr(sparsity_run, "worker_pool", ThreadPoolExecutor)
    orders = LearningRecipe(steps=2, every=1)
    torch.manual_seed(0)
    save_backbone(tmp_path / "data" / "backbones", "small", Fecct(FecctConfig(2, 16, 4)), {})
    losses = partial(order_losses.order_losses, backbone="small", recipe=orders, frames=64)
    monkeypatch.setattr(sparsity_run, "order_losses", losses)
    monkeypatch.setattr(sparsity_work, "make_orders", partial(make_orders, recipe=orders))
    quick = PatternRecipe(steps=4, period=1, warmup=1)
    monkeypatch.setattr(sparsity_work, "make_pattern", partial(make_pattern, recipe=quick))
    monkeypatch.setattr(
        sparsity_work, "make_adapter", lambda *one: make_adapter(*one, RecoveryRecipe(steps=3, tokens=200))
    )
    return tmp_path / "sparsity.csv"


def test_it_stops_and_goes_on_and_writes_what_it_has(toy):
    with Store() as store, ThreadPoolExecutor(1) as executor:
        titles = []

        def finish(title, under_way):
            titles.append(title)
            wait(under_way)

        assert not sparsity_run.run_sparsity(store, lambda run: False, finish, 1)
        assert not toy.exists()
        assert titles == [
            "orders of channels: 2 draws", f"1 of 1: {CODE} at 3 dB, 6 decoders, 2 to prepare",
        ]  # fmt: skip

        def measure(run):
            return drive(store, run.id, executor).state == "done"

        assert sparsity_run.run_sparsity(store, measure, finish, 1)
        assert titles[2:] == ["orders of channels: 0 draws", f"1 of 1: {CODE} at 3 dB, 6 decoders, 0 to prepare"]
        rows, losses = pd.read_csv(toy), pd.read_csv(toy.with_name("sparsity_orders.csv"))
        assert rows["decoder_digest"].nunique() == 6
        assert rows["method"].iloc[-1] == "SAP at equal multiply-accumulates and bytes"
        dense = rows.set_index("decoder").loc[DENSE]
        assert (dense["p_value"], dense["dense_alone_right"], dense["alone_right"]) == (1, 0, 0)
        assert (rows["common_frames"] > 0).all() and (rows["milliseconds"] > 0).all()
        half = rows.set_index("decoder").loc[sparse(n_to_m())]
        assert half["bytes"] < 0.6 * dense["bytes"] and half["macs"] < 0.6 * dense["macs"]
        assert set(losses["backbone"]) == {backbone_digest("base")}
        assert losses["seed"].tolist() == [0, 1] and (losses["frames"] == 64).all()
        text = toy.with_suffix(".md").read_text()
        assert "Against the dense backbone at 5 dB" not in text  # nothing is measured there
        assert f"| {DENSE} |" in text and f"| {CODE} |" in text and "nan" not in text
        before = toy.read_text()
        assert sparsity_run.run_sparsity(store, measure, finish, 1)
        assert toy.read_text() == before


def test_an_interruption_keeps_the_draws_that_have_ended(toy, monkeypatch):
    draw, drawn = sparsity_run.order_losses, []

    def one_and_no_more(title, under_way):
        wait(under_way[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(sparsity_run, "order_losses", lambda *one: drawn.append(one) or draw(*one))
    monkeypatch.setattr(sparsity_run, "worker_pool", lambda processes: ThreadPoolExecutor(1))
    with Store() as store:
        with pytest.raises(KeyboardInterrupt):
            sparsity_run.run_sparsity(store, lambda run: False, one_and_no_more, 1)
        kept = pd.read_csv(sparsity_run._losses_path())["seed"].tolist()
        assert 0 in kept
        drawn.clear()
        assert not sparsity_run.run_sparsity(store, lambda run: False, lambda title, under_way: wait(under_way), 1)
        assert [seed for _, seed in drawn] == [seed for seed in (0, 1) if seed not in kept]
        assert pd.read_csv(sparsity_run._losses_path())["seed"].tolist() == [0, 1]


def test_a_report_of_nothing_says_so():
    losses = pd.DataFrame(columns=sparsity_run.LOSS_COLUMNS)
    text = report(pd.DataFrame(columns=sparsity_results.COLUMNS), losses)
    assert text.split("\n\n")[1] == "Not measured yet." and "nan" not in text


def test_losses_of_orders_are_those_of_fresh_frames(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    torch.manual_seed(0)
    save_backbone(tmp_path / "backbones", "small", Fecct(FecctConfig(2, 16, 4)), {})
    recipe = LearningRecipe(steps=2, every=1)
    one, same, other = (order_losses.order_losses(CODE, seed, "small", recipe, 128) for seed in (0, 0, 1))
    assert one == same != other
    assert one.frames == 128 and one.gain == pytest.approx(one.lsa - one.learnable)
    assert len({one.dense, one.none, one.greedy, one.lsa}) == 4
    assert np.isfinite(one.half_width) and one.half_width >= 0
    if one.best_step == 0:
        assert one.gain == 0
