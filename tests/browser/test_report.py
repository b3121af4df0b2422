"""The report in a real browser: from the disk, without a network, under its own policy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser, expect

from sapcore.codes import LinearCode, find
from sapcore.figures import DARK, LIGHT
from sapcore.report.page import report_html
from sapcore.report.view import View
from sapcore.runs import drive, request
from sapcore.simulation import StoppingRule, Store
from tests.browser.steps import rgb

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_it_draws_offline_runs_no_foreign_script_and_follows_the_colour_scheme(
    browser: Browser, tmp_path: Path
) -> None:
    own = LinearCode(EVIL, "matrix file", find("Hamming(7,4)").parity_check[::-1])
    with Store(tmp_path / "results.sqlite") as store, ThreadPoolExecutor(1) as executor:
        run = request(store, [own], ["ml", "bp:5"], [2.0, 4.0], StoppingRule(50, 2048))
        text = report_html(drive(store, run.id, executor), View(cost="time"))
    path = tmp_path / "report.html"
    path.write_text(text, encoding="utf-8")
    context = browser.new_context(viewport={"width": 420, "height": 900}, color_scheme="dark", offline=True)
    tab = context.new_page()
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(path.as_uri())
    legend = tab.locator("#error-rates .legendtext").first
    expect(legend).to_have_text(f"{EVIL}, ml")
    expect(tab.locator("#trade-off .main-svg").first).to_be_visible()
    expect(legend).to_have_css("fill", rgb(DARK.text))
    tab.emulate_media(color_scheme="light")
    expect(legend).to_have_css("fill", rgb(LIGHT.text))
    assert tab.evaluate("document.documentElement.scrollWidth") == 420
    assert "cloud" not in " ".join(tab.locator(".modebar-btn").evaluate_all("all => all.map(e => e.outerHTML)"))
    assert asked == [path.as_uri()]
    assert said == []
    context.close()
