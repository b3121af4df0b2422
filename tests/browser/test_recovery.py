"""A recovery from the page: started, watched, kept over a reload, its adapter at hand afterwards."""

from playwright.sync_api import Page, expect

from tests.browser.steps import open_page, settle


def test_a_recovery_runs_in_the_background_and_survives_a_reload(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/recovery?r_codes=Hamming(7,4)&r_forms=standard&r_steps=40&r_rank=2")
    settle(tab)
    tab.get_by_role("button", name="Recover", exact=True).click()
    expect(tab.get_by_text("of 40 steps")).to_be_visible()
    assert "r_run=" in tab.url
    tab.reload()
    expect(tab.get_by_text("done: 40 of 40 steps")).to_be_visible()
    settle(tab)
    expect(tab.get_by_role("heading", name="Hamming(7,4), sap mask at 0.5, rank 2, 40 steps, seed 0")).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)

    tab.get_by_role("button", name="Measure before and after").click()
    expect(tab.get_by_role("heading", name="Error rates", exact=True)).to_be_visible()
    expect(tab.get_by_role("heading", name="fecct/sap@0.5/lora")).to_be_visible()
