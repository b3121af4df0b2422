"""Whatever is done to a view, "Copy link" gives an address that opens the same view in a browser that knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sapcore.codes import find
from sapcore.runs import request
from sapcore.simulation import StoppingRule, Store, simulate_point
from sapcore.variants import build_decoder
from tests.browser.app import PAGES
from tests.browser.conftest import DESK
from tests.browser.steps import PATIENCE, click_mark, figure, open_page
from tests.browser.views import COUNT_RUNS, change, controls, copied_link, differences, drawn, drawn_again

QUICK = ("spectra",)
MOST_VALUES = 4  # other than the one it has, of each control
DECODERS = "uncoded", "bp:50"


@pytest.fixture
def tab(tab: Page, server: str) -> Page:
    """A tab whose clipboard can be read."""
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    tab.add_init_script(COUNT_RUNS)
    return tab


@pytest.fixture(scope="session")
def elsewhere(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody else."""
    made = browser.new_context(viewport=DESK)
    made.set_default_timeout(PATIENCE)
    made.add_init_script(COUNT_RUNS)
    yield made
    made.close()


@pytest.fixture
def reopened(elsewhere: BrowserContext) -> Callable[[Page], list[str]]:
    """Copies the link of a tab, opens it elsewhere, and gives the differences."""

    def reopen(tab: Page) -> list[str]:
        address, other = copied_link(tab), elsewhere.new_page()
        assert address == tab.url
        open_page(other, address)
        drawn(other)
        found = [f"{address}: {what}" for what in differences(tab, other)]
        other.close()
        return found

    return reopen


@pytest.fixture
def run_id(data_folder: Path) -> str:
    """One of two runs that are done, of several decoders, without any process that works on them."""
    code, rule = find("BCH(31,16)"), StoppingRule(frame_errors=9, max_frames=1024)
    with Store(data_folder / "results.sqlite") as store:
        for decoder in DECODERS:
            for ebn0 in (2.0, 3.0):
                simulate_point(code, build_decoder(decoder, code), ebn0, rule, store=store)
        request(store, [code], DECODERS[:1], [2.0, 3.0], rule)
        return request(store, [code], DECODERS, [2.0, 3.0], rule).id


@pytest.mark.parametrize("page", QUICK)
def test_every_control_changed(tab: Page, server: str, page: str, reopened: Callable[[Page], list[str]]) -> None:
    open_page(tab, f"{server}/{page}")
    drawn(tab)
    changed: set[str] = set()
    while left := [control for control in controls(tab) if control.key not in changed]:
        done = next((control for control in left if change(tab, control, 0)), None)
        if done is None:
            break
        changed.add(done.key)
    assert len(changed) >= 8
    assert reopened(tab) == []
    assert all(key.removeprefix("st-key-") in tab.url for key in changed)


def test_copied_without_a_clipboard_and_by_keyboard(tab: Page, server: str) -> None:
    """As over plain HTTP, where browsers offer a page no clipboard."""
    tab.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    open_page(tab, f"{server}/runs")
    button = tab.get_by_role("button", name="Copy link")
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Copied")).to_be_visible()
    expect(button).to_be_focused()
    tab.evaluate("document.body.innerHTML = '<textarea></textarea>'")
    tab.locator("textarea").focus()
    tab.keyboard.press("Control+V")
    expect(tab.locator("textarea")).to_have_value(f"{server}/runs")


@pytest.mark.slow
@pytest.mark.parametrize("page", [*PAGES, "overview?o_step=1", "tradeoffs?t_run=RUN", "runs?q_run=RUN"])
def test_every_value_of_every_control(
    tab: Page,
    server: str,
    page: str,
    run_id: str,
    reopened: Callable[[Page], list[str]],
    record_property: Callable[[str, object], None],
) -> None:
    """Control by control, each from where the one before left the page, or from its first state where it broke off."""
    start, views, found = f"{server}/{page.replace('RUN', run_id)}", 0, []
    open_page(tab, start)
    drawn(tab)
    first = controls(tab)
    for control in first:
        for step in range(MOST_VALUES):
            if control not in controls(tab):
                open_page(tab, start)
                drawn(tab)
            if change(tab, control, step):
                views += 1
                found += reopened(tab)
    record_property("views", views)
    print(f"{page}: {views} views of {len(first)} controls, {len(found)} differences")
    assert views
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "name", "mark"),
    [
        ("spectra", "spectrum", ".bars .point path"),
        ("spectra?s_layout=shells", "tanner-graph", ".scatterlayer .points path"),
        ("spectra?s_range=all", "signature-map", ".scatterlayer .points path"),
        ("decode", "heads-a", ".scatterlayer .trace:nth-child(1) .points path"),
        ("decode", "heads-b", ".scatterlayer .trace:nth-child(1) .points path"),
    ],
)
def test_a_click_in_a_figure(
    tab: Page, server: str, page: str, name: str, mark: str, reopened: Callable[[Page], list[str]]
) -> None:
    open_page(tab, f"{server}/{page}")
    drawn(tab)
    drawn_again(tab, lambda: click_mark(figure(tab, name).locator(mark).nth(2)))
    assert tab.url != f"{server}/{page}"
    assert reopened(tab) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("overview", ["Guided tour", "Next", "Next", "Back"]),
        ("decode", ["Next error of A", "Next error of B", "Next where A and B differ"]),
        ("spectra", ["Measure its error rate"]),
    ],
)
def test_a_button_pressed(
    tab: Page, server: str, page: str, names: list[str], reopened: Callable[[Page], list[str]]
) -> None:
    open_page(tab, f"{server}/{page}")
    drawn(tab)
    for name in names:
        drawn_again(tab, lambda name=name: tab.get_by_role("button", name=name).click())
        assert tab.url != f"{server}/{page}"
        assert reopened(tab) == []
