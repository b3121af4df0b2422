"""What an address opens. This file is the first here on purpose: its first test meets a server nobody has used."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import metric, open_page


def test_first_deep_link_to_a_fresh_server(tab: Page, server: str) -> None:
    elsewhere: list[str] = []
    tab.on("request", lambda request: elsewhere.append(request.url) if _leaves(request.url, server) else None)
    open_page(tab, f"{server}/spectra?s_code=Golay(24,12)&s_form=redundant&s_vector=3&s_node=v2")
    expect(tab.get_by_role("link", name="Error rates")).to_be_visible()
    expect(tab.get_by_test_id("stSidebar")).to_have_count(0)
    expect(metric(tab, "Rows")).to_have_text("48")
    expect(tab.get_by_role("heading", name="coloured by eigenvector 3")).to_be_visible()
    expect(tab.get_by_role("combobox", name="Code")).to_have_value("Golay(24,12)")
    expect(tab.locator(".js-plotly-plot")).to_have_count(6)
    assert elsewhere == []


def test_bare_address_opens_the_first_page(tab: Page, server: str) -> None:
    open_page(tab, server)
    expect(tab).to_have_url(f"{server}/overview")


def test_values_that_cannot_be_used_are_answered(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/spectra?s_vector=99&s_layout=cube")
    expect(tab.get_by_text("“99” in the address (s_vector) is not a whole number from 1 to 15").first).to_be_visible()
    expect(tab.get_by_text("“cube” in the address (s_layout) is not one of").first).to_be_visible()
    open_page(tab, f"{server}/spectra?s_code=BHC(31,16)")
    expect(tab.get_by_text("the nearest are BCH(31,16)").first).to_be_visible()
    open_page(tab, f"{server}/tradeoffs?t_run=0123456789abcdef&t_decoders=turbo")
    expect(tab.get_by_text("There is no run “0123456789abcdef” in this store").first).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)


def test_choices_stay_over_a_page_switch(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/spectra?s_code=Golay(24,12)&s_form=redundant")
    tab.get_by_role("button", name="Measure its error rate").click()
    expect(tab.get_by_role("heading", name="Error rates")).to_be_visible()
    expect(tab.get_by_text("Golay(24,12)", exact=True).first).to_be_visible()
    expect(tab.get_by_role("spinbutton", name="Checks")).to_have_value("48")
    expect(tab).to_have_url(f"{server}/tradeoffs?t_codes=Golay%2824%2C12%29&t_checks=48")
    tab.get_by_role("link", name="Spectra").click()
    expect(metric(tab, "Rows")).to_have_text("48")


def test_measuring_a_standard_form_again_says_so_in_the_address(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/tradeoffs?t_codes=RM(16,11)&t_checks=31&t_seed=4")
    tab.get_by_role("link", name="Spectra").click()
    tab.get_by_role("button", name="Measure its error rate").click()
    expect(tab.get_by_role("heading", name="Error rates")).to_be_visible()
    expect(tab).to_have_url(re.compile("t_forms=standard"))
    expect(tab).to_have_url(re.compile("t_seed=4"))
    expect(tab.get_by_text("BCH(31,16)", exact=True).first).to_be_visible()
    assert "t_checks" not in tab.url
    assert "RM" not in tab.url


def _leaves(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))
