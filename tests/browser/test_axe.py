"""What axe finds on every page, folded out, light and dark, on a desk and on a phone; and no page scrolls sideways."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sapcore.codes import find
from sapcore.figures import theme_named
from sapcore.recovery.background import STOPPED, RecoveryRequest
from sapcore.runs import request
from sapcore.simulation import StoppingRule, Store, simulate_point
from sapcore.variants import build_decoder
from tests.browser.app import PAGES
from tests.browser.steps import open_page, rgb, settle

PHONE, DESK = 420, 1440
THEMES = "light", "dark"
GRAVE = "serious", "critical"
LOOKED_FOR = {"color-contrast", "button-name"}  # rules that apply to every page
QUICK = "overview", "tradeoffs"
FOLDED = "details:not([open]) > summary"
ALL_FOLDED = f"() => document.querySelectorAll('{FOLDED}').forEach((summary) => summary.click())"
SAVE = 'button[name="svg"]:visible'
AT_REST = """() => document.getAnimations().every((one) =>
    one.playState === "finished" || one.effect.getComputedTiming().iterations === Infinity)"""  # what fades in is faint
LABEL = ".js-plotly-plot .legendtext"


@pytest.fixture(scope="session")
def addresses(server: str, data_folder: Path) -> dict[str, str]:
    """An address for each page, which shows a run or a recovery where the page has such."""
    code, rule = find("BCH(31,16)"), StoppingRule(frame_errors=9, max_frames=1024)
    with Store(data_folder / "results.sqlite") as store:
        for decoder in ("uncoded", "bp:5"):
            simulate_point(code, build_decoder(decoder, code), 3.0, rule, store=store)
        run = request(store, [code], ["uncoded", "bp:5"], [3.0], rule)
    assert run.state == "done"
    shown = {
        "overview": "o_step=5",
        "tradeoffs": f"t_run={run.id}",
        "runs": f"q_run={run.id}",
        "recovery": f"r_run={_stopped_recovery(data_folder).id}",
    }
    assert shown.keys() < set(PAGES)
    return {page: f"{server}/{page}?{shown.get(page, '')}" for page in PAGES}


@pytest.fixture
def tab_as_wide_as(tab: Page, request: pytest.FixtureRequest) -> Page:
    """A tab whose width is the parameter."""
    tab.set_viewport_size({"width": request.param, "height": 900})
    tab.emulate_media(reduced_motion="reduce")
    return tab


@pytest.mark.parametrize("tab_as_wide_as", [PHONE], indirect=True)
@pytest.mark.parametrize("page", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in PAGES])
def test_a_phone_in_both_themes(page: str, addresses: dict[str, str], tab_as_wide_as: Page) -> None:
    tab = tab_as_wide_as
    open_whole(tab, addresses[page])
    expect(tab.locator(FOLDED).first).to_be_visible()
    unfold(tab)
    width, room = tab.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert width <= room
    for theme in THEMES:
        put_on(tab, theme)
        assert grave_violations(tab) == []


@pytest.mark.slow
@pytest.mark.parametrize("tab_as_wide_as", [PHONE, DESK], indirect=True)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("page", PAGES)
def test_every_state(page: str, theme: str, addresses: dict[str, str], tab_as_wide_as: Page) -> None:
    """As it opens, folded out, with a button that saves in focus, with each popover and each list open."""
    tab = tab_as_wide_as
    tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for address in (addresses[page].split("?")[0], addresses[page]):
        open_whole(tab, address)
        assert grave_violations(tab) == []
        unfold(tab)
        assert grave_violations(tab) == []
        if tab.locator(SAVE).count():
            tab.keyboard.press("Tab")  # after a key, a focus is shown
            tab.locator(SAVE).first.focus()
            expect(tab.locator(f"{SAVE}:focus-visible")).to_have_count(1)
            assert grave_violations(tab) == []
    for opener in (*tab.get_by_test_id("stPopover").get_by_role("button").all(), *tab.get_by_role("combobox").all()):
        if opener.is_enabled():
            opener.click()
            settle(tab)
            assert grave_violations(tab) == []
            tab.keyboard.press("Escape")


def open_whole(tab: Page, address: str) -> None:
    """Open an address and wait for the button that is on every page, the last of its head to be drawn."""
    open_page(tab, address)
    expect(tab.get_by_role("button", name="Copy link")).to_be_visible()


def unfold(tab: Page) -> None:
    """Open every expander."""
    tab.evaluate(ALL_FOLDED)
    expect(tab.locator(FOLDED)).to_have_count(0)
    settle(tab)


def put_on(tab: Page, theme: str) -> None:
    """Change a tab to a theme; figures, which the server draws, change with it."""
    tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
    expect(tab.get_by_test_id("stApp")).to_have_css("background-color", rgb(theme_named(theme).background))
    if tab.locator(LABEL).count():
        expect(tab.locator(LABEL).first).to_have_css("fill", rgb(theme_named(theme).text))
    settle(tab)


def grave_violations(tab: Page) -> list[str]:
    """What axe finds serious or critical: rule, element and reason. It looks at what is in the window, so at all."""
    tab.wait_for_function(AT_REST)
    size = tab.viewport_size
    tab.set_viewport_size({**size, "height": tab.get_by_test_id("stMain").evaluate("main => main.scrollHeight")})
    found = Axe().run(tab).response
    tab.set_viewport_size(size)
    assert {rule["id"] for rule in found["passes"]} >= LOOKED_FOR
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def _stopped_recovery(data_folder: Path) -> RecoveryRequest:
    """A recovery that was stopped after three steps, put into the data folder."""
    code = find("BCH(31,16)")
    asked = RecoveryRequest(code.name, code.digest, "sap", 0.5, "base", 4, 100, 0)
    folder = data_folder / "recoveries" / asked.id
    folder.mkdir(parents=True)
    (folder / "request.json").write_text(json.dumps(asdict(asked)))
    (folder / "losses.csv").write_text("1,0.3\n2,0.2\n3,0.1\n")
    (folder / "ended.json").write_text(json.dumps({"state": STOPPED, "message": None}))
    return asked
