"""The parity-check matrix as a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.theme import FigureTheme, finish

ZERO, ONE, ZERO_IN_LINE, ONE_IN_LINE = range(4)


def order_by(vector: np.ndarray) -> np.ndarray:
    """Positions sorted by the component of a singular vector, ties in index order; shape kept."""
    return np.argsort(vector, kind="stable")


def matrix_figure(
    parity_check: np.ndarray,
    theme: FigureTheme,
    row_order: np.ndarray | None = None,
    column_order: np.ndarray | None = None,
    node: str | None = None,
) -> go.Figure:
    """Draw H, shape (m, n): bits v1…vn to the right, checks c1…cm downwards.

    `row_order` (m,) and `column_order` (n,) re-order the picture, not the names. `node` ("v3" or "c7") marks one
    column or row.
    """
    m, n = parity_check.shape
    rows = np.arange(m) if row_order is None else row_order
    columns = np.arange(n) if column_order is None else column_order
    cells = parity_check.astype(np.uint8)
    if node is not None:
        line = int(node[1:]) - 1
        marked = (slice(None), line) if node.startswith("v") else (line, slice(None))
        cells[marked] += ZERO_IN_LINE
    cells = cells[np.ix_(rows, columns)]
    row_names = [f"c{row + 1}" for row in rows]
    column_names = [f"v{column + 1}" for column in columns]
    tint = f"rgba({_rgb(theme.accent)},0.22)"
    colours = ("rgba(0,0,0,0)", theme.series[0], tint, theme.accent)
    scale = [[edge, colour] for i, colour in enumerate(colours) for edge in (i / 4, (i + 1) / 4)]
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=column_names,
            y=row_names,
            colorscale=scale,
            zmin=-0.5,
            zmax=3.5,
            showscale=False,
            xgap=1 if n <= 64 and m <= 64 else 0,
            ygap=1 if n <= 64 and m <= 64 else 0,
            hovertemplate="check %{y}, bit %{x}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", title="bit", showgrid=False, nticks=12, tickangle=0)
    figure.update_yaxes(type="category", title="check", showgrid=False, nticks=12, autorange="reversed")
    ones = int(parity_check.sum())
    alt = f"Parity-check matrix of {m} checks and {n} bits with {ones} ones, {ones / (m * n):.1%} of its cells."
    return finish(figure, theme, alt, height=int(np.clip(700 * m / n, 200, 560)) + 40)


def matrix_table(parity_check: np.ndarray) -> pd.DataFrame:
    """One row a check: its name, its degree and its bits."""
    bits = [[f"v{bit + 1}" for bit in np.flatnonzero(row)] for row in parity_check]
    return pd.DataFrame(
        {
            "check": [f"c{i + 1}" for i in range(len(bits))],
            "degree": [len(row) for row in bits],
            "bits": [" ".join(row) for row in bits],
        }
    )


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
