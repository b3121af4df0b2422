"""The recovery page without a browser; the processes are tested in tests/recovery."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.recovery.background import RecoveryRequest, RecoveryRun
from sapcore.runs import list_runs
from sapcore.simulation import Store

PAGE = str(Path(__file__).parents[2] / "pages" / "recovery.py")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, RecoveryRun]:
    """Recoveries that nobody works on: a test decides how they stand."""
    known: dict[str, RecoveryRun] = {}

    def start(request: RecoveryRequest, code: LinearCode) -> str:
        assert code.digest == request.code_digest
        known[request.id] = RecoveryRun(request, "running", None, (0.3, 0.2), 0.0)
        return request.id

    def get(run_id: str) -> RecoveryRun:
        if run_id not in known:
            raise InputError("no")
        return known[run_id]

    monkeypatch.setattr("sapcore.recovery.background.start", start)
    monkeypatch.setattr("sapcore.recovery.background.recovery_runs", lambda: list(known.values()))
    monkeypatch.setattr("sapcore.ui.recoveries.recovery_run", get)
    monkeypatch.setattr("sapcore.ui.tradeoffs_link.ensure_runner", lambda store: False)
    return known


def page(**query: object) -> AppTest:
    opened = AppTest.from_file(PAGE, default_timeout=120)
    for key, value in query.items():
        opened.query_params[key] = value
    return opened.run()


def press(opened: AppTest, label: str) -> None:
    next(button for button in opened.button if button.label == label).click().run()


def test_recover_starts_what_the_controls_say_and_shows_it(runs: dict[str, RecoveryRun]) -> None:
    opened = page(r_codes="Hamming(7,4)", r_forms="standard", r_percent="25", r_steps="50", r_rank="2", r_how="average")
    press(opened, "Recover")
    (request,) = [run.request for run in runs.values()]
    code = find("Hamming(7,4)")
    assert request == RecoveryRequest(code.name, code.digest, "average", 0.25, "base", 2, 50, 0)
    assert not opened.exception and not opened.toast
    assert opened.query_params["r_run"] in (request.id, [request.id])
    assert "2 of 50 steps" in opened.get("progress")[0].proto.text
    assert "Hamming" in opened.subheader[0].value
    assert "--how average --rank 2 --steps 50" in opened.code[0].value


def test_measuring_asks_for_an_adapter_first(runs: dict[str, RecoveryRun]) -> None:
    opened = page(r_codes="Hamming(7,4)", r_forms="standard")
    press(opened, "Measure before and after")
    assert not opened.exception
    assert "There is no adapter of Hamming" in opened.error[0].value
    with Store() as store:
        assert not list_runs(store)


def test_an_unknown_recovery_and_an_unknown_code_are_one_sentence(runs: dict[str, RecoveryRun]) -> None:
    opened = page(r_run="abc", r_codes="Nothing(9,9)")
    assert not opened.exception
    assert "There is no recovery" in opened.warning[0].value
    assert "There is no code named" in opened.error[0].value
    assert next(button for button in opened.button if button.label == "Recover").disabled


def test_what_ships_of_a_code_is_drawn_before_and_after(runs: dict[str, RecoveryRun]) -> None:
    opened = page(r_codes="BCH(15,7)", r_forms="redundant", r_at="5")
    assert not opened.exception
    assert any("measured before and after" in heading.value for heading in opened.subheader)
    (chart,) = opened.get("plotly_chart")
    assert "pruned decoders before and after recovery; dense" in chart.proto.alt
    assert not any("measured before" in heading.value for heading in page(r_codes="BCH(63,45)").subheader)


def test_without_the_weights_of_the_backbone_the_page_is_still_drawn(
    runs: dict[str, RecoveryRun], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sapcore.ui.recoveries.SHIPPED", tmp_path)
    opened = page()
    assert not opened.exception
    table = next(frame.value for frame in opened.dataframe if "of dense" in frame.value)
    assert len(table) and table["of dense"].isna().all() and (table["bytes"] > 0).all()
