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
from sapcore.ui.own_matrices import OUTCOME

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


def plainly(text: str) -> str:
    return text.replace("\\", "")


def said(page: AppTest) -> str:
    return plainly(page.success[0].value)


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
    press(press(shown, "Remove mine"), "Remove mine for good")
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
    shown = press(press(opened("spectra"), "Remove mine"), "Remove mine for good")
    assert "stays in the store, for what was measured of it" in said(shown)
    assert own_codes(store) == []
    assert run.codes == (MINE,)


def test_a_removal_can_be_thought_over(store: Store) -> None:
    add_own_code(store, MINE)
    shown = press(press(opened("spectra"), "Remove mine"), "Keep mine")
    assert "Remove mine for good" not in [button.label for button in shown.button]
    assert len(own_codes(store)) == 1


def test_one_that_another_tab_removed_is_a_sentence(store: Store) -> None:
    add_own_code(store, MINE)
    shown = press(opened("spectra"), "Remove mine")
    remove_own_code(store, "mine", MINE.digest)
    press(shown, "Remove mine for good")
    assert not shown.exception
    assert "There is no own matrix 'mine'" in plainly(shown.error[0].value)


def test_what_was_done_is_said_on_its_page_alone_and_while_it_holds(store: Store) -> None:
    shown = opened("spectra")
    shown.file_uploader(key="upload").set_value(("mine.txt", ROWS, "text/plain")).run()
    assert "mine is chosen" in said(shown)
    shown.selectbox(key="s_code").set_value("Hamming(7,4)").run()
    assert not shown.success
    shown.selectbox(key="s_code").set_value(NAME).run()
    assert not shown.success
    for contents in (ROWS, b"12"):
        shown.file_uploader(key="upload").set_value(("mine.txt", contents, "text/plain")).run()
        assert bool(shown.success) != bool(shown.error)
        elsewhere = AppTest.from_file(str(PAGES / "tradeoffs.py"), default_timeout=120)
        elsewhere.session_state["t_codes"] = [NAME]
        elsewhere.session_state[OUTCOME] = shown.session_state[OUTCOME]
        elsewhere.run()
        assert not elsewhere.exception and not elsewhere.success and not elsewhere.error
        assert OUTCOME not in elsewhere.session_state


def test_a_removed_matrix_is_chosen_on_no_page(store: Store) -> None:
    add_own_code(store, MINE)
    shown = opened("spectra")
    shown.selectbox(key="s_beside").set_value(NAME)
    chosen = {"d_code": NAME, "t_codes": [NAME], "m_codes": [NAME, "Hamming(7,4)"], "p_code": "Hamming(7,4)"}
    for key, value in chosen.items():
        shown.session_state[key] = value
    press(press(shown.run(), "Remove mine"), "Remove mine for good")
    assert not shown.exception and not shown.error
    assert shown.selectbox(key="s_beside").value == "none"
    assert "d_code" not in shown.session_state and "t_codes" not in shown.session_state
    assert shown.session_state["m_codes"] == ["Hamming(7,4)"]
    assert shown.session_state["p_code"] == "Hamming(7,4)"


@pytest.mark.parametrize(("page", "key"), [("spectra", "s_code"), ("spectra", "s_beside"), ("tradeoffs", "t_codes")])
def test_an_address_with_a_removed_matrix_is_a_sentence(page: str, key: str) -> None:
    shown = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
    shown.query_params[key] = NAME
    shown.run()
    assert not shown.exception
    assert plainly(shown.error[0].value) == "There is no own matrix 'mine' here (any more); choose another."


def test_buttons_say_what_they_remove(store: Store) -> None:
    for name in ("mine", "H_1"):
        add_own_code(store, LinearCode(name, "matrix file", MINE.parity_check))
    labels = [plainly(button.label) for button in opened("spectra").button]
    assert {"Remove mine", "Remove H_1"} < set(labels)
