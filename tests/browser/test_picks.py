"""A click in one figure shows in the others and in the control that does the same from the keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from sapcore.experiments.signatures import signature_table
from tests.browser.steps import click_mark, figure, metric, open_page, settle


def test_bar_node_and_code(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/spectra?s_code=Hamming(7,4)")

    click_mark(figure(tab, "spectrum").locator(".bars .point path").nth(2))
    expect(tab.get_by_role("spinbutton", name="Eigenvector")).to_have_value("3")
    expect(tab.get_by_role("heading", name="coloured by eigenvector 3")).to_be_visible()
    settle(tab)

    click_mark(figure(tab, "tanner-graph").locator(".scatterlayer .points path").nth(4))
    expect(tab.get_by_role("combobox", name="Node")).to_have_value("v5")
    expect(tab).to_have_url(f"{server}/spectra?s_code=Hamming%287%2C4%29&s_vector=3&s_node=v5")
    settle(tab)

    # The redundant form that lies farthest to the right of the map, where no other point is near.
    redundant = signature_table().query("form == 'redundant'").reset_index(drop=True)
    farthest = redundant.loc[redundant["sigma1"].idxmax()]
    points = figure(tab, "signature-map").locator(".scatterlayer .trace:nth-child(2) .points path")
    expect(points).to_have_count(len(redundant))
    click_mark(points.nth(int(farthest.name)))
    expect(tab.get_by_role("combobox", name="Code")).to_have_value(farthest["name"].removesuffix("-r"))
    expect(metric(tab, "Rows")).to_have_text(str(farthest["rows"]))
