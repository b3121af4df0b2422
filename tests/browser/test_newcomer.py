"""A newcomer's way: an own matrix uploaded on the first page, measured dense and pruned, its curves drawn."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from sapcore.runs import list_runs
from sapcore.simulation import Store
from tests.browser.steps import figure, open_page, settle

PATH_CODE = b"1 1 0 0 0 0\n0 1 1 0 0 0\n0 0 0 1 1 0\n0 0 0 0 1 1\n"
ENOUGH = 100


def test_from_the_first_page_to_the_first_own_curves(tab: Page, server: str, data_folder: Path) -> None:
    open_page(tab, server)
    expect(tab.get_by_text("How this was made")).to_be_visible()  # the end of the page that the bare address leads to
    settle(tab)
    tab.get_by_role("button", name="Your own matrix").click()
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "first.txt", "mimeType": "text/plain", "buffer": PATH_CODE}
    )
    expect(tab.get_by_test_id("stAlertContentSuccess")).to_contain_text("first is chosen: (6,2), 4 checks, rank 4.")
    tab.get_by_test_id("stPopoverBody").get_by_role("button", name="Measure it").click()
    expect(tab.get_by_role("heading", name="Error rates")).to_be_visible()
    for decoder in ("fecct", "fecct/sap@0.5", "bp:50"):
        expect(tab.get_by_text(decoder, exact=True).first).to_be_visible()
    settle(tab)
    tab.get_by_role("button", name="Start").click()
    expect(tab.get_by_text(re.compile("done: 12 of 12 points done"))).to_be_visible()
    for decoder in ("fecct", "fecct/sap@0.5", "bp:50"):
        expect(figure(tab, "curves").get_by_text(f"first, {decoder}", exact=True).first).to_be_visible()
    with Store(data_folder / "results.sqlite") as store:
        run = next(run for run in list_runs(store) if "first" in run.code_names.values())
    assert [point.decoder for point in run.points[::4]] == ["fecct", "fecct/sap@0.5", "bp:50"]
    assert all(point.counts.frame_errors >= ENOUGH for point in run.points)

    other = tab.context.new_page()
    open_page(other, f"{server}/spectra")
    other.get_by_role("button", name="Your own matrix").click()
    line = other.get_by_text("first: 4 checks on 6 bits")
    expect(line).to_be_visible()
    other.get_by_role("button", name="Remove first", exact=True).click()
    other.get_by_role("button", name="Remove first for good").click()
    expect(other.get_by_test_id("stAlertContentSuccess")).to_contain_text("first is removed. Its matrix stays in the")
    expect(line).to_have_count(0)
