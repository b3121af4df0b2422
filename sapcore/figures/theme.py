"""Colours and the common layout of every figure, light and dark.

Series colours are those of Okabe and Ito, which stay apart under the common colour-vision deficiencies; the ones
that are too faint on a background are darkened (light) or lightened (dark) there. No figure relies on colour alone.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from functools import lru_cache

import plotly.graph_objects as go

FONT_FAMILY = '"Source Sans", "Source Sans 3", system-ui, sans-serif'
DIVERGING = "RdBu"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LONGEST_UNIT_AXIS = 12
FEW_DECADES = 2
ROUNDING = 1e-9
FEWEST_TICKS, MOST_TICKS = 2, 6
SI_PREFIXES = {-3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T"}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon", "pentagon", "cross")


@dataclass(frozen=True)
class FigureTheme:
    """The colours a figure is drawn in.

    `series` is cycled through; `accent` marks what the user chose; `muted` is for everything that is not chosen.
    """

    name: str
    text: str
    grid: str
    background: str
    muted: str
    accent: str
    series: tuple[str, ...]


LIGHT = FigureTheme(
    name="light",
    text="#0F1722",
    grid="#E3E8EE",
    background="#FFFFFF",
    muted="#8FA3B8",
    accent="#D55E00",
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B57A00", "#2F86B8", "#5B6673", "#000000"),
)
DARK = FigureTheme(
    name="dark",
    text="#E6EAF0",
    grid="#2C343E",
    background="#12161C",
    muted="#66788B",
    accent="#E69F00",
    series=("#56B4E9", "#E69F00", "#00B488", "#DE92BC", "#F0E442", "#F07B2E", "#A5B0BD", "#FFFFFF"),
)


def theme_named(name: str | None) -> FigureTheme:
    """The dark theme for "dark", the light one for anything else (a page that has not been told yet)."""
    return DARK if name == "dark" else LIGHT


def translucent(colour: str, opacity: float) -> str:
    """A colour such as "#0072B2" that lets through what is behind it.

    >>> translucent("#0072B2", 0.5)
    'rgba(0,114,178,0.5)'
    """
    return f"rgba({','.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))},{opacity:g})"


def as_text(text: str) -> str:
    """Text that a figure shows as it is: plotly would take tags, entities and %{…} in it for commands.

    >>> as_text("<b>a</b> & %{x}")
    '&lt;b&gt;a&lt;/b&gt; &amp; &#37;{x}'
    """
    return html.escape(text, quote=False).replace("%", "&#37;")


def whole_ticks(span: int) -> dict[str, int]:
    """What makes the ticks of an axis of that length whole numbers: plotly halves the steps of a short one."""
    return {"dtick": 1} if span <= LONGEST_UNIT_AXIS else {}


def decade_ticks(low: float, high: float, si: bool = False) -> dict[str, object]:
    """The ticks of a logarithmic axis that shows `low` to `high`.

    Powers of ten; 2 and 5 times them too where they are few; and where there is none, each of some values in full: as
    2·10⁻³, or with `si` as 2m.
    """
    if high / low >= 10**FEW_DECADES:
        return {"dtick": 1}
    low, high = low * (1 - ROUNDING), high * (1 + ROUNDING)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    if any(low <= 10.0**exponent <= high for exponent in exponents):
        return {"dtick": "D2"}
    for digits in ((1, 2, 5), range(1, 10), [digit / 10 for digit in range(10, 100)]):
        values = [digit * 10.0**exponent for exponent in exponents for digit in digits]
        shown = [value for value in values if low <= value <= high]
        if len(shown) >= FEWEST_TICKS:
            break
    else:
        shown = [math.sqrt(low * high)]
    step = -(-len(shown) // MOST_TICKS)
    return {"tickvals": shown[::step], "ticktext": [_in_full(value, si) for value in shown[::step]]}


def _in_full(value: float, si: bool) -> str:
    if si:
        power = max(-3, min(4, math.floor(math.log10(value) / 3 + 1e-9)))
        return f"{value / 1000.0**power:.3g}{SI_PREFIXES[power]}"
    exponent = math.floor(math.log10(value) + 1e-9)
    return f"{value / 10.0**exponent:.3g}·10<sup>{exponent}</sup>"


def finish(figure: go.Figure, theme: FigureTheme, alt: str, height: int) -> go.Figure:
    """Give a figure the common layout and keep its alternative text in `figure.layout.meta["alt"]`.

    It stands still: what a page shows is in its address, and a dragged axis or a hidden curve would not be.

    Most of it comes as a template, which is made once: setting it part by part takes plotly ten times as long. For the
    same reason some figures of many traces are made at once, of dictionaries that plotly checks as it takes them: half
    as long as trace by trace.
    Streamlit puts its own font and grounds where the figure itself has none.
    """
    layout = figure.layout
    layout.template = _template(theme)
    layout.meta = {"alt": alt}
    layout.height = height
    layout.font = {"family": FONT_FAMILY, "size": 13, "color": theme.text}
    layout.paper_bgcolor, layout.plot_bgcolor = theme.background, "rgba(0,0,0,0)"
    return figure


@lru_cache(maxsize=4)
def _template(theme: FigureTheme) -> go.layout.Template:
    axis = {"gridcolor": theme.grid, "linecolor": theme.grid, "zeroline": False, "ticks": "", "automargin": True}
    axis |= {"fixedrange": True}
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 12}}
    legend |= {"itemclick": False, "itemdoubleclick": False}
    return go.layout.Template(
        layout={
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 12, "b": 12},
            "hoverlabel": {"bgcolor": theme.background, "bordercolor": theme.grid, "font": {"color": theme.text}},
            "legend": legend,
            "dragmode": False,
        }
    )


def for_a_file(figure: go.Figure) -> go.Figure:
    """A copy whose axes can be zoomed and whose curves can be hidden: a file has no address to keep that in."""
    free = go.Figure(figure)
    free.update_xaxes(fixedrange=False)
    free.update_yaxes(fixedrange=False)
    return free.update_layout(legend={"itemclick": "toggle", "itemdoubleclick": "toggleothers"})


def standalone_page(figure: go.Figure, name: str) -> str:
    """A page that shows the figure without a network, and saves it as NAME.svg; no button would send it away."""
    config = {
        "displaylogo": False,
        "plotlyServerURL": "",
        "modeBarButtonsToRemove": ["sendChartToCloud"],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
    drawn = for_a_file(figure).to_html(include_plotlyjs=True, config=config, full_html=False)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(name)}</title></head>\n'
        f'<body style="background: {figure.layout.paper_bgcolor}">\n{drawn}\n</body>\n</html>\n'
    )


def alt_text(figure: go.Figure) -> str:
    """The alternative text that `finish` stored in a figure."""
    return figure.layout.meta["alt"]
