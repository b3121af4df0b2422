"""An own matrix on every page that takes a code: chosen, offered in another session, removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode
from sapcore.runs import request
from sapcore.runs.own_codes import add_own_code, own_codes, remove_own_code
from sapcore.simulation import StoppingRule, Store
from sapcore.ui.codes import own_name

PAGES = Path(__file__).parents[2] / "pages"
ROWS = b"1 1 1 0 1 0 0\n1 1 0 1 0 1 0\n1 0 1 1 0 0 1\n"
MINE = LinearCode("mine", "matrix file", [[int(bit) for bit in row.split()] for row in ROWS.decode().splitlines()])
NAME = own_name(MINE)
ONE = {"overview": "o_", "spectra": "s_", "sparsity": "p_", "decode": "d_"}
SEVERAL = {"masks": "m_", "tradeoffs": "t_", "recovery": "r_"}
QUICK = "spectra", "tradeoffs"  # one of each


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return Store()


def opened(page: str) -> AppTest:
    return AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120).run()


def said(page: AppTest) -> str:
    return page.success[0].value.replace("\\", "")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


@pytest.mark.parametrize(
    ("page", "prefix"),
    [
        pytest.param(page, prefix, marks=() if page in QUICK else pytest.mark.slow)
        for page, prefix in {**ONE, **SEVERAL}.items()
    ],
)
def test_each_page_takes_a_matrix_and_gives_it_back(page: str, prefix: str, store: Store) -> None:
    shown = opened(page)
    several = page in SEVERAL
    picker = shown.multiselect(key=f"{prefix}codes") if several else shown.selectbox(key=f"{prefix}code")
    first = picker.value
    assert NAME not in picker.options
    shown.file_uploader(key="upload").set_value(("mine.txt", ROWS, "text/plain")).run()
    assert not shown.exception and not shown.error
    assert "mine is chosen: (7,4), 3 checks, rank 3." in said(shown)
    assert (shown.multiselect(key=f"{prefix}codes") if several else shown.selectbox(key=f"{prefix}code")).value == (
        [NAME] if several else NAME
    )
    labels = [button.label for button in shown.button]
    assert ("Measure it" in labels) == (page != "tradeoffs")
    assert ("Decode it" in labels) == (page != "decode")
    assert [own.name for own in own_codes(store)] == ["mine"]
    press(press(shown, "Remove"), "Remove for good")
    assert not shown.exception and not shown.error
    assert said(shown) == "mine is removed."
    picker = shown.multiselect(key=f"{prefix}codes") if several else shown.selectbox(key=f"{prefix}code")
    assert picker.value == first
    assert NAME not in picker.options
    assert own_codes(store) == []


def test_what_one_session_brought_another_finds(store: Store) -> None:
    add_own_code(store, MINE)
    shown = opened("spectra")
    assert shown.selectbox(key="s_code").options[0] == NAME
    assert shown.selectbox(key="s_beside").options[1] == NAME


def test_a_matrix_that_was_measured_is_kept_for_its_run(store: Store) -> None:
    add_own_code(store, MINE)
    run = request(store, [MINE], ["uncoded"], [3.0], StoppingRule(frame_errors=1, max_frames=1024))
    shown = press(press(opened("spectra"), "Remove"), "Remove for good")
    assert "stays in the store, for what was measured of it" in said(shown)
    assert own_codes(store) == []
    assert run.codes == (MINE,)


def test_a_removal_can_be_thought_over(store: Store) -> None:
    add_own_code(store, MINE)
    shown = press(press(opened("spectra"), "Remove"), "Keep")
    assert "Remove for good" not in [button.label for button in shown.button]
    assert len(own_codes(store)) == 1


def test_one_that_another_tab_removed_is_a_sentence(store: Store) -> None:
    add_own_code(store, MINE)
    shown = press(opened("spectra"), "Remove")
    remove_own_code(store, "mine", MINE.digest)
    press(shown, "Remove for good")
    assert not shown.exception
    assert "There is no own matrix 'mine'" in shown.error[0].value.replace("\\", "")
