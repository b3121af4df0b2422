"""The overview in a browser: the tour by keyboard, and the ratio that changes every panel."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import open_page, settle


def test_the_tour_is_walked_by_keyboard_and_each_step_has_an_address(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/overview")
    for name, number in (("Guided tour", 1), ("Next", 2), ("Next", 3)):
        tab.get_by_role("button", name=name).focus()
        tab.keyboard.press("Enter")
        expect(tab.get_by_text(f"{number} of 8:")).to_be_visible()
        settle(tab)
    expect(tab).to_have_url(re.compile("o_step=3"))
    expect(tab).to_have_url(re.compile("o_ratio=0(&|$)"))
    tab.reload()
    expect(tab.get_by_text("3 of 8:")).to_be_visible()
    expect(tab.get_by_text("keeps 48 of 48 heads and 3,072 of 3,072 channels")).to_be_visible()
    tab.get_by_role("button", name="End the tour").click()
    expect(tab.get_by_role("button", name="Guided tour")).to_be_visible()
    expect(tab).not_to_have_url(re.compile("o_step"))


def test_releasing_the_slider_changes_mask_and_cost(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/overview?o_code=LDPC(49,24)")
    settle(tab)
    expect(tab.get_by_text("At ratio 0.5 it keeps 24 of 48 heads")).to_be_visible()
    slider = tab.get_by_role("slider", name="Pruning ratio")
    slider.focus()
    tab.keyboard.press("End")
    expect(tab.get_by_text("At ratio 0.9 it keeps")).to_be_visible()
    expect(tab).to_have_url(re.compile("o_ratio=0.9"))
    expect(tab.get_by_text("ratio 0.9", exact=True).first).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)
