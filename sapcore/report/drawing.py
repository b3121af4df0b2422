"""A figure as the HTML report holds it: as data, once in light and once in dark colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go
from markupsafe import Markup

from sapcore.figures import DARK, LIGHT, FigureTheme, alt_text, for_a_file


@dataclass(frozen=True)
class Drawing:
    """A figure ready for the page.

    Attributes:
        name: of its element and of the picture it is saved as.
        alt: alternative text.
        height: pixels.
        specs: JSON of the figure by name of the theme, safe inside a script element.
    """

    name: str
    alt: str
    height: int
    specs: dict[str, Markup]


def drawing(name: str, draw: Callable[[FigureTheme], go.Figure]) -> Drawing:
    """What `draw` makes of each theme."""
    figures = {theme.name: draw(theme) for theme in (LIGHT, DARK)}
    first = figures[LIGHT.name]
    return Drawing(name, alt_text(first), first.layout.height, {key: _json(one) for key, one in figures.items()})


def _json(figure: go.Figure) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(for_a_file(figure).to_json().replace("<", "\\u003c"))
