"""Every command and all Python lines under "How this was made" are run, and give the figures of their page.

The tables of a page, which stand under its figures too, are held against what the recipe makes in a data folder where
nothing is known yet, and none is left that no recipe told of. So are key figures and the numbers in sentences.

| page | commands | Python lines |
|---|---|---|
| Spectra | key figures, singular values; points that ship | the same, graph, eigenvector, degrees, distance, bounds |
| Overview | key figures of graph, mask and cost | the same, eigenvector, cost by part, rates, bounds |
| Masks | what masks keep and cost | the same, overlaps, distances, donors, whole system, difference of two |
| Sparsity | losses of what was learned; weights, cost | orders, windows, shares, hardening, patterns, residuals, cost |
| Decode | there is none | the frame, decisions, reliabilities, head maps, attention |
| Error rates, Runs | points; discordant frames | the same, gaps, trade-off, published points, bounds |
| Recovery | losses | losses, the digest of the adapter |

Not run: what makes a whole table that ships (`reproduce`: hours; for signatures see tests/experiments), estimates of
rare errors (hours), and, but for the cheapest of them, points that ship of networks in bfloat16.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

import sapcore.codes
from sapcore import figures
from sapcore.codes import LinearCode, find, write_matrix
from sapcore.codes.files import FILE_FAMILY, file_stem
from sapcore.decoders.backbones import save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.experiments.signatures import signature_table
from sapcore.pruning import n_to_m_pruning
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.mask_difference import STATES
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.orders import make_orders
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_training import PatternRecipe
from sapcore.pruning.pattern_weights import make_pattern
from sapcore.recovery import background
from sapcore.recovery.background import RecoveryRequest
from sapcore.report.results import results_table
from sapcore.runs import Run, drive, request
from sapcore.simulation import StoppingRule, Store
from sapcore.ui.codes import own_name
from sapcore.ui.masks import whole_system
from sapcore.ui.orders import channels_of
from tests.pages.recipes import Kitchen, Shown, page, recipes, words_of

OWN = LinearCode("my own", FILE_FAMILY, find("BCH(15,7)").parity_check[:, ::-1])
WHERE = "code_digest", "decoder_digest", "seed", "seconds", "progress", "code"  # an own code has the name of its file
RATES = ["frames", "frame_errors", "bits", "bit_errors", "fer", "fer_low", "fer_high", "ber", "ber_low", "ber_high"]


@dataclass(frozen=True)
class Made:
    """A page, and what its recipes make elsewhere.

    Attributes:
        opened: the page.
        shown: its tables.
        commands: what each prints.
        names: what each text of Python lines leaves behind.
    """

    opened: AppTest
    shown: Shown
    commands: dict[str, object]
    names: list[dict[str, object]]

    @property
    def text(self) -> str:
        parts = [*self.opened.markdown, *self.opened.caption]
        return re.sub(r"\\(.)", r"\1", "\n".join(part.value for part in parts))

    def printed(self, verb: str) -> list[object]:
        """What the commands of this verb print, in order; there is one at least."""
        found = [result for command, result in self.commands.items() if words_of(command)[0] == verb]
        assert found
        return found

    def having(self, *names: str) -> dict[str, object]:
        """The one namespace that has all these names."""
        (found,) = (one for one in self.names if {*names} <= one.keys())
        return found


Make = Callable[..., Made]


def slow(*states: object) -> list[object]:
    """States of a page for the full crawl alone."""
    return [pytest.param(state, marks=pytest.mark.slow) for state in states]


def too_long(command: str) -> bool:
    """Whether a command is not run here: see the top of this file."""
    return words_of(command)[0] in ("reproduce", "estimate") or "bf16" in command


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the pages."""
    folder = tmp_path / "pages"
    folder.mkdir()
    monkeypatch.setenv("SAP_DATA", str(folder))
    monkeypatch.setattr("sapcore.ui.run_view.count_starts", lambda store, starts: starts)
    with Store() as store:
        store.put_code(OWN)
    return folder


