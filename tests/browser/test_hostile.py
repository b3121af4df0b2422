"""Addresses that are wrong on purpose, as a browser sends them: a sentence, no exception, nothing of their markup."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import open_page
from tests.hostile.values import MARKUP

ADDRESSES = (
    "/recovery?r_rank=inf&r_steps=-Infinity",
    f"/spectra?s_rows=1e999&s_layout={quote(MARKUP)}&s_code=Hamming(7,4)",
    f"/tradeoffs?t_codes=%FF%FE%00&t_seed={'9' * 5000}",
    f"/decode?d_flip=%E0%A4%A&d_a={quote(MARKUP)}&d_code=Hamming(7,4)",
    f"/overview?o_step={quote('<script>alert(1)</script>')}&o_ratio=nan",
    "/runs?q_run=..%2F..%2Fetc%2Fpasswd&" + "&".join(f"x{number}={number}" for number in range(300)),
    f"/spectra?s_code={quote(MARKUP)}@0123456789abcdef",
)


QUICK = 1  # of them; the same values reach every page without a browser in tests/hostile


@pytest.mark.parametrize(
    "address",
    [*ADDRESSES[:QUICK], *(pytest.param(one, marks=pytest.mark.slow) for one in ADDRESSES[QUICK:])],
    ids=lambda address: address[:12],
)
def test_a_hostile_address_is_answered(tab: Page, server: str, address: str) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    open_page(tab, server + address)
    sentences = tab.get_by_test_id("stToast").or_(tab.get_by_test_id("stAlert"))
    expect(sentences.first).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)
    assert tab.locator("img[src='x'], img[src*='example.org'], a[href^='javascript']").count() == 0
    assert dialogs == []
