"""The parity-check matrix as a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish, translucent

MOST_CELLS = 1000  # in a line; more than a screen shows are dropped by the browser, ones among them
ZERO, ONE, ZERO_IN_LINE, ONE_IN_LINE = range(4)


def order_by(vector: np.ndarray) -> np.ndarray:
    """Positions sorted by the component of a singular vector, ties in index order; shape kept."""
    return np.argsort(vector, kind="stable")


@remembered
def matrix_figure(
    parity_check: np.ndarray,
    theme: FigureTheme,
    row_order: np.ndarray | None = None,
    column_order: np.ndarray | None = None,
    node: str | None = None,
) -> go.Figure:
    """Draw H, shape (m, n): bits v1…vn to the right, checks c1…cm downwards.

    `row_order` (m,) and `column_order` (n,) re-order the picture, not the names. `node` ("v3" or "c7") marks one
    column or row. Beyond 1000 rows or columns one cell stands for several neighbours and is filled where any is one.
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
    down, across = -(-m // MOST_CELLS), -(-n // MOST_CELLS)
    cells = np.maximum.reduceat(np.maximum.reduceat(cells, np.arange(0, m, down)), np.arange(0, n, across), axis=1)
    row_names, column_names = _names("c", rows, down), _names("v", columns, across)
    tint = translucent(theme.accent, 0.22)
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


def _names(letter: str, order: np.ndarray, group: int) -> list[str]:
    """What each cell of a line stands for: "c3", or "c3 … c9" for the first and the last of a group."""
    names = [f"{letter}{index + 1}" for index in order]
    parts = [names[start : start + group] for start in range(0, len(names), group)]
    return [part[0] if len(part) == 1 else f"{part[0]} … {part[-1]}" for part in parts]


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
