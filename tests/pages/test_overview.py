"""The overview without a browser."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import find
from sapcore.complexity import complexity
from sapcore.decoders.backbones import backbone_config
from sapcore.experiments.gap import gap
from sapcore.experiments.sap_plan import pruned
from sapcore.experiments.sap_results import FILE, borrowers
from sapcore.experiments.shipped import shipped_points
from sapcore.pruning.masks import mask_source
from sapcore.ui.overview import Story
from sapcore.ui.tour import STEPS

PAGE = str(Path(__file__).parents[2] / "pages" / "overview.py")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))


def page(**query: object) -> AppTest:
    opened = AppTest.from_file(PAGE, default_timeout=120)
    for key, value in query.items():
        opened.query_params[key] = value
    return opened.run()


def text(opened: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", "\n".join(part.value for part in opened.markdown))


@pytest.mark.parametrize(("name", "ratio"), [("Golay(24,12)-r", 0.5), ("BCH(63,45)-r", 0.3), ("BCH(31,16)", 0.0)])
def test_the_sentences_state_the_figures(name: str, ratio: float) -> None:
    code, source = find(name), mask_source()
    form = "standard" if code.standard is None else "redundant"
    opened = page(o_code=(code.standard or code).name, o_form=form, o_ratio=f"{ratio:g}")
    assert not opened.exception
    said, mask, match = text(opened), source.mask("sap", code, ratio), source.library.retrieve(code)
    assert f"{code.rows} checks on {code.n} bits, {code.ones} edges; k = {code.k};" in said
    own = match.nearest.code_digest == code.digest
    assert ("keeps its own mask" if own else f"{match.nearest.code} lies nearest") in said
    assert f"keeps {mask.heads.sum()} of 48 heads and {mask.channels.sum():,} of 3,072 channels" in said
    dense = backbone_config(source.backbone)
    macs = complexity(mask.pruned(dense), code).macs / 1e6, complexity(dense, code).macs / 1e6
    assert f"{macs[0]:.1f} of {macs[1]:.1f} million multiply-accumulates" in said
    names = {"fecct": "dense", "fecct/bf16": "dense, bf16", "bp:50": "bp:50"}
    ebn0 = re.search(r"-ln\(BER\) at ([\d.]+) dB", said)[1]
    for point in shipped_points(code).query(f"ebn0 == {ebn0}").itertuples():
        if point.decoder in names and point.ber > 0:
            assert f"{names[point.decoder]} {-math.log(point.ber):.2f} (" in said
    assert ("SAP at" in said) == (ratio > 0)
    assert ("An adapter of rank" in said) == (ratio > 0)


def test_a_code_without_a_measured_rate_says_so() -> None:
    assert "No error rate of this matrix ships" in text(page(o_code="RM(128,64)"))


def test_the_tour_sets_the_controls_step_by_step() -> None:
    opened = page()
    opened.button[0].click().run()
    for number, step in enumerate(STEPS, 1):
        assert not opened.exception
        assert f"{number} of {len(STEPS)}: {step.title}." in text(opened)
        assert opened.query_params["o_ratio"] == f"{step.ratio:g}"
        for key, value in step.controls.items():
            assert opened.session_state[key] == value
        told = opened.markdown[1].value
        assert re.search(r"\d", told) and told in [part.value for part in opened.markdown[2:]]  # figures of the page
        buttons = {button.label: button for button in opened.button}
        assert buttons["Back"].disabled == (number == 1)
        forward = opened.button(key="tour forward")
        assert forward.label == ("Next" if number < len(STEPS) else "End the tour")
        forward.click().run()
    assert "o_step" not in opened.query_params
    assert opened.button(key="tour forward").label == "Guided tour"
    assert opened.session_state["o_code"] == "BCH(63,45)"


def test_a_step_in_the_address_sets_the_controls_that_the_address_does_not_name() -> None:
    opened = page(o_step="8")
    assert opened.session_state["o_code"] == "BCH(63,45)"
    assert "BCH(31,21)-r lies nearest" in text(opened)
    opened = page(o_step="8", o_code="LDPC(49,24)", o_ratio="0.25")
    assert not opened.exception
    assert opened.session_state["o_code"] == "LDPC(49,24)"
    assert "At ratio 0.25 it keeps" in text(opened)


def test_a_link_copied_within_the_tour_opens_controls_that_were_put_back_to_their_defaults() -> None:
    opened = page(o_step="1", o_ratio="0", o_vector="1")
    assert opened.session_state["o_form"] == "redundant" != STEPS[0].form
    opened = page(o_step="8", o_ratio="0.5")
    assert opened.session_state["o_code"] == "Golay(24,12)" != STEPS[7].code


@pytest.mark.parametrize("step", ["0", "9", "two", "1.5"])
def test_a_step_that_is_none_is_named(step: str) -> None:
    opened = page(o_step=step)
    assert not opened.exception
    assert "is not a whole number from 1 to 8" in opened.toast[0].value


def test_what_cannot_be_shown_is_answered_in_a_sentence() -> None:
    assert "the nearest are" in page(o_code="BHC(31,16)").error[0].value
    assert "o_ratio" in page(o_ratio="0.95").toast[0].value
    assert "is no control of this page and left out" in page(o_zzz="1").toast[0].value


def test_what_the_experiment_found_is_said_from_its_table() -> None:
    story = Story.of(find("BCH(15,7)-r"), 0.5, mask_source())
    rows = pd.read_csv(FILE)
    rows = rows[rows["part"] == "main"]
    one = gap(rows, pruned("sap", 0.5, True), pruned("average", 0.5, True), 5.0, borrowers(rows))
    assert f"{one} against the average mask" in story.found()
    assert f"Over the {one.codes} codes that borrow" in story.found()