@pytest.fixture
def make(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Open a page, run all its recipes, its commands in one place and its Python lines in another."""

    def made(name: str, query: dict[str, object], but: Callable[[str], bool] = too_long) -> Made:
        opened, kitchens = page(name, query), []
        for kind in ("commands", "lines"):
            folder = tmp_path / f"{kind} {len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            if (data / "backbones").exists():
                shutil.copytree(data / "backbones", folder / "backbones")
            kitchens.append(Kitchen(folder, monkeypatch))
            if "First save" in "\n".join(part.value for part in opened.markdown):
                kitchens[-1].bring(OWN)
        found = sorted(recipes(opened), key=lambda recipe: "drive(" not in "".join(recipe.lines))  # it makes the run
        commands = dict.fromkeys(command for recipe in found for command in recipe.commands)
        results = {command: kitchens[0].run(command) for command in commands if not but(command)}
        for command in results:
            if words_of(command)[0] == "sparsify":  # the lines read what it has learned
                kitchens[1].run(command)
        names = [kitchens[1].execute(text) for recipe in found for text in recipe.lines]
        return Made(opened, Shown(opened), results, names)

    return made


def test_a_page_without_a_recipe_is_no_success() -> None:
    with pytest.raises(AssertionError):
        recipes(AppTest.from_string("import streamlit as st\nst.expander('How this was made').write('by hand')").run())
    with pytest.raises(AssertionError):
        Shown(AppTest.from_string("import streamlit as st\nst.write('no table')").run()).all_told()


# --- Spectra

SPECTRA = [
    {"s_code": "Hamming(7,4)", "s_beside": "Hamming(7,4)-r", "s_vector": "3"},
    {"s_code": own_name(OWN), "s_form": "redundant", "s_rows": "20"},
    *slow({"s_code": "eBCH(32,21)", "s_form": "redundant", "s_beside": own_name(OWN), "s_vector": "7"}),
    *slow({"s_code": own_name(OWN), "s_beside": "Polar(32,11)"}, {"s_code": "LDPC(49,24)", "s_range": "nearest 12"}),
]


def check_spectra(made: Made) -> None:
    names, printed = made.having("triples"), made.printed("spectrum")
    code, triples = names["code"], names["triples"]
    metrics = {metric.label: metric.value for metric in made.opened.metric}
    assert metrics == {
        **{"n": str(code.n), "k": str(code.k), "Rows": str(code.rows), "Rank": str(code.rank), "Ones": str(code.ones)},
        **{"Girth": str(names["graph"].girth or "none"), "d min": str(names["distance"])},
        "Signature": "{:.3f}, {:.3f}".format(*triples.singular_values[:2]),
    }
    assert [str(printed[0][key]) for key in ("n", "k", "rows", "rank", "ones")] == list(metrics.values())[:5]
    assert f"its matrix {printed[0]['digest']}" in made.text
    other = None
    if len(printed) > 1:
        name = OWN.name if OWN.digest == printed[1]["digest"] else printed[1]["name"]
        other = name, np.array(printed[1]["singular_values"])
        distance = names["signature_distance"](code, names["other"])
        assert f"Spectral distance {distance:.3f}" in made.text
    assert printed[0]["singular_values"] == triples.singular_values.tolist()
    degrees = [getattr(names["graph"], f"{kind}_degrees") for kind in ("variable", "check")]
    for kind, part in zip(("variable", "check"), degrees, strict=True):
        assert printed[0][f"{kind}_degrees"] == {str(d): int((part == d).sum()) for d in np.unique(part)}
    here = code.name, *printed[0]["signature"]
    made.shown.has(figures.tanner_table(names["graph"].edges, names["vector"], code.n))
    made.shown.has(figures.matrix_table(code.parity_check))
    made.shown.has(figures.spectrum_table(triples.singular_values, other))
    made.shown.has(figures.degree_table(*degrees))
    made.shown.has(figures.signature_map_table(signature_table(), here))


@pytest.mark.parametrize("query", SPECTRA, ids=str)
def test_spectra(make: Make, query: dict[str, str]) -> None:
    made = make("spectra", query, but=lambda command: too_long(command) or "simulate" in command)
    check_spectra(made)
    check_beside(made)
    made.shown.all_told()


def check_beside(made: Made) -> None:
    """Published points and bounds, where curves are shown, and of points that ship what no command was run for."""
    for names in made.names:
        for key in ("published", "bounds"):
            if len(names.get(key, ())):
                made.shown.has(names[key])
    if any(words_of(command)[0] == "simulate" for recipe in recipes(made.opened) for command in recipe.commands):
        made.shown.skip("effective_errors", "file")


@pytest.mark.slow
def test_points_that_ship(make: Make) -> None:
    made = make("spectra", {"s_code": "Golay(24,12)", "s_metric": "BER"})
    check_spectra(made)
    check_shipped_points(made)
    check_beside(made)
    made.shown.all_told()


def check_shipped_points(made: Made) -> None:
    """The points that ship are those of the commands that were run, and these are some."""
    rows = {(row["code"], row["decoder"], row["ebn0"]): row for result in made.printed("simulate") for row in result}
    table, seen = made.shown.columns("effective_errors", "file"), 0
    for shown in table.to_dict("records"):
        if row := rows.get((shown["code"], shown["decoder"], shown["ebn0"])):
            assert [shown[key] for key in RATES] == pytest.approx([row[key] for key in RATES])
            seen += 1
    assert seen


# --- Overview

OVERVIEW = [
    {"o_code": "Golay(24,12)", "o_ratio": "0.5"},
    *slow(
        {"o_code": "BCH(15,7)", "o_ratio": "0.25", "o_vector": "1", "o_metric": "BER"},
        {"o_code": "BCH(31,16)", "o_form": "standard", "o_ratio": "0.75"},
        {"o_code": own_name(OWN), "o_rows": "20", "o_ratio": "0.9"},
    ),
]


def check_overview(made: Made) -> None:
    names, (spectrum,), (mask,) = made.having("pruned"), made.printed("spectrum"), made.printed("prune")
    code, pruned = names["code"], names["pruned"]
    dense, small = (names["complexity"](size, code) for size in (names["dense"], pruned))
    assert f"{spectrum['rows']} checks on {spectrum['n']} bits, {spectrum['ones']} edges" in made.text
    assert "The signature of this matrix is ({:.3f}, {:.3f})".format(*spectrum["signature"]) in made.text
    nearest = names["match"].nearest
    assert (mask["donor"], mask["distance"]) == (nearest.code, names["match"].distances[0])
    if nearest.code_digest != spectrum["digest"]:
        assert f"{mask['donor']} lies nearest, at a spectral distance of {mask['distance']:.2f}" in made.text
    kept = mask["heads_kept"], mask["heads"], mask["channels_kept"], mask["channels"]
    assert "keeps {} of {} heads and {:,} of {:,} channels".format(*kept) in made.text
    assert kept[::2] == (names["mask"].heads.sum(), names["mask"].channels.sum())
    heads, channels = mask["jaccard_dedicated"].values()
    known = f"code's own mask is {heads:.2f} in heads and {channels:.2f} in channels" in made.text
    assert known or "The Masks page compares it with" in made.text
    assert (mask["macs"], mask["macs_dense"], mask["bytes"]) == (small.macs, dense.macs, small.bytes)
    assert f"{mask['macs'] / 1e6:.1f} of {mask['macs_dense'] / 1e6:.1f} million multiply-accumulates" in made.text
    adapter = 4 * names["adapter_parameters"](pruned, names["RecoveryRecipe"].rank)
    assert f"for this code takes {adapter / 1e6:.2f} MB" in made.text
    ratio = float(mask["decoder"].rsplit("@", 1)[1])
    parts = {"dense": names["dense"], f"ratio {ratio:g}": pruned}
    made.shown.has(figures.cost_table({name: names["macs_by_part"](size, code) for name, size in parts.items()}))
    made.shown.has(figures.tanner_table(names["graph"].edges, names["vector"], code.n))
    here = code.name, *spectrum["signature"]
    made.shown.has(figures.signature_map_table(signature_table(), here))
    points = names["points"]
    told = points[(points["ebn0"] == points["ebn0"].mode().max()) & (points["ber"] > 0)]
    assert len(told) or "No error rate of this matrix ships" in made.text
    for row in told.itertuples():
        rates = (-math.log(rate) for rate in (row.ber, row.ber_high, row.ber_low))
        assert "{:.2f} ({:.2f} to {:.2f})".format(*rates) in made.text
    check_beside(made)


@pytest.mark.parametrize("query", OVERVIEW, ids=str)
def test_overview(make: Make, query: dict[str, str]) -> None:
    made = make("overview", query, but=lambda command: too_long(command) or "simulate" in command)
    check_overview(made)
    made.shown.all_told()


# --- Masks

MASKS = [
    {"m_codes": ["Hamming(7,4)", own_name(OWN)], "m_ratio": "0.4", "m_second_how": "average"},
    *slow(
        {"m_codes": ["BCH(15,7)", "Golay(24,12)"], "m_how": "far", "m_ratio": "0.25", "m_adapter": "LoRA"},
        {"m_codes": ["BCH(31,16)"], "m_forms": ["standard", "redundant"], "m_how": "dedicated", "m_part": "channels"},
        {"m_codes": [own_name(OWN)], "m_forms": ["standard", "redundant"], "m_checks": "20", "m_how": "random"},
        {"m_codes": ["RM(16,11)", "Hamming(7,4)"], "m_how": "magnitude", "m_ratio": "0.9", "m_second_ratio": "0.1"},
    ),
]


def check_masks(made: Made) -> None:
    names, codes = made.having("masks"), made.having("masks")["codes"]
    shown = made.shown.columns("heads by layer")
    printed = {result["code"]: result for result in made.printed("prune")}
    for row, code, mask, cost in zip(shown.to_dict("records"), codes, names["masks"], names["costs"], strict=True):
        told = printed[code.name]
        assert [row["heads"], row["channels"]] == [told["heads_kept"], told["channels_kept"]]
        assert [row["MACs a frame"], row["bytes"]] == [told["macs"], told["bytes"]] == [cost.macs, cost.bytes]
        assert row["of dense"] == told["macs"] / told["macs_dense"]
        if pd.notna(row["Jaccard with own, heads"]):  # known without scoring the code
            overlap = [row[f"Jaccard with own, {part}"] for part in ("heads", "channels")]
            assert overlap == list(told["jaccard_dedicated"].values())
        assert row["heads by layer"] == " ".join(map(str, mask.heads.sum(axis=1)))
        assert row["channels by layer"] == " ".join(map(str, mask.channels.sum(axis=1)))
        assert told["donor"] is None or told["donor"] in row["mask"] or "its own mask" in row["mask"]
    labels = shown["code"].tolist()
    part = "channels" if "Jaccard index of the kept channels" in [h.value for h in made.opened.subheader] else "heads"
    made.shown.has(figures.pair_table(labels, names[part]))
    made.shown.has(figures.pair_table(labels, names["distances"]))
    for row, match in zip(made.shown.columns("lends").to_dict("records"), names["matches"], strict=True):
        assert (row["lends"], row["runner-up"]) == (match.nearest.code, match.runner_up.code)
        assert {donor.code: row[donor.code] for donor in match.donors} == {
            donor.code: distance for donor, distance in zip(match.donors, match.distances, strict=True)
        }
    difference = made.having("found")["found"]
    made.shown.has(figures.mask_difference_table(difference.heads, difference.channels, STATES))
    made.shown.has(figures.mask_difference_counts(difference.counts(), STATES))
    made.shown.has(made.having("system")["system"])


@pytest.mark.parametrize("query", MASKS, ids=lambda query: query.get("m_how", "sap"))
def test_masks(make: Make, query: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    short = tuple(find(name) for name in ("Hamming(7,4)-r", "BCH(15,7)-r"))
    monkeypatch.setattr("sapcore.ui.masks.catalogue", lambda: short)
    monkeypatch.setattr(sapcore.codes, "catalogue", lambda: short)
    whole_system.clear()
    made = make("masks", query)
    check_masks(made)
    made.shown.all_told()


# --- Sparsity

SMALL = find("Hamming(7,4)-r")
SPARSITY = [
    {"p_code": "Hamming(7,4)", "p_order": "learnable", "p_layer": "up"},
    *slow({"p_code": "Hamming(7,4)", "p_score": "wanda", "p_layer": "o", "p_nm": "1:4", "p_pattern": "kernel"}),
]
SPARSITY_OF_BASE = [
    {"p_code": "BCH(15,7)", "p_block": "3", "p_layer": "down", "p_row": "5", "p_input": "33"},
    {"p_code": own_name(OWN), "p_rows": "20", "p_score": "ria", "p_order": "greedy", "p_nm": "4:8", "p_ratio": "0.75"},
]


@pytest.fixture
def small_backbone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backbone of random weights in the place of the one that ships, and little to learn."""
    monkeypatch.setattr(n_to_m_pruning, "STEP_NODES", 320)
    monkeypatch.setattr(n_to_m_pruning, "HELD_OUT_NODES", 640)
    torch.manual_seed(0)
    save_backbone(data / "backbones", "base", Fecct(FecctConfig(2, 16, 4)), {})


def check_sparsity(made: Made, order: str) -> None:
    names = made.having("compared")
    compared, layer, window, costs = (names[name] for name in ("compared", "layer", "window", "costs"))
    outputs, inputs = (np.arange(part.start, part.stop) + 1 for part in window)
    for way in ("none", order):
        places = compared.order(way, layer)[window[1]] + 1
        parts = compared.scores(way, layer)[window], compared.mask(way, layer)[window]
        made.shown.has(figures.weight_window_table(*parts, outputs, places))
        assert f"{compared.layer_kept(way, layer):.2%}" in made.text
    shares = {way: {channels_of(name): share for name, share in kept.items()} for way, kept in compared.kept.items()}
    made.shown.has(figures.kept_share_table(shares))
    learned, sparse = made.commands, {result["decoder"]: result for result in made.printed("prune")}
    if "card" in names:
        card = names["card"]
        losses = {int(step): loss for step, loss in card["held_out"].items()}
        made.shown.has(figures.held_out_table(losses, card["best_step"]))
        made.shown.has(figures.soft_permutation_table(np.array(card["soft"]["steps"][-1]["P"])))
        (told,) = (one for command, one in learned.items() if "sparsify" in command and "learnable" in command)
        assert (told["best_step"], told["loss_first"]) == (card["best_step"], losses[0])
        assert f"step {card['best_step']}" in made.text or "No step tried is better" in made.text
    if "training" in names:
        card = names["training"]
        (told,) = (one for command, one in learned.items() if "sparsify" in command and "@" in command)
        assert (told["loss_first"], told["loss_last"]) == (card["loss_first"], card["loss_last"])
        assert f"from {told['loss_first']:.4f} nats a bit at its first step to {told['loss_last']:.4f}" in made.text
        changed = sum(int((names["trained"][name] != mask).sum()) for name, mask in names["masks"].items())
        assert f"It changed {changed} of the" in made.text
        if card["residuals"]:
            made.shown.has(figures.residual_table(card["residuals"]))
    if not layer.endswith(".o"):
        networks = {"masks": names["network"]} | ({"trained": names["weights"]} if "weights" in names else {})
        for masks, network in networks.items():
            values = network.get_submodule(layer).weight.numpy(force=True)[window]
            parts = np.abs(values), names[masks][layer][window], outputs, inputs, "|weight|"
            made.shown.has(figures.weight_window_table(*parts))
    table = made.shown.columns("MACs of dense").set_index("decoder")
    assert list(table.index) == list(costs) and {*sparse} <= {*costs}
    for spec, cost in costs.items():
        row = table.loc[spec]
        figures_told = [row["weights kept"], row["MACs a frame, zeros left out"], row["bytes, packed"]]
        assert figures_told == [cost.parameters, cost.macs, cost.bytes]
        if spec in sparse:
            assert figures_told == [sparse[spec][key] for key in ("parameters", "macs", "bytes")]
            assert row["MACs of dense"] == sparse[spec]["macs"] / sparse[spec]["macs_dense"]


@pytest.mark.usefixtures("small_backbone")
@pytest.mark.parametrize("query", SPARSITY, ids=lambda query: query.get("p_order", "lsa"))
def test_sparsity(make: Make, query: dict[str, str]) -> None:
    learned = query.get("p_order") == "learnable"
    if learned:
        make_orders("base", NToMPlan.parse("2:4+learnable"), SMALL, LearningRecipe(steps=2))
        make_pattern("base", PatternPlan.parse("tile@0.5"), SMALL, PatternRecipe(steps=8))
    made = make("sparsity", query)
    assert any(words_of(command)[0] == "sparsify" for command in made.commands) == learned
    check_sparsity(made, query.get("p_order", "lsa"))
    made.shown.all_told()


@pytest.mark.slow
@pytest.mark.parametrize("query", SPARSITY_OF_BASE, ids=lambda query: query["p_code"])
def test_sparsity_of_the_backbone_that_ships(make: Make, query: dict[str, str]) -> None:
    made = make("sparsity", query)
    check_sparsity(made, query.get("p_order", "lsa"))
    assert "fecct/sap@0.5" in made.having("costs")["costs"]
    assert any(words_of(command)[0] == "prune" and "--how" in command for command in made.commands)
    if query["p_code"] == "BCH(15,7)":
        made.shown.skip("kind", "effective_errors")
    made.shown.all_told()


# --- Decode

DECODE = [
    {"d_code": "BCH(15,7)", "d_ebn0": "1", "d_frame": "0", "d_b": "fecct/dedicated@0.5", "d_flip": "3", "d_layer": "2"},
    *slow(
        {"d_code": own_name(OWN), "d_rows": "20", "d_ebn0": "1", "d_frame": "5", "d_b": "fecct/2:4", "d_seed": "9"},
        {"d_code": "BCH(31,16)", "d_b": "fecct/sap@0.5/lora", "d_head": "3"},
        {"d_code": own_name(OWN), "d_form": "standard", "d_ebn0": "0", "d_view": "all nodes", "d_b": "fecct:wide"},
    ),
]


def check_decode(made: Made) -> None:
    names = made.having("decisions")
    frame, code, networks = names["frame"], names["code"], names["networks"]
    decisions = dict(zip(("A", "B", "ML"), names["decisions"], strict=True))
    words = {name: decision.bits for name, decision in decisions.items()}
    made.shown.has(figures.frame_table(frame.received, frame.codeword, words))
    table = made.shown.columns("squared distance").set_index("word")
    for name, decision in decisions.items():
        row = table.loc[name]
        assert (row["bits wrong"], row["squared distance"]) == (decision.wrong.sum(), decision.squared_distance)
        assert row["codeword"] == ("yes" if decision.is_codeword else "no")
    assert f"{frame.syndrome.sum()} of {code.rows} checks are not satisfied" in made.text
    for network, summary in zip(networks, names["summaries"], strict=True):
        made.shown.has(figures.reliability_table(summary.logits, frame.wrong))
        made.shown.has(figures.head_map_table(summary.edge_shares, network.kept))
    edges = names["TannerGraph"](code).edges
    assert len(names["attention"]) == 2
    for attention in names["attention"]:
        if "Bits at bits" in " ".join(chart.proto.alt for chart in made.opened.get("plotly_chart")):
            made.shown.has(figures.attention_matrix_table(attention, code.n))
            continue
        made.shown.has(figures.tanner_attention_table(edges, names["edge_attention"](attention, edges, code.n)))
    assert all(f"{spec} {decoder.digest}" in made.text for spec, decoder in ((n.spec, n.decoder) for n in networks))


@pytest.mark.parametrize("query", DECODE, ids=lambda query: query["d_b"])
def test_decode(make: Make, query: dict[str, str]) -> None:
    made = make("decode", query)
    check_decode(made)
    made.shown.all_told()


# --- Error rates and Runs


def measured(codes: Sequence[LinearCode], decoders: Sequence[str], ebn0: Sequence[float], rule: StoppingRule) -> Run:
    """A run, done, by a driver that keeps more blocks in flight than the recipe's."""
    store = Store()
    run = request(store, codes, decoders, ebn0, rule, seed=3)
    with ThreadPoolExecutor(1) as executor:
        return drive(store, run.id, executor, task_limit=4)


def check_points(made: Made) -> Run:
    """The points of the run; returns it as the Python lines made it."""
    run = made.having("rule", "run")["run"]
    (printed,) = made.printed("simulate")
    made.shown.has(pd.DataFrame(printed), but=WHERE)
    assert results_table(run)[RATES].equals(pd.DataFrame(printed)[RATES])
    for (_, decoder), digest in run.spec.digests.items():
        assert f"{decoder} {digest}" in made.text
    return run


def check_tradeoffs(made: Made) -> None:
    check_points(made)
    against = made.having("apart")
    for key in ("published", "bounds"):
        if len(beside := made.having("bounds")[key]):
            made.shown.has(beside)
    columns = ["decoder", "ebn0", "frames", "right", "wrong", "p_value", "ratio"]
    found = against["found"][["code", *columns]]
    made.shown.has(found, but=("code",))
    made.shown.has(against["apart"], but=("code", "time_ratio"))
    made.shown.has(
        made.having("points")["points"], but=("code", "time", "bits", "bit_errors", "fer", "fer_low", "fer_high")
    )
    compared = [row for result in made.commands.values() for row in result if "p_value" in row]
    if compared:
        rows = [
            {
                "decoder": row["second"],
                "ebn0": row["ebn0"],
                "frames": row["frames"],
                "right": row["first_only"],
                "wrong": row["second_only"],
                "p_value": row["p_value"],
                "ratio": (row["both"] + row["second_only"]) / (row["both"] + row["first_only"]),
            }
            for row in compared
        ]
        order = ["decoder", "ebn0", "frames", "right", "wrong"]
        both = (pd.DataFrame(rows)[columns], found[columns])
        pd.testing.assert_frame_equal(*(one.sort_values(order, ignore_index=True) for one in both), check_dtype=False)


PRUNED, FRESH = "fecct/sap@0.75", "fecct/sap@0.75/passes:2+fresh"
RUNS = [
    ([OWN.redundant(12)], [FRESH, "bp:5"], [1.0, 5.0], "bp:5"),
    *slow(
        ([find("Hamming(7,4)-r"), OWN.redundant(20), OWN], ["fecct", PRUNED, "ml", "fecct/2:4"], [0.0, 3.5], "ml"),
        ([find("BCH(31,16)-r")], ["fecct/sap@0.5/lora", "fecct/sap@0.5", FRESH, "osd:2"], [2.0, 4.0], "osd:2"),
    ),
]


@pytest.mark.parametrize("asked", RUNS, ids=lambda asked: asked[3])
def test_error_rates(make: Make, asked: tuple[Sequence[LinearCode], Sequence[str], Sequence[float], str]) -> None:
    """Points that end at different frames, own matrices with redundant checks, fresh checks."""
    codes, decoders, ebn0, against = asked
    run = measured(codes, decoders, ebn0, StoppingRule(60, 2048))
    assert len({point.counts.frames for point in run.points}) > 1
    made = make("tradeoffs", {"t_run": run.id, "t_against": against, "t_at": f"{ebn0[0]:g}"})
    check_tradeoffs(made)
    assert any("compare" in command for command in made.commands)
    made.shown.all_told()


@pytest.mark.slow
def test_as_they_stand_in_a_shell_and_an_interpreter(data: Path, tmp_path: Path) -> None:
    """The commands of a run, pasted into a shell, by the real runner; its Python lines in another interpreter."""
    run = measured([OWN.redundant(20)], ["fecct/sap@0.75", "bp:5"], [1.0, 5.0], StoppingRule(60, 3072))
    opened = page("tradeoffs", {"t_run": run.id, "t_against": "bp:5"})
    folds = [fold for fold in opened.expander if fold.label == "How this was made"]
    texts = [[block.value for block in fold.code if block.language == "bash"] for fold in folds]
    assert [len(one) > 0 for one in texts] == [True, True]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "SAP_WORKERS": "2"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    printed = {}
    for kind in ("bash", "python"):
        folder = tmp_path / kind
        folder.mkdir()
        (folder / f"{file_stem(OWN)}.alist").write_bytes(write_matrix(OWN, "alist"))
        blocks = [block.value for fold in folds[::-1] for block in fold.code if block.language == kind]
        start = ["bash", "-c"] if kind == "bash" else ["python", "-c"]
        printed[kind] = [
            subprocess.run(
                [*start, text],
                cwd=folder,
                env={**environment, "SAP_DATA": str(folder)},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for text in blocks
        ]
    points, *compared = map(json.loads, printed["bash"])
    shown = Shown(opened)
    shown.has(pd.DataFrame(points), but=WHERE)
    counted = shown.columns("right", "wrong")
    assert [row["first_only"] for rows in compared for row in rows] == counted["right"].tolist()
    assert [row["second_only"] for rows in compared for row in rows] == counted["wrong"].tolist()
    lines = printed["python"][0].splitlines()
    assert [line.split()[-3] for line in lines] == [str(row["fer"]) for row in points]


def test_runs(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sapcore.ui.run_table.error_rates_link", lambda run: None)  # there is no router to link through
    run = measured([find("Hamming(7,4)")], ["ml", "bp:5"], [2.0], StoppingRule(60, 2048))
    made = make("runs", {"q_run": run.id})
    check_points(made)
    made.shown.skip("points", "priority")  # the list of runs
    made.shown.all_told()


@pytest.mark.slow
def test_a_curve_against_curves_of_another_code(make: Make) -> None:
    run = measured([find("BCH(15,7)"), OWN], ["bp:5"], [2.0], StoppingRule(60, 2048))
    made = make("tradeoffs", {"t_run": run.id, "t_against": "BCH(15,7), bp:5", "t_cost": "time", "t_metric": "BER"})
    check_tradeoffs(made)
    made.shown.all_told()


@pytest.mark.slow
def test_points_that_ship_before_a_run(make: Make) -> None:
    made = make("tradeoffs", {"t_codes": "Golay(24,12)", "t_forms": "standard", "t_decoders": "bp:50"})
    check_shipped_points(made)
    check_beside(made)
    made.shown.all_told()


# --- Recovery


def recovered(data: Path, code: LinearCode, how: str) -> RecoveryRequest:
    """A recovery that has been done, in this process."""
    asked = RecoveryRequest(code.name, code.digest, how, 0.75, "base", 2, 2, 5)
    folder = data / "recoveries" / asked.id
    folder.mkdir(parents=True)
    (folder / "matrix.npy").write_bytes(write_matrix(code, "npy"))
    (folder / "request.json").write_text(json.dumps(asdict(asked)))
    assert background.main(folder) == 0
    return asked


def check_recovery(make: Make, data: Path, code: LinearCode, how: str) -> None:
    asked = recovered(data, code, how)
    name = own_name(code) if code is OWN else code.name
    settings = {"r_percent": "75", "r_rank": "2", "r_steps": "2", "r_seed": "5", "r_how": how}
    made = make("recovery", {"r_run": asked.id, "r_codes": name, "r_forms": "standard", **settings})
    (printed,), (names, asked_names) = made.printed("recover"), made.names
    losses = made.shown.columns("loss")["loss"]
    assert losses.iloc[0] == pytest.approx(printed["loss_first"], rel=1e-5)
    assert losses.mean() == pytest.approx(names["card"]["loss_last"], rel=1e-5)
    adapters = made.shown.columns("weights")
    (here,) = adapters[adapters["from"] == "made here"].to_dict("records")
    assert here["digest"] == names["card"]["digest"] == asked_names["card"]["digest"]
    assert (here["first loss"], here["last loss"]) == (printed["loss_first"], printed["loss_last"])
    assert words_of(here["command"])[:2] == words_of(next(iter(made.commands)))[:2]
    made.shown.all_told()


@pytest.mark.usefixtures("small_backbone")
@pytest.mark.parametrize("code", [OWN, *slow(find("Hamming(7,4)"))], ids=lambda code: code.name)
def test_recovery(make: Make, data: Path, code: LinearCode) -> None:
    check_recovery(make, data, code, "magnitude")


@pytest.mark.slow
def test_recovery_of_the_backbone_that_ships(make: Make, data: Path) -> None:
    check_recovery(make, data, find("Hamming(7,4)"), "sap")


@pytest.mark.slow
def test_a_point_of_the_experiment_on_pruning(make: Make) -> None:
    """The cheapest there is: one block of a network in bfloat16."""
    wanted = "fecct/random@0.5/bf16"
    made = make("recovery", {"r_codes": "BCH(15,7)", "r_at": "5"}, but=lambda command: wanted not in command)
    ((row,),) = made.printed("simulate")
    table = made.shown.columns("mask", "recovered", "ber")
    (shown,) = table[(table["mask"] == "random") & (table["ratio"] == 0.5)].to_dict("records")
    assert (shown["frames"], row["decoder"], row["ebn0"]) == (row["frames"], wanted, 5.0)
    assert row["frame_errors"] == pytest.approx(
        shown["frame_errors"], rel=0.02
    )  # bfloat16 rounds as the processor does
