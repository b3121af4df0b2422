"""Addresses that are wrong on purpose: a sentence each, nothing raised, nothing of their markup on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.errors import InputError
from sapcore.inspection import parse_bits
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.recovery.background import recovery_run
from sapcore.runs import get_run
from sapcore.simulation import Store
from sapcore.ui.codes import resolve
from sapcore.variants import DecoderSpec
from tests.hostile.values import NEARLY, NEVER, PERHAPS, address

pytestmark = pytest.mark.usefixtures("used_router")
ROUTER = str(Path(__file__).parents[2] / "app.py")
PREFIXES = {
    "overview": "o_", "spectra": "s_", "masks": "m_", "sparsity": "p_", "tradeoffs": "t_", "decode": "d_",
    "runs": "q_", "recovery": "r_",
}  # fmt: skip
BESIDE_THE_CONTROLS = {
    "overview": ["o_ratio", "o_step"],
    "masks": ["m_ratio"],
    "tradeoffs": ["t_run"],
    "runs": ["q_run"],
    "recovery": ["r_run"],
}
FEW, MANY = 4, 63  # addresses a page; 8 * 63 = 504
LONGEST_SENTENCE = 1200  # that of an unknown decoder, which lists how every one is written
RENDERED = re.compile(r"(?<!\\)(<img|<script|!\[x\]|\[y\]\(|:red\[|\$\\frac)")
CONTROLS = "selectbox", "segmented_control", "number_input", "slider", "select_slider", "multiselect", "text_input"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)  # 0.3 s a run


def opened(page: str, query: dict[str, list[str]]) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=600)
    for name, values in query.items():
        app.query_params[name] = values
    return app.switch_page(f"pages/{page}.py").run()


def keys(page: str) -> list[str]:
    """The names that a page takes from an address."""
    app = opened(page, {})
    drawn = (str(element.key) for kind in CONTROLS for element in getattr(app, kind))
    controls = sorted(key for key in drawn if key.startswith(PREFIXES[page]))
    found = list(dict.fromkeys([*controls, *BESIDE_THE_CONTROLS.get(page, [])]))
    assert len(found) >= 5 or page == "runs"
    return found


def check(app: AppTest, query: dict[str, list[str]], wrong: bool) -> None:
    assert not app.exception, (query, app.exception[0].message)
    said = [element.value for kind in (app.toast, app.error, app.warning) for element in kind]
    assert said or not wrong, query
    for sentence in said:
        assert sentence.rstrip().endswith(".") and "\n" not in sentence and len(sentence) < 2 * LONGEST_SENTENCE, query
    shown = [
        *said,
        *(element.value for kind in ("markdown", "caption", "info", "subheader") for element in app.get(kind)),
    ]
    assert not [text for text in shown if RENDERED.search(text)], query


@pytest.mark.parametrize("page", PREFIXES)
def test_some_addresses_of_every_page(page: str) -> None:
    names = keys(page)
    for number in range(FEW):
        query, wrong = address(number, names)
        check(opened(page, query), query, wrong)


@pytest.mark.slow
@pytest.mark.parametrize("page", PREFIXES)
def test_many_addresses_of_every_page(page: str) -> None:
    names = keys(page)
    for number in range(FEW, FEW + MANY):
        query, wrong = address(number, names)
        check(opened(page, query), query, wrong)


JUDGES: dict[str, Callable[[str, Store], object]] = {
    "code": lambda text, store: resolve(text, store),
    "spec": lambda text, store: DecoderSpec.parse(text),
    "ratio": lambda text, store: PatternPlan.parse(f"tile@{text}"),
    "n:m": lambda text, store: NToM.parse(text),
    "bits": lambda text, store: parse_bits(text, 31),
    "run": lambda text, store: get_run(store, text),
    "recovery": lambda text, store: recovery_run(text),
}


@pytest.mark.parametrize("kind", JUDGES)
def test_typed_text_is_taken_or_refused_in_a_sentence(kind: str) -> None:
    """All that controls with free text hand on, each to what judges it."""
    refused = 0
    with Store() as store:
        for text in (*NEVER, *PERHAPS, *(text for texts in NEARLY.values() for text in texts)):
            try:
                JUDGES[kind](text, store)
            except InputError as error:
                refused += 1
                sentence = str(error)
                assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < LONGEST_SENTENCE, text[:80]
    assert refused >= len(NEVER)
