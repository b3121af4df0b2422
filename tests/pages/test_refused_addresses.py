"""Values in an address that Streamlit itself does not take well: infinite numbers, and none of a choice."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGE = str(Path(__file__).parents[2] / "pages" / "recovery.py")


@pytest.mark.parametrize("text", ["-inf", "9" * 5000])
def test_an_infinite_number_is_one_sentence(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["r_rank"] = text
    page.run()
    assert not page.exception
    (toast,) = page.toast
    assert "in the address (r_rank) is not a whole number from 1 to 64; the default is shown." in toast.value
    assert page.number_input(key="r_rank").value == 4
    page.number_input(key="r_rank").set_value(3).run()
    assert not page.exception and not page.toast
    assert page.number_input(key="r_rank").value == 3
    page.run()
    assert page.number_input(key="r_rank").value == 3
    page.query_params["r_rank"] = text  # back to where it came from
    page.run()
    assert not page.exception
    assert "r_rank" not in page.query_params


@pytest.mark.parametrize(("page", "key"), [("tradeoffs", "t_ebn0"), ("tradeoffs", "t_view"), ("decode", "d_ebn0")])
@pytest.mark.parametrize("texts", [["inf"], ["9" * 5000], ["9" * 5000, "4"], ["2", "-inf"]])
def test_an_infinite_number_of_decibels_is_one_sentence(
    page: str, key: str, texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    opened = AppTest.from_file(str(Path(PAGE).with_name(f"{page}.py")), default_timeout=120)
    opened.query_params[key] = texts
    opened.run()
    assert not opened.exception
    assert [f"in the address ({key}) is not" in toast.value for toast in opened.toast] == [True]
    opened.run()
    assert not opened.exception and not opened.toast


@pytest.mark.parametrize(("page", "key", "first"), [("tradeoffs", "t_step", "1"), ("overview", "o_metric", "FER")])
def test_an_empty_choice_is_one_sentence(
    page: str, key: str, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    opened = AppTest.from_file(str(Path(PAGE).with_name(f"{page}.py")), default_timeout=120)
    opened.query_params[key] = ""
    opened.run()
    assert not opened.exception
    assert [f"in the address ({key}) is not one of" in toast.value for toast in opened.toast] == [True]
    assert opened.segmented_control(key=key).value == first
    opened.run()
    assert not opened.exception and not opened.toast
