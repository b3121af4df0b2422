"""How fast the pages of the application answer, are painted and are dragged, in a real Chromium on this machine.

    python -m tests.benchmarks.page_speed

Medians, each with its number of measurements. A rerun: one control of the page, chosen at random with a seed, is moved;
its time is the server's, see `tests.browser.timed_server`, and beside it what the script's thread had of the processor,
which other programs on the machine disturb less. Paints: of a page opened again by its address, from navigation to the
first contentful paint, to the heading and to the first figure. A drag: from one frame to the next
(requestAnimationFrame) while the mouse drags the slider of the live mask; a screen of 60 Hz has one each 16.7 ms.
"""

import argparse
import os
import random
import shutil
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.app import PAGES, App, running_app
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.moves import move
from tests.browser.speed import of_server, table, watch_paints
from tests.browser.steps import PATIENCE, open_page, settle

WATCH_FRAMES = """() => {
    window.frameTimes = [];
    const next = (time) => { window.frameTimes.push(time); window.frameHandle = requestAnimationFrame(next); };
    window.frameHandle = requestAnimationFrame(next);
}"""
FRAMES = "() => { cancelAnimationFrame(window.frameHandle); return window.frameTimes; }"
DRAGS = 120


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=12, help="of controls, on each page")
    parser.add_argument("--opens", type=int, default=3, help="of each page, after one that warms up")
    parser.add_argument("--pages", nargs="+", default=PAGES, choices=PAGES)
    arguments = parser.parse_args()
    found: list[dict[str, object]] = []
    with TemporaryDirectory() as folder, running_app(Path(folder)) as app, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        for page in arguments.pages:
            found += _measured(app, chromium, page, arguments.moves, arguments.opens)
        chromium.close()
    print("\n".join(table(found)))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _measured(app: App, browser: Browser, page: str, moves: int, opens: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE)
    watch_paints(context, found)
    tab = context.new_page()
    open_page(tab, f"{app.address}/{page}")
    found.clear()
    for _ in range(opens):
        open_page(tab, f"{app.address}/{page}")
    if page in ("overview", "masks"):
        found += [{"page": page, "kind": "drag", "ms": time} for time in _frames(tab)]
    before, choose = len(app.runs), random.Random(page)
    for _ in range(moves):
        if move(tab, choose):
            tab.wait_for_timeout(200)  # a key press reaches the server a moment later
            settle(tab)
    found += of_server(app.runs[before:])
    context.close()
    return found


def _frames(tab: Page) -> list[float]:
    """The times between frames while the slider of the live mask is dragged back and forth."""
    box = tab.get_by_role("slider", name="Pruning ratio").bounding_box()
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, y)
    tab.mouse.down()
    tab.evaluate(WATCH_FRAMES)
    for step in range(DRAGS):
        tab.mouse.move(box["x"] + box["width"] * abs(step % 60 - 30) / 30, y)
    times = tab.evaluate(FRAMES)
    tab.mouse.up()
    settle(tab)
    return [later - time for time, later in pairwise(times)]


if __name__ == "__main__":
    main()
