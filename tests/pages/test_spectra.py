"""The spectra page without a browser: every control changes the view and nothing raises."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import find
from sapcore.spectra import signature_distance, spectrum
from sapcore.ui.text import plain

PAGE = str(Path(__file__).parents[2] / "pages" / "spectra.py")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return AppTest.from_file(PAGE, default_timeout=120).run()


def key_figures(page: AppTest) -> dict[str, str]:
    assert not page.exception
    return {metric.label: metric.value for metric in page.metric}


def test_opens_on_a_code_with_its_known_figures(page: AppTest) -> None:
    assert key_figures(page) == {
        "n": "31", "k": "16", "Rows": "15", "Rank": "15", "Ones": "120", "Girth": "4", "d min": "7",
        "Signature": "6.250, 3.387",
    }  # fmt: skip
    assert len(page.get("plotly_chart")) == 6


def test_error_rates_that_ship_are_shown_where_there_are_any(page: AppTest) -> None:
    assert "Error rate" in [heading.value for heading in page.subheader]
    page.selectbox(key="s_code").set_value("RM(128,64)").run()
    assert not page.exception
    assert "Error rate" not in [heading.value for heading in page.subheader]
    assert len(page.get("plotly_chart")) == 5


def test_redundant_form_and_its_number_of_checks(page: AppTest) -> None:
    page.segmented_control(key="s_form").set_value("redundant").run()
    assert key_figures(page)["Rows"] == "62"
    page.number_input(key="s_rows").set_value(93).run()
    assert key_figures(page)["Rows"] == "93"
    page.number_input(key="s_rows").set_value(3).run()
    assert "can have 15 to" in page.error[0].value


def test_a_state_that_has_become_impossible_falls_back(page: AppTest) -> None:
    page.number_input(key="s_vector").set_value(15).run()
    page.selectbox(key="s_node").set_value("v31").run()
    page.selectbox(key="s_code").set_value("Hamming(7,4)").run()
    assert key_figures(page)["n"] == "7"
    assert page.number_input(key="s_vector").value == 2
    assert page.selectbox(key="s_node").value == "none"


@pytest.mark.parametrize("layout", ["spectral plane", "shells"])
def test_every_layout_and_order_draws(page: AppTest, layout: str) -> None:
    page.segmented_control(key="s_layout").set_value(layout)
    page.segmented_control(key="s_order").set_value("by eigenvector")
    page.segmented_control(key="s_range").set_value("nearest 12")
    page.selectbox(key="s_node").set_value("c3").run()
    assert key_figures(page)["n"] == "31"
    assert len(page.get("plotly_chart")) == 6


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("s_rows", "99999999", "“99999999” in the address (s_rows) is not a whole number from 1 to 4096"),
        ("s_vector", "2.5", "“2\\.5” in the address (s_vector) is not a whole number from 1 to 15"),
        ("s_vector", "", "“” in the address (s_vector) is not a whole number from 1 to 15"),
        ("s_node", "v99", "“v99” in the address (s_node) is not one of none, v1 to v31, c1 to c15"),
        ("s_layout", "cube", "“cube” in the address (s_layout) is not one of bipartite, spectral plane, shells"),
        ("s_checks", "9", "is no control of this page and left out"),
    ],
)
def test_what_the_address_cannot_mean_is_one_sentence(
    name: str, values: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params[name] = values
    page.run()
    assert key_figures(page)["n"] == "31"
    (toast,) = page.toast
    assert sentence in toast.value
    page.run()
    assert not page.toast


def test_an_unknown_code_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["s_code"] = "BHC(31,16)"
    page.run()
    assert not page.exception
    assert "the nearest are BCH\\(31,16\\)" in page.error[0].value


def beside(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["s_beside"] = name
    page.run()
    assert not page.exception and not page.toast
    return page


def test_another_spectrum_is_drawn_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = beside("BCH(31,16)-r", tmp_path, monkeypatch)
    assert not page.error
    code, other = find("BCH(31,16)"), find("BCH(31,16)-r")
    table = next(frame.value for frame in page.dataframe if "of BCH(31,16)-r" in frame.value)
    assert table["singular value"].dropna().tolist() == spectrum(code).singular_values.tolist()
    assert table["of BCH(31,16)-r"].dropna().tolist() == spectrum(other).singular_values.tolist()
    said = plain(f"Spectral distance {signature_distance(code, other):.3f}.")
    assert any(said in text.value for text in page.markdown)
    assert "BCH(31,16)-r" in page.code[1].value


def test_a_name_beside_that_is_no_code_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = beside("BHC(31,16)", tmp_path, monkeypatch)
    assert "the nearest are" in page.error[0].value
    assert len(page.get("plotly_chart")) == 6
