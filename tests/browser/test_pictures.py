"""What is shown can be saved as a picture that looks the same anywhere, made by the browser alone."""

from __future__ import annotations

import csv
import io
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Download, Locator, Page, expect

from sapcore.codes import find
from sapcore.figures import DARK, LIGHT, FigureTheme
from sapcore.pruning.masks import mask_source
from tests.browser.steps import open_page, rgb

SVG = "{http://www.w3.org/2000/svg}"
SCALE = 3


def saved(page: Page, button: Locator, enter: bool = False) -> Download:
    """What a button gives, pressed with the pointer or with Enter."""
    with page.expect_download() as waiting:
        button.press("Enter") if enter else button.click()
    return waiting.value


def texts(picture: ElementTree.Element) -> list[str]:
    return ["".join(part.itertext()) for part in picture.iter(f"{SVG}text")]


def traces(picture: ElementTree.Element) -> int:
    return sum("trace" in part.get("class", "").split() for part in picture.iter(f"{SVG}g"))


def background(picture: ElementTree.Element) -> str:
    """The colour of what lies under everything."""
    return picture.find(f"{SVG}rect").get("fill")


@pytest.mark.parametrize("theme", [LIGHT, pytest.param(DARK, marks=pytest.mark.slow)], ids=lambda theme: theme.name)
def test_a_figure(tab: Page, server: str, theme: FigureTheme, tmp_path: Path) -> None:
    tab.emulate_media(color_scheme=theme.name)
    open_page(tab, f"{server}/spectra?s_code=Hamming(7,4)")
    figure = tab.locator(".st-key-spectrum .js-plotly-plot")
    expect(figure.locator(".main-svg").first).to_be_attached()
    tab.locator(".st-key-spectrum ~ *").get_by_text("Table and downloads").first.click()
    button = tab.locator('.st-key-save-spectrum button[name="svg"]')
    expect(button).to_have_accessible_name("Figure (SVG)")

    file = saved(tab, button)
    assert file.suggested_filename == "Hamming_7_4-spectrum.svg"
    file.save_as(tmp_path / "spectrum.svg")
    picture = ElementTree.parse(tmp_path / "spectrum.svg").getroot()
    shown = figure.locator(".trace")
    assert traces(picture) == shown.count() > 0
    assert {"index i", "singular value σᵢ"} <= set(texts(picture))
    assert texts(picture) == figure.locator("text").evaluate_all("all => all.map((text) => text.textContent)")
    assert background(picture) == rgb(theme.background)
    assert picture.find(f"{SVG}title").text == "Hamming_7_4-spectrum"
    assert picture.find(f"{SVG}desc").text == tab.locator(".st-key-spectrum [role=figure]").get_attribute("aria-label")
    assert '"Source Sans"' in picture.find(f"{SVG}style").text

    asked: list[str] = []
    alone = tab.context.new_page()
    alone.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    alone.goto((tmp_path / "spectrum.svg").as_uri())
    assert asked == [(tmp_path / "spectrum.svg").as_uri()]
    alone.close()

    file = saved(tab, tab.locator('.st-key-save-spectrum button[name="png"]'), enter=True)
    assert file.suggested_filename == "Hamming_7_4-spectrum.png"
    size = struct.unpack(">II", Path(file.path()).read_bytes()[16:24])
    assert size == tuple(SCALE * int(picture.get(side)) for side in ("width", "height"))


def test_the_masks_as_they_are_dragged(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/overview?o_code=Golay(24,12)")
    place = tab.locator('[class*="st-key-live-mask"]')
    expect(place.locator("canvas")).to_have_count(2)
    slider = place.get_by_role("slider", name="Pruning ratio")
    slider.evaluate("(slider) => { slider.value = 0.25; slider.dispatchEvent(new Event('input')); }")
    mask = mask_source().mask("sap", find("Golay(24,12)-r"), 0.25)

    file = saved(tab, place.get_by_role("button", name="CSV"))
    assert file.suggested_filename == "Golay_24_12-r-masks-0.25.csv"
    rows = list(csv.DictReader(io.StringIO(Path(file.path()).read_text())))
    for part, kept in (("head", mask.heads), ("channel", mask.channels)):
        told = {(int(row["layer"]), int(row["number"])): row["kept"] for row in rows if row["part"] == part}
        assert len(told) == kept.size
        assert all(told[layer + 1, number + 1] == str(int(value)) for (layer, number), value in np.ndenumerate(kept))
    assert {row["code"] for row in rows} == {"Golay(24,12)-r"}

    file = saved(tab, place.get_by_role("button", name="Figure (SVG)"))
    assert file.suggested_filename == "Golay_24_12-r-masks-0.25.svg"
    picture = ElementTree.parse(file.path()).getroot()
    assert texts(picture) == [
        *("kept", "removed", "Golay(24,12)-r"),
        *(place.locator(".note").inner_text(), place.locator(".figures").inner_text()),
    ]
    assert background(picture) == LIGHT.background
    heads = [part for part in picture.iter(f"{SVG}rect") if part.get("fill") == LIGHT.series[0]]
    width = sum(float(part.get("width")) for part in heads if float(part.get("x")) < 150) - 12  # the key's own square
    assert width / 140 * mask.heads.shape[1] == pytest.approx(mask.heads.sum())
