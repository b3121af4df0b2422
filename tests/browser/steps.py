"""What several browser tests do."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

PATIENCE = 120_000  # milliseconds; only a failure takes that long, even where the machine is busy


def open_page(tab: Page, address: str) -> None:
    """Open an address and wait until its page has been drawn."""
    tab.goto(address)
    expect(tab.locator("h1")).to_be_visible()
    settle(tab)


def settle(tab: Page) -> None:
    """Wait until the server has nothing more to say."""
    expect(tab.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible()


def metric(tab: Page, label: str) -> Locator:
    """The value of a key figure."""
    return tab.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def click_mark(mark: Locator) -> None:
    """Click the middle of a mark of a figure; plotly listens on a layer above its marks."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mark.page.mouse.move(x - 1, y - 1)
    mark.page.mouse.move(x, y)
    mark.page.mouse.click(x, y)


def figure(tab: Page, key: str) -> Locator:
    """The figure with this key."""
    return tab.locator(f".st-key-{key}")


def rgb(colour: str) -> str:
    """A colour such as "#0072B2" as a browser gives it."""
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"
