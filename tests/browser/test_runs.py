"""Runs from the pages: seen and steered from another tab, kept over a reload, finished after a kill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sapcore.runs import Run, cancel, drive, get_run, list_runs, request, runner_pid
from sapcore.simulation import StoppingRule, Store
from tests.browser.app import ROOT
from tests.browser.steps import open_page

WAIT_SECONDS = 240
LONG = "t_codes=BCH(31,16)&t_decoders=bp:50&t_ebn0=6&t_ebn0=7&t_errors=100000&t_frames=900000000"
FROM_THE_COMMAND_LINE = (
    "--code BCH(31,16) --decoder bp:50 --ebn0 2 --frame-errors 900000000 --max-frames 900000000 --seed 77"
)
NEWEST_ROW = {"x": 15, "y": 52}  # its tick box, in pixels from the corner of the table
SHORT = "t_codes=BCH(31,16)&t_decoders=bp:50&t_ebn0=4&t_ebn0=5&t_errors=100000&t_frames=60000&t_seed=5"


@pytest.fixture
def store(data_folder: Path) -> Iterator[Store]:
    with Store(data_folder / "results.sqlite") as opened:
        yield opened
        for run in list_runs(opened):
            cancel(opened, run.id)


def start(tab: Page, address: str) -> str:
    """Open an address, press Start, and give the id of the run, which is then in the address."""
    open_page(tab, address)
    tab.get_by_role("button", name="Start").click()
    expect(tab).to_have_url(re.compile("t_run=[0-9a-f]{16}"))
    return re.search("t_run=([0-9a-f]{16})", tab.url)[1]


def wait_for(store: Store, run_id: str, reached: Callable[[Run], bool]) -> Run:
    deadline = time.monotonic() + WAIT_SECONDS
    while not reached(run := get_run(store, run_id)):
        assert time.monotonic() < deadline, f"{run.state}: {run.message}, {run.frames} frames"
        time.sleep(0.1)
    return run


def test_seen_and_stopped_from_another_tab_then_resumed(tab: Page, server: str, store: Store) -> None:
    run_id = start(tab, f"{server}/tradeoffs?{LONG}&t_seed=1")
    wait_for(store, run_id, lambda run: run.frames > 0)

    other = tab.context.new_page()
    open_page(other, f"{server}/tradeoffs")
    row = other.locator(f".st-key-run-{run_id}")
    expect(row).to_contain_text("running")
    row.get_by_role("button", name="Stop").click()

    stopped = wait_for(store, run_id, lambda run: run.state == "cancelled")
    expect(tab.get_by_text(re.compile(f"{run_id} cancelled")).first).to_be_visible()
    expect(tab.get_by_role("button", name="Resume").first).to_be_visible()

    row.get_by_role("button", name="Show").click()
    expect(other).to_have_url(re.compile(f"t_run={run_id}"))
    other.get_by_role("button", name="Resume").first.click()
    wait_for(store, run_id, lambda run: run.frames > stopped.frames)
    other.get_by_role("button", name="Stop").first.click()
    wait_for(store, run_id, lambda run: run.state == "cancelled")


def test_reload_in_the_middle_loses_nothing(tab: Page, server: str, store: Store) -> None:
    run_id = start(tab, f"{server}/tradeoffs?{LONG}&t_seed=2")
    before = wait_for(store, run_id, lambda run: run.frames > 0)
    tab.reload()
    expect(tab.get_by_text(re.compile(f"{run_id} running")).first).to_be_visible()
    expect(tab.get_by_role("spinbutton", name="Seed")).to_have_value("2")
    after = wait_for(store, run_id, lambda run: run.frames > before.frames)
    assert all(
        later.counts.frames >= point.counts.frames for point, later in zip(before.points, after.points, strict=True)
    )
    tab.get_by_role("button", name="Stop").first.click()
    wait_for(store, run_id, lambda run: run.state == "cancelled")


def test_killed_in_the_middle_it_finishes_with_the_same_counts(
    tab: Page, server: str, store: Store, tmp_path: Path
) -> None:
    run_id = start(tab, f"{server}/tradeoffs?{SHORT}")
    run = wait_for(store, run_id, lambda run: run.frames > 0)
    assert run.state == "running"
    os.kill(runner_pid(store.path), signal.SIGKILL)
    # The open page notices and starts another runner, which goes on at the first missing block.
    done = wait_for(store, run_id, lambda run: run.state == "done")
    expect(tab.get_by_text(re.compile(f"{run_id} done")).first).to_be_visible()

    assert_undisturbed(store, done, tmp_path)


def assert_undisturbed(store: Store, done: Run, folder: Path) -> None:
    """A run has the counts of one that nobody disturbed."""
    with Store(folder / "undisturbed.sqlite") as other, ThreadPoolExecutor(1) as executor:
        spec = done.spec
        codes = [store.code(digest) for digest in spec.codes]
        asked = request(other, codes, spec.decoders, spec.ebn0, spec.rule, spec.seed)
        undisturbed = drive(other, asked.id, executor)
    assert [point.counts for point in done.points] == [point.counts for point in undisturbed.points]
    assert all(point.done for point in done.points)


def test_a_run_of_the_command_line_is_steered_on_the_runs_page(
    tab: Page, server: str, store: Store, data_folder: Path, tmp_path: Path
) -> None:
    """An endless run, so that no machine is done before it is paused; then its first blocks as a run that ends."""
    command = [sys.executable, "-m", "sapcore", "simulate", *FROM_THE_COMMAND_LINE.split()]
    environment, outputs = {**os.environ, "SAP_DATA": str(data_folder)}, {"stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **outputs) as process:
        try:
            run = wait_for_run(store, seed=77)
            open_page(tab, f"{server}/runs")
            tab.get_by_test_id("stDataFrame").first.click(position=NEWEST_ROW)
            expect(tab).to_have_url(re.compile(f"q_run={run.id}"))
            wait_for(store, run.id, lambda run: run.frames > 0)
            expect(tab.get_by_text(re.compile(f"{run.id} running")).first).to_be_visible()
            tab.get_by_test_id("stDataFrame").first.click(position=NEWEST_ROW)  # no longer selected there: shown still
            expect(tab.get_by_text(re.compile("workers? on this machine, one thread each"))).to_be_visible()
            tab.get_by_role("button", name="Pause").click()
            expect(tab).to_have_url(re.compile(f"q_run={run.id}"))
            paused = wait_for(store, run.id, lambda run: run.state == "paused")
            _, message = process.communicate(timeout=WAIT_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 130
    assert f"Run {run.id} was paused" in message
    expect(tab.get_by_text(re.compile(f"{run.id} paused")).first).to_be_visible()

    tab.get_by_role("button", name="Resume").click()
    wait_for(store, run.id, lambda run: run.frames > paused.frames)
    expect(tab.get_by_text(re.compile(f"{run.id} running")).first).to_be_visible()  # what is cancelled is what is seen
    tab.get_by_role("button", name="Cancel").click()
    wait_for(store, run.id, lambda run: run.state == "cancelled")
    expect(tab.get_by_text(re.compile(f"{run.id} cancelled")).first).to_be_visible()

    rule = StoppingRule(10**9, 60 * 1024)
    finite = request(store, run.codes, run.spec.decoders, run.spec.ebn0, rule, run.spec.seed)
    open_page(tab, f"{server}/runs?q_run={finite.id}")
    done = wait_for(store, finite.id, lambda run: run.state == "done")
    expect(tab.get_by_text(re.compile(f"{finite.id} done")).first).to_be_visible()
    assert_undisturbed(store, done, tmp_path)
    tab.get_by_role("link", name="Open in Error rates").click()
    expect(tab).to_have_url(re.compile(f"/tradeoffs.*t_run={finite.id}"))
    expect(tab.locator(".js-plotly-plot").first).to_be_visible()


def wait_for_run(store: Store, seed: int) -> Run:
    """The run with this seed, once it is there."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := [run for run in list_runs(store) if run.spec.seed == seed]):
        assert time.monotonic() < deadline, "the command line asked for no run"
        time.sleep(0.1)
    return found[0]
