"""How fast pages answer and are painted: gathered while the browser tests run, printed at their end, never asserted."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

PAINTS = """(() => {
    const wanted = {heading: "h1", figure: ".js-plotly-plot .main-svg"};
    const tell = (name, time) => window.tellSpeed(name, time).catch(() => {});
    new PerformanceObserver((list) => list.getEntriesByName("first-contentful-paint")
        .forEach((entry) => tell("first paint", entry.startTime))).observe({type: "paint", buffered: true});
    const observer = new MutationObserver(() => {
        for (const [name, selector] of Object.entries(wanted)) if (document.querySelector(selector)) {
            delete wanted[name];
            requestAnimationFrame(() => tell(name, performance.now()));
        }
        if (!Object.keys(wanted).length) observer.disconnect();
    });
    observer.observe(document, {childList: true, subtree: true});
})()"""
COLUMNS = "rerun", "rerun, processor", "first paint", "heading", "figure", "drag"


def watch_paints(context: BrowserContext, found: list[dict[str, object]]) -> None:
    """Add to `found`, for every address opened from now on, when its page was painted, in ms from navigation."""

    def tell(source: dict[str, object], name: str, time: float) -> None:
        found.append({"page": urlsplit(source["page"].url).path.strip("/"), "kind": name, "ms": time})

    context.expose_binding("tellSpeed", tell)
    context.add_init_script(PAINTS)


def of_server(runs: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The reruns among the runs that a server has written down."""
    reruns = [run for run in runs if run["kind"] == "rerun"]
    kinds = {"rerun": "wall", "rerun, processor": "processor"}
    return [{"page": run["page"], "kind": kind, "ms": 1000 * run[key]} for run in reruns for kind, key in kinds.items()]


def table(found: Iterable[dict[str, object]]) -> list[str]:
    """Medians in ms and, in brackets, of how many, one line a page."""
    times: dict[tuple[object, object], list[float]] = {}
    for one in found:
        times.setdefault((one["page"], one["kind"]), []).append(one["ms"])
    lines = [f"{'medians, ms':12}" + "".join(f"{kind:>20}" for kind in COLUMNS)]
    for page in sorted({page for page, _ in times if page}):
        values = [times.get((page, kind)) for kind in COLUMNS]
        cells = [f"{median(value):.0f} ({len(value)})" if value else "–" for value in values]
        lines.append(f"{page:12}" + "".join(f"{cell:>20}" for cell in cells))
    return lines
