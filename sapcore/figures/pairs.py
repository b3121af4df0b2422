"""A symmetric table of codes against codes as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, as_text, finish

MOST_LABELLED = 12
ROW_HEIGHT = 34
OPACITY = 0.6  # so that numbers can be read on every cell, light and dark


@remembered
def pair_figure(names: Sequence[str], values: np.ndarray, quantity: str, theme: FigureTheme, alike: float) -> go.Figure:
    """Draw `values` (N, N), 0 and more, of codes `names`; `alike` is the value of equal codes, which stands out."""
    labels = [[f"{value:.2f}" for value in row] for row in values]
    scale = [[0.0, theme.background], [1.0, theme.series[0]]]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[as_text(name) for name in names],
            y=[as_text(name) for name in names],
            text=labels if len(names) <= MOST_LABELLED else None,
            texttemplate="%{text}" if len(names) <= MOST_LABELLED else None,
            colorscale=scale
            if alike
            else [[at, colour] for at, (_, colour) in zip((0.0, 1.0), scale[::-1], strict=True)],
            zmin=0,
            zmax=alike or max(float(values.max()), 1e-9),
            showscale=False,
            opacity=OPACITY,
            textfont={"color": theme.text},
            xgap=1,
            ygap=1,
            hovertemplate="%{y}, %{x}<br>" + quantity + " %{z:.3f}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", showgrid=False, tickangle=-30)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return finish(figure, theme, _alt(names, values, quantity), height=110 + ROW_HEIGHT * max(len(names), 3))


def pair_table(names: Sequence[str], values: np.ndarray) -> pd.DataFrame:
    """The same values, a row a code."""
    return pd.DataFrame(values, columns=list(names)).assign(code=list(names))[["code", *names]]


def _alt(names: Sequence[str], values: np.ndarray, quantity: str) -> str:
    pairs = np.triu_indices(len(names), 1)
    if not len(pairs[0]):
        return f"{quantity.capitalize()} of {names[0]} with itself: {values[0, 0]:.2f}."
    low, high = values[pairs].argmin(), values[pairs].argmax()
    parts = [f"{names[pairs[0][i]]} and {names[pairs[1][i]]} {values[pairs][i]:.2f}" for i in (low, high)]
    return f"{quantity.capitalize()} of every two codes, from {parts[0]} to {parts[1]}."
