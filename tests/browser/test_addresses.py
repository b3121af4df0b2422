"""What an address opens. This file is the first here on purpose: its first test meets a server nobody has used."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

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
    expect(tab.locator(".js-plotly-plot")).to_have_count(5)
    assert elsewhere == []


def test_bare_address_opens_the_first_page(tab: Page, server: str) -> None:
    open_page(tab, server)
    expect(tab).to_have_url(f"{server}/spectra")


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
    tab.get_by_role("link", name="Spectra").click()
    expect(metric(tab, "Rows")).to_have_text("48")


def test_no_sideways_scroll_on_a_phone(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900})
    tab = context.new_page()
    for path in ("/spectra", "/tradeoffs"):
        open_page(tab, server + path)
        expect(tab.locator(".js-plotly-plot").first).to_be_visible()
        widths = tab.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert widths[0] <= widths[1]
    context.close()


def _leaves(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))
