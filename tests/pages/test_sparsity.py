"""The sparsity page without a browser, on a small backbone of random weights."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import load_backbone, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.pruning import n_to_m_pruning
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.n_to_m_pruning import prune_n_to_m
from sapcore.pruning.orders import load_orders, make_orders
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_training import PatternRecipe
from sapcore.pruning.pattern_weights import make_pattern, projected_masks
from sapcore.runs import list_runs
from sapcore.simulation import Store
from sapcore.ui.codes import own_name
from sapcore.ui.sparsity_recipe import sparsity_lines
from sapcore.variants import decoder_complexity

PAGE = str(Path(__file__).parents[2] / "pages" / "sparsity.py")
CODE = find("Hamming(7,4)-r")
SMALL = {"p_code": "Hamming(7,4)"}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose backbone takes the place of the one that ships."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr(n_to_m_pruning, "STEP_NODES", 320)
    monkeypatch.setattr(n_to_m_pruning, "HELD_OUT_NODES", 640)
    torch.manual_seed(0)
    save_backbone(tmp_path / "backbones", "base", Fecct(FecctConfig(2, 16, 4)), {})
    return tmp_path


def page(**query: object) -> AppTest:
    opened = AppTest.from_file(PAGE, default_timeout=120)
    for key, value in (SMALL | query).items():
        opened.query_params[key] = value
    return opened.run()


def text(parts: object) -> str:
    return re.sub(r"\\(.)", r"\1", "\n".join(part.value for part in parts))


def alts(opened: AppTest) -> list[str]:
    return [chart.proto.alt for chart in opened.get("plotly_chart")]


def learn(**recipe: object) -> dict[str, object]:
    return make_orders("base", NToMPlan.parse("2:4+learnable"), CODE, LearningRecipe(steps=2, every=1, **recipe))


def test_it_shows_what_the_orders_keep() -> None:
    opened = page()
    assert not opened.exception and not opened.error and not opened.toast
    pruned = {way: prune_n_to_m(load_backbone("base"), CODE, NToMPlan.parse(way)) for way in ("2:4", "2:4+lsa")}
    none, lsa = (one.kept_scores["residual"] for one in pruned.values())
    said = text(opened.markdown)
    assert f"2:4 keeps {none:.2%} of their score together in the order as trained; greedy " in said
    assert f"lsa {lsa:.2%}." in said
    assert "Block 1, q: its 16 inputs are the channels of the residual stream, in one order for all 8 matrices" in said
    windows = [table.value for table in opened.dataframe if "score" in table.value]
    mask = pruned["2:4+lsa"].masks["blocks.0.attention.q"]  # q's rows have no order of their own
    assert np.array_equal((windows[1]["state"] == "kept").to_numpy().reshape(16, 16), mask)
    order = pruned["2:4+lsa"].permutations[0].order
    assert windows[1]["input"].to_numpy().reshape(16, 16)[0].tolist() == (order + 1).tolist()
    assert len(alts(opened)) == 4 and all(re.search(r"\d", alt) for alt in alts(opened))
    assert text(opened.info).count("Nothing has been learned for") == 2
    assert "sparsify 'Hamming(7,4)-r' --sparsity 2:4+learnable" in text(opened.info)


def test_the_cost_is_that_of_the_decoders() -> None:
    opened = page(p_nm="1:4", p_order="none")
    table = opened.dataframe[-1].value.set_index("decoder")
    assert list(table.index) == ["fecct", "fecct/1:4", "fecct/tile@0.5"]
    for spec, row in table.iterrows():
        cost = decoder_complexity(spec, CODE)
        assert row["weights kept"] == cost.parameters and row["bytes, packed"] == cost.bytes
        assert row["MACs a frame, zeros left out"] == cost.macs
    assert table["state"].tolist() == ["ready", "ready", "has to be learned first"]
    assert "fecct/sap@0.5: " in text(opened.caption)  # what ships is for other weights
    assert "saves no time" in text(opened.caption)


@pytest.mark.parametrize(
    ("sparsity", "sentence"),
    [
        ("5:4", "N:M sparsity keeps N of M consecutive inputs; 5:4 would keep more than there are."),
        ("0:4", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:4 keeps nothing."),
        ("0:0", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:0 keeps nothing."),
        ("2:3", "2:3 does not fit q, k, v and up: 3 does not divide its 16 inputs."),
        ("half", "N:M sparsity is written as two whole numbers such as 2:4, not 'half'."),
        ("2:4+lsa", "N:M sparsity is written as two whole numbers such as 2:4, not '2:4+lsa'."),
    ],
)
def test_an_impossible_sparsity_is_one_sentence(sparsity: str, sentence: str) -> None:
    opened = page(p_nm=sparsity)
    assert not opened.exception
    assert text(opened.error) == sentence


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"p_ratio": "0.3"}, "The pattern tile at ratio 0.3 would keep 11.2 of 16 columns, no whole number."),
        ({"p_ratio": "much"}, "There is no sparsity 'tile@much'; PATTERN@RATIO with PATTERN one of tile, kernel"),
        ({"p_pattern": "kernel", "p_ratio": "0.6"}, "The pattern kernel has ratio 0.25, 0.5 or 0.75, not 0.6."),
    ],
)
def test_an_impossible_pattern_leaves_the_rest_of_the_page(query: dict[str, str], sentence: str) -> None:
    opened = page(**query)
    assert not opened.exception
    assert text(opened.error).startswith(sentence) and text(opened.error).count("\n") == 0
    assert len(alts(opened)) == 3
    assert "fecct/2:4+lsa" in opened.dataframe[-1].value["decoder"].tolist()


@pytest.mark.parametrize("part", ["k", "o", "up", "down"])
@pytest.mark.parametrize("pattern", ["tile", "kernel"])
def test_the_pattern_map_is_the_projection(part: str, pattern: str) -> None:
    opened = page(p_layer=part, p_block="2", p_pattern=pattern)
    assert not opened.exception and not opened.error
    maps = [table.value for table in opened.dataframe if "|weight|" in table.value]
    if part == "o":
        assert not maps and "No pattern prunes o." in text(opened.info)
        return
    name = f"blocks.1.{'attention.' if part == 'k' else ''}{part}"
    mask = projected_masks(load_backbone("base"), PatternPlan(pattern, 0.5))[name][:24, :32]
    assert np.array_equal((maps[0]["state"] == "kept").to_numpy().reshape(mask.shape), mask)


def test_the_window_is_where_the_controls_say() -> None:
    opened = page(p_layer="down", p_input="33", p_order="none")
    table = next(table.value for table in opened.dataframe if "score" in table.value)
    assert table["input"].min() == 33 and table["input"].max() == 64


def test_orders_that_were_learned_are_shown_with_their_hardening() -> None:
    card = learn(groups=1)
    opened = page(p_order="learnable")
    assert not opened.exception and not opened.error
    orders = load_orders(Path(card["file"]))
    kept = prune_n_to_m(load_backbone("base"), CODE, NToMPlan.parse("2:4+learnable"), orders).kept_scores["residual"]
    assert f"learnable {kept:.2%}." in text(opened.markdown)
    assert any(alt.startswith("Loss on the held-out set at 3 steps") for alt in alts(opened))
    assert any("at step 2, temperature 0.05" in alt for alt in alts(opened))
    assert "fecct/2:4+learnable" in opened.dataframe[-1].value["decoder"].tolist()
    opened.select_slider(key="p_step").set_value("0").run()
    assert any("at step 0, temperature 0.3" in alt for alt in alts(opened))
    assert "sparsify 'Hamming(7,4)-r' --sparsity 2:4+learnable --steps 2 --seed 0" in opened.code[0].value
    assert "Nothing has been learned for 2:4+ria+learnable" in text(page(p_score="ria", p_order="learnable").info)


def test_weights_that_were_trained_to_a_pattern_are_shown_with_their_residuals() -> None:
    card = make_pattern("base", PatternPlan.parse("tile@0.5"), CODE, PatternRecipe(steps=8, period=2, warmup=2))
    opened = page()
    assert not opened.exception and not opened.error
    assert len([table for table in opened.dataframe if "|weight|" in table.value]) == 2
    assert f"from {card['loss_first']:.4f} nats a bit at its first step to {card['loss_last']:.4f}" in text(
        opened.markdown
    )
    assert any(alt.startswith("Residuals of ADMM: primal from") for alt in alts(opened))
    states = opened.dataframe[-1].value.set_index("decoder")["state"]
    assert states["fecct/tile@0.5"] == "ready"


def test_the_button_measures_the_decoders_that_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sapcore.ui.tradeoffs_link.ensure_runner", lambda store: False)
    gone: list[tuple[object, ...]] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: gone.append((page, query_params)))
    opened = page(p_order="greedy")
    next(button for button in opened.button if button.label == "Measure their error rates").click().run()
    with Store() as store:
        (run,) = list_runs(store)
    assert gone == [("pages/tradeoffs.py", {"t_run": run.id})]
    assert run.spec.decoders == ("fecct", "fecct/2:4+greedy")


def test_what_ships_is_set_against_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"fecct": 0.01, "fecct/2:4": 0.02, "fecct/tile@0.5+admm": 0.03, "bp:50": 0.04, "fecct/average@0.5": 0.05}
    rows = [
        {"decoder": decoder, "ebn0": ebn0, "ber": rate, "ber_low": rate / 2, "ber_high": 2 * rate}
        for decoder, rate in rates.items()
        for ebn0 in (4.0, 5.0)
    ]
    points = pd.DataFrame(rows).assign(frames=9, frame_errors=8, effective_errors=float("nan"))
    points = points.assign(file="assets/results/sparsity.csv", command="python -m sapcore reproduce sparsity")
    points = points.assign(code="BCH(31,16)-r", decoder_digest="of other weights", seed=0)
    monkeypatch.setattr("sapcore.ui.sparsity_cost.shipped_points", lambda code: points)
    opened = page(p_at="4", p_cost="bytes")
    assert not opened.exception and not opened.toast
    table = opened.dataframe[-1].value.set_index("decoder")
    assert dict(table["kind"]) == {"fecct": "dense", "fecct/2:4": "N:M", "fecct/tile@0.5+admm": "pattern"}
    assert set(table["ebn0"]) == {4.0}
    assert table.loc["fecct/2:4", "bytes"] == decoder_complexity("fecct/2:4", CODE).bytes
    assert "N:M: cheapest fecct/2:4 with 2.00e-02" in alts(opened)[-1]
    assert "The tables ship: assets/results/sparsity.csv." in text(opened.caption)
    monkeypatch.setattr("sapcore.ui.sparsity_cost.shipped_points", lambda code: points[points["decoder"] == "fecct"])
    assert "No error rate of a pruned decoder of this code ships." in text(page().caption)


def test_a_matrix_too_large_for_the_network_is_one_sentence() -> None:
    own = LinearCode("wide", "matrix file", np.eye(1030, dtype=np.uint8).repeat(2, axis=1))
    with Store() as store:
        store.put_code(own)
    opened = page(p_code=own_name(own), p_form="standard")
    assert not opened.exception
    assert "wide has 3090 bits and checks together; fecct decodes up to 2048." in text(opened.error)


def test_an_uploaded_matrix_is_learned_from_its_file() -> None:
    own = LinearCode("mine", "matrix file", find("Hamming(7,4)").parity_check[::-1])
    with Store() as store:
        store.put_code(own)
    opened = page(p_code=own_name(own), p_form="standard", p_step="3")
    assert not opened.exception and not opened.error and not opened.toast
    assert f"sparsify mine-{own.digest}.alist --sparsity 2:4+learnable" in text(opened.info)
    assert f"prune mine-{own.digest}.alist --sparsity 2:4+lsa --json" in opened.code[0].value


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("p_block", "3", "is not a whole number from 1 to 2"),
        ("p_layer", "w", "is not one of q, k, v, o, up, down"),
        ("p_score", "best", "is not one of magnitude, wanda, ria"),
        ("p_order", "best", "is not one of none, greedy, lsa, learnable"),
        ("p_zzz", "1", "is no control of this page and left out"),
    ],
)
def test_a_bad_address_gets_a_sentence(name: str, value: str, sentence: str) -> None:
    opened = page(**{name: value})
    assert not opened.exception
    assert sentence in text(opened.toast)


def test_a_name_that_is_no_code_is_one_sentence() -> None:
    opened = page(p_code="BHC(31,16)")
    assert not opened.exception
    assert "the nearest are BCH(31,16)" in text(opened.error)


@pytest.mark.parametrize("learned", [False, True])
def test_the_lines_make_the_same_numbers(learned: bool) -> None:
    if learned:
        learn()
    opened, made = page(p_layer="up", p_order="learnable" if learned else "lsa"), {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(opened.code[1].value, made)
    kept = made["compared"].kept
    assert list(kept) == ["none", "greedy", "lsa", *(["learnable"] if learned else [])]
    assert f"lsa {kept['lsa']['residual']:.2%}" in text(opened.markdown)
    assert str(made["compared"].layer_kept("none", "blocks.0.up")) in printed.getvalue()
    windows = [table.value for table in opened.dataframe if "score" in table.value]
    mask = made["compared"].mask("learnable" if learned else "lsa", "blocks.0.up")[made["window"]]
    assert np.array_equal((windows[1]["state"] == "kept").to_numpy().reshape(mask.shape), mask)
    maps = [table.value for table in opened.dataframe if "|weight|" in table.value]
    shown = made["masks"]["blocks.0.up"][made["window"]]
    assert np.array_equal((maps[0]["state"] == "kept").to_numpy().reshape(shown.shape), shown)
    for line in opened.code[0].value.splitlines():
        assert shlex.split(line)[:4] in (["python", "-m", "sapcore", "sparsify"], ["python", "-m", "sapcore", "prune"])


def test_the_lines_of_an_order_that_was_not_learned_leave_it_out() -> None:
    plan = NToMPlan.parse("2:4+learnable")
    lines = sparsity_lines(CODE, plan, None, "blocks.0.attention.o", (slice(0, 4), slice(0, 4)), learned=False)
    assert "for way in ['none']:" in lines and "PatternPlan" not in lines
