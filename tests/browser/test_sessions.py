"""Several people at once: no error, and nobody's view is changed by another."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from sapcore.runs import cancel
from sapcore.simulation import Store
from tests.browser.app import App, running_app
from tests.browser.conftest import DESK
from tests.browser.moves import move
from tests.browser.steps import PATIENCE, open_page, settle
from tests.browser.test_runs import wait_for

RUN = "tradeoffs?t_codes=BCH(31,16)&t_decoders=bp:50&t_ebn0=6&t_ebn0=7&t_errors=100000&t_frames=900000000&t_seed="
RUNNING = [RUN + "11", RUN.replace("BCH(31,16)", "Golay(24,12)") + "12"]
OTHERS = [
    "spectra?s_code=BCH(15,7)",
    "overview?o_code=BCH(31,21)",
    "masks?m_codes=Golay(24,12)&m_codes=BCH(31,16)",
    "decode?d_code=Golay(24,12)",
    "sparsity?p_code=BCH(15,7)",
    "overview?o_code=RM(32,16)",
    "masks?m_codes=BCH(63,45)&m_codes=RM(32,16)",
    "recovery?r_codes=BCH(15,7)",
]
MOST_GROWTH = 200 * 2**20  # bytes
A_MOMENT = 300  # milliseconds
PROBE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")  # Streamlit asks below the page first, where nothing is
CONTROLS = """() => [
    location.href,
    ...[...document.querySelectorAll('[data-testid="stMain"] input:not([type="file"])')].map((one) => one.value),
    ...[...document.querySelectorAll('[data-testid="stMain"] [aria-checked]')].map((one) => one.ariaChecked),
    ...[...document.querySelectorAll('[data-testid="stMain"] [role="slider"]')].map((one) => one.ariaValueNow),
]"""
SHOWN = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const lines = main.innerText.split("\\n").filter((line) => !/worker|Show|Hide|Stop|Resume/.test(line));
    const figures = [...main.querySelectorAll(".js-plotly-plot")];
    return [lines, figures.map((figure) => JSON.stringify([figure.data, figure.layout.meta]))];
}"""


def test_three_at_once(app: App, browser: Browser, tmp_path: Path) -> None:
    sessions = Sessions(app, browser, [RUNNING[0], *OTHERS[:2]], runs=1)
    for _ in range(2):
        sessions.move_all()
    sessions.end(app)


@pytest.mark.slow
def test_ten_at_once_for_three_minutes(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The views are compared with those of a server that nobody has used. Runs keep every core busy."""
    monkeypatch.delenv("SAP_WORKERS")
    with running_app(tmp_path) as app:
        sessions = Sessions(app, browser, [*RUNNING, *OTHERS], runs=2)
        sessions.move_all()
        before, end, moves = app.memory, time.monotonic() + 180, 0
        while time.monotonic() < end:
            moves += sessions.move_all()
        grown = app.memory - before
        print(f"{moves} moves, memory {before / 2**20:.0f} MB and {grown / 2**20:+.0f} MB")
        with running_app(tmp_path) as fresh:
            sessions.end(fresh)
    assert moves >= 50  # five each, on however slow a machine
    assert grown < MOST_GROWTH


class Sessions:
    """Browsers of several people on one app, the first `runs` of whom measure in the background."""

    def __init__(self, app: App, browser: Browser, places: list[str], runs: int) -> None:
        self.app, self.browser, self.errors = app, browser, []
        self.tabs = [self._open(self._browser(), f"{app.address}/{place}") for place in places]
        self.logged = len(app.log)
        self.choices = [random.Random(place) for place in places]
        self.runs = []
        for tab in self.tabs[:runs]:
            tab.get_by_role("button", name="Start").click()
            expect(tab).to_have_url(re.compile("t_run=[0-9a-f]{16}"))
            settle(tab)
            self.runs.append(re.search("t_run=([0-9a-f]{16})", tab.url)[1])
        with self._store() as store:
            for run in self.runs:
                wait_for(store, run, lambda run: run.frames > 0)
        self.seen = self._still()

    def move_all(self) -> int:
        """Everyone moves one control, all before anyone looks at the outcome; how many were moved."""
        for place, (tab, choose) in enumerate(zip(self.tabs, self.choices, strict=True)):
            assert tab.evaluate(CONTROLS) == self.seen[place], "another session has moved a control of this one"
            assert move(tab, choose)
        self.seen = self._still()
        return len(self.tabs)

    def _still(self) -> list[list[object]]:
        """All controls, once they have been the same twice: a key press reaches the server a moment later."""
        before, seen, deadline = None, self._look(), time.monotonic() + PATIENCE / 1000
        while seen != before:
            assert time.monotonic() < deadline, "a control moves by itself"
            self.tabs[0].wait_for_timeout(A_MOMENT)
            before, seen = seen, self._look()
        return seen

    def _look(self) -> list[list[object]]:
        for tab in self.tabs:
            settle(tab)
        return [tab.evaluate(CONTROLS) for tab in self.tabs]

    def end(self, elsewhere: App) -> None:
        """Stop the runs; then each session shows what its address shows to someone new."""
        with self._store() as store:
            for run in self.runs:
                cancel(store, run)
        someone_new = self._browser()
        for tab in self.tabs:
            expect(tab.get_by_test_id("stException")).to_have_count(0)
            alone = self._open(someone_new, tab.url.replace(self.app.address, elsewhere.address))
            self._same(tab, alone)
            alone.close()
            tab.context.close()
        someone_new.close()
        assert self.errors == []
        assert "Traceback" not in self.app.log[self.logged :]

    def _store(self) -> Store:
        return Store(self.app.data_folder / "results.sqlite")

    def _browser(self) -> BrowserContext:
        context = self.browser.new_context(viewport=DESK)
        context.set_default_timeout(PATIENCE)
        return context

    def _open(self, context: BrowserContext, address: str) -> Page:
        tab = context.new_page()
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("console", self._hear)
        open_page(tab, address)
        return tab

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not PROBE.search(said.location["url"]):
            self.errors.append(f"{said.text} {said.location['url']}")

    def _same(self, tab: Page, alone: Page) -> None:
        """Wait until both show the same: a page that looks at runs learns of their end within seconds."""
        deadline = time.monotonic() + PATIENCE / 1000
        while (shown := tab.evaluate(SHOWN)) != (wanted := alone.evaluate(SHOWN)):
            assert time.monotonic() < deadline, json.dumps([tab.url, shown[0], wanted[0]], ensure_ascii=False)
            tab.wait_for_timeout(200)
