"""How many bits and checks have each degree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish, whole_ticks


@remembered
def degree_figure(variable_degrees: np.ndarray, check_degrees: np.ndarray, theme: FigureTheme) -> go.Figure:
    """Bars side by side: the number of bits (n,) and of checks (m,) of each degree."""
    figure = go.Figure()
    kinds = (
        ("bits", variable_degrees, theme.series[0], "", -0.4),
        ("checks", check_degrees, theme.series[1], "/", 0.0),
    )
    for kind, degrees, colour, pattern, offset in kinds:
        values, counts = np.unique(degrees, return_counts=True)
        figure.add_trace(
            go.Bar(
                x=values,
                y=counts,
                name=kind,
                width=0.4,
                offset=offset,
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "fgcolor": theme.background, "size": 5, "fillmode": "overlay"},
                },
                hovertemplate="%{y} " + kind + " of degree %{x}<extra></extra>",
            )
        )
    span = np.ptp([*variable_degrees, *check_degrees])
    figure.update_xaxes(title="degree", showgrid=False, **whole_ticks(span))
    figure.update_yaxes(title="nodes", **whole_ticks(max(trace.y.max() for trace in figure.data)))
    alt = f"Degree profile: {_span('bits', variable_degrees)}, {_span('checks', check_degrees)}."
    return finish(figure, theme, alt, height=300)


def degree_table(variable_degrees: np.ndarray, check_degrees: np.ndarray) -> pd.DataFrame:
    """One row a degree that occurs: the number of bits and of checks that have it."""
    bits = pd.Series(variable_degrees).value_counts()
    checks = pd.Series(check_degrees).value_counts()
    table = pd.DataFrame({"bits": bits, "checks": checks}).fillna(0).astype(int)
    return table.sort_index().rename_axis("degree").reset_index()


def _span(kind: str, degrees: np.ndarray) -> str:
    low, high = int(degrees.min()), int(degrees.max())
    return f"every one of the {kind} has degree {low}" if low == high else f"{kind} of degree {low} to {high}"
