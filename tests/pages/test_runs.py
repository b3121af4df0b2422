"""The page of all runs without a browser. It links to another page, so it is opened through the router."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import find
from sapcore.runs import (
    Priority,
    Run,
    cancel,
    drive,
    get_run,
    list_runs,
    log_path,
    pause,
    request,
    resume,
    set_priority,
)
from sapcore.runs.table import RunState, set_state
from sapcore.simulation import StoppingRule, Store
from sapcore.ui.run_view import _steer

pytestmark = pytest.mark.usefixtures("used_router")
ROUTER = str(Path(__file__).parents[2] / "app.py")
RULE = StoppingRule(frame_errors=200, max_frames=1024)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with nobody to work on runs, so that a test decides what has been measured."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.delenv("SAP_WORKERS", raising=False)
    monkeypatch.delenv("SAP_SCHEDULER", raising=False)
    monkeypatch.setattr("sapcore.ui.run_view.count_starts", lambda store, starts: starts)
    return Store()


def opened(run_id: str | None = None) -> AppTest:
    page = AppTest.from_file(ROUTER, default_timeout=120)
    if run_id is not None:
        page.query_params["q_run"] = run_id
    page.switch_page("pages/runs.py").run()
    assert not page.exception
    return page


def ask(store: Store, seed: int = 0, priority: Priority | None = None) -> Run:
    return request(store, [find("Hamming(7,4)")], ["ml"], [2.0, 9.0], RULE, seed, priority)


def measured(store: Store) -> Run:
    with ThreadPoolExecutor(1) as executor:
        return drive(store, ask(store).id, executor)


def press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_without_a_run_it_says_where_to_start_one(store: Store) -> None:
    page = opened()
    assert any("No run yet" in text.value for text in page.markdown)
    (link,) = page.get("page_link")
    assert link.proto.page == "tradeoffs"
    assert len(page.dataframe) == 0
    assert "runs get " in page.caption[0].value


def test_all_runs_newest_first(store: Store) -> None:
    done = measured(store)
    failed, cancelled, paused, queued = (ask(store, seed) for seed in range(1, 5))
    set_state(store, failed.id, RunState.FAILED, "Why.")
    cancel(store, cancelled.id)
    pause(store, paused.id)
    set_priority(store, queued.id, Priority.HIGH)
    page = opened()
    (frame,) = page.dataframe
    table = frame.value
    assert table["state"].tolist() == ["queued", "paused", "cancelled", "failed", "done"]
    assert table["priority"].tolist() == ["high", *["normal"] * 4]
    assert table["points"].tolist() == [*["0 of 2"] * 4, "2 of 2"]
    assert (table["frames"][4], table["frame_errors"][4]) == (done.frames, done.frame_errors)
    assert done.frame_errors > 0
    assert table["rate"].isna().all() and table["left"].isna().all()
    assert "Hamming(7,4) under ml, 2 to 9 dB, seed 4" in table["run"][0]
    assert frame.proto.alt == "5 runs, newest first, 1 of them open: state, priority, request, progress."
    assert labels(page) == []


def test_a_run_is_paused_resumed_and_cancelled(store: Store) -> None:
    run = ask(store)
    page = opened(run.id)
    assert labels(page) == ["Pause", "Cancel"]
    press(page, "Pause")
    assert get_run(store, run.id).state is RunState.PAUSED
    assert page.dataframe[0].value["state"].tolist() == ["paused"]
    assert labels(page) == ["Resume", "Cancel"]
    press(page, "Resume")
    assert get_run(store, run.id).state is RunState.QUEUED
    press(page, "Cancel")
    assert get_run(store, run.id).state is RunState.CANCELLED
    assert labels(page) == ["Resume"]


def test_a_press_counts_though_the_run_has_changed_its_state(store: Store) -> None:
    """A runner takes the run after the page has drawn the button."""
    run = ask(store)
    page = opened(run.id)
    set_state(store, run.id, RunState.RUNNING)
    press(page, "Cancel")
    assert get_run(store, run.id).state is RunState.CANCELLED
    assert labels(page) == ["Resume"]


def test_a_press_of_resume_that_comes_twice_takes_nothing_back(store: Store) -> None:
    """Pressed, then cancelled from elsewhere, then the same press once more, from a page drawn before both."""
    run = ask(store)
    paused = pause(store, run.id)
    _steer(resume, store, paused)
    assert get_run(store, run.id).state is RunState.QUEUED
    cancel(store, run.id)
    _steer(resume, store, paused)
    assert get_run(store, run.id).state is RunState.CANCELLED


def test_a_priority_is_changed_here_and_followed_from_elsewhere(store: Store) -> None:
    run = ask(store, priority=Priority.LOW)
    page = opened(run.id)
    control = page.selectbox(key=f"priority {run.id}")
    assert control.value == "low"
    control.set_value("high").run()
    assert get_run(store, run.id).priority is Priority.HIGH
    assert page.dataframe[0].value["priority"].tolist() == ["high"]
    set_priority(store, run.id, Priority.NORMAL)
    page.run()
    assert page.selectbox(key=f"priority {run.id}").value == "normal"
    assert get_run(store, run.id).priority is Priority.NORMAL


def test_the_run_in_the_address_is_shown_and_another_can_be_chosen(store: Store) -> None:
    run, other = measured(store), ask(store, seed=1)
    page = opened(run.id[:8])
    assert page.query_params["q_run"] == run.id
    assert page.subheader[0].value == "Hamming\\(7,4\\) under ml, 2 to 9 dB, seed 0"
    points = next(frame.value for frame in page.dataframe if "ebn0" in frame.value)
    assert points["frame_errors"].tolist() == [point.counts.frame_errors for point in run.points]
    assert "python -m sapcore simulate" in page.code[0].value
    (link,) = page.get("page_link")
    assert (link.proto.page, link.proto.query_string) == ("tradeoffs", f"t_run={run.id}")
    page.selectbox(key="run choice").set_value(other.id).run()
    assert not page.exception
    assert page.query_params["q_run"] == other.id
    assert page.subheader[0].value.endswith("seed 1")
    page.selectbox(key="run choice").set_value(None).run()  # as a list may that is drawn anew
    assert page.query_params["q_run"] == other.id
    assert page.subheader[0].value.endswith("seed 1")
    assert page.selectbox(key="run choice").value == other.id


def test_an_unknown_run_is_one_sentence(store: Store) -> None:
    ask(store)
    page = opened("0123456789abcdef")
    assert "There is no run “0123456789abcdef”" in page.warning[0].value
    assert len(page.subheader) == 0


def test_what_is_said_of_an_unknown_run_is_not_redrawn_with_the_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.fragment", lambda **_: lambda drawn: lambda: None)
    assert "There is no run" in opened("0123456789abcdef").warning[0].value


def test_runs_that_nobody_works_on_are_looked_at_less_often(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[str] = []
    monkeypatch.setattr("streamlit.fragment", lambda run_every: pauses.append(run_every) or (lambda drawn: drawn))
    opened()
    ask(store)
    opened()
    assert pauses == ["10s", "2s"]


def test_a_failure_is_shown_with_what_was_printed(store: Store) -> None:
    run = ask(store)
    set_state(store, run.id, RunState.FAILED, "Measuring ml on Hamming(7,4) at 2 dB failed.")
    page = opened(run.id)
    assert "Measuring ml on" in page.error[0].value
    assert "Log" not in [folded.label for folded in page.expander]
    log_path(store).write_text("a line\n**the last** line\n")
    page.run()
    (log,) = (folded for folded in page.expander if folded.label == "Log")
    assert (log.code[0].value, log.code[0].language) == ("a line\n**the last** line", "plaintext")


def test_a_bad_number_of_workers_is_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_WORKERS", "all")
    page = opened()
    assert "must be a whole number from 1 to 256, not" in page.caption[0].value
    assert list_runs(store) == []
