"""The attention of one head between all nodes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.tanner import node_names
from sapcore.figures.theme import FigureTheme, finish

MOST_DRAWN_NODES = 400  # more cells than a screen shows, and megabytes for the browser


@remembered
def attention_matrix_figure(
    name: str, attention: np.ndarray, n: int, theme: FigureTheme, limit: float | None = None
) -> go.Figure:
    """Draw `attention` (T, T), how much the node of the row looks at the node of the column, `n` bits first.

    Colours reach from 0 to `limit`, without it to the greatest weight. A line parts bits and checks.
    """
    nodes = len(attention)
    names = node_names(n, nodes - n)
    limit = limit or float(attention.max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=attention,
            x=names,
            y=names,
            zmin=0,
            zmax=limit,
            colorscale=[[0, theme.background], [1, theme.series[0]]],
            colorbar={"title": {"text": "attention", "side": "right"}, "thickness": 10, "outlinewidth": 0, "len": 0.6},
            hovertemplate="%{y} at %{x}: %{z:.3f}<extra></extra>",
        )
    )
    for line in ({"x0": n - 0.5, "x1": n - 0.5, "y0": -0.5}, {"y0": n - 0.5, "y1": n - 0.5, "x0": -0.5}):
        ends = {"x1": nodes - 0.5, "y1": nodes - 0.5} | line
        figure.add_shape(type="line", line={"color": theme.muted, "width": 1, "dash": "dot"}, **ends)
    figure.update_xaxes(type="category", title="looked at", showgrid=False, nticks=10, tickangle=0)
    figure.update_yaxes(type="category", title="looks", showgrid=False, nticks=10, autorange="reversed")
    bits = slice(0, n), slice(n, None)
    shares = [attention[rows, columns].sum(dtype=np.float64) / nodes for rows in bits for columns in bits]
    alt = (
        f"{name}: attention between {n} bits and {nodes - n} checks. Bits at bits {shares[0]:.0%} of it, bits at "
        f"checks {shares[1]:.0%}, checks at bits {shares[2]:.0%}, checks at checks {shares[3]:.0%}; of a node at "
        f"itself {np.trace(attention, dtype=np.float64) / nodes:.0%}."
    )
    return finish(figure, theme, alt, height=460)


def attention_matrix_table(attention: np.ndarray, n: int) -> pd.DataFrame:
    """One row a pair of nodes, the strongest first: who looks at whom, and how much."""
    names = np.array(node_names(n, len(attention) - n))
    order = np.argsort(-attention, axis=None, kind="stable")
    looks, looked_at = np.unravel_index(order, attention.shape)
    return pd.DataFrame({"looks": names[looks], "looked at": names[looked_at], "attention": attention.ravel()[order]})
