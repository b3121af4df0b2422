"""The decode page: a click chooses a head, the buttons find frames, and the address holds both."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.steps import click_mark, figure, open_page, settle


def test_a_head_and_a_frame(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/decode?d_code=BCH(15,7)&d_ebn0=1&d_frame=0")
    click_mark(figure(tab, "heads-a").locator(".scatterlayer .trace:nth-child(1) .points path").nth(9))
    expect(tab.get_by_text("A: fecct, layer 2, head 2")).to_be_visible()
    settle(tab)
    tab.get_by_role("button", name="Next error of A").click()
    expect(tab.get_by_role("spinbutton", name="Frame")).not_to_have_value("0")
    settle(tab)
    found = tab.get_by_role("spinbutton", name="Frame").input_value()
    address = tab.url
    for part in (f"d_frame={found}", "d_layer=2", "d_head=2"):
        assert part in address
    open_page(tab, address)
    expect(tab.get_by_text(f"Frame {found} of seed 0 at 1 dB")).to_be_visible()
    expect(tab.get_by_text("A: fecct, layer 2, head 2")).to_be_visible()
