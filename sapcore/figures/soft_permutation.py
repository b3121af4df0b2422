"""A soft permutation: a doubly stochastic matrix on its way to a hard one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

MOST_MARKED = 64


def hardness(P: np.ndarray) -> float:
    """Mean over rows of the greatest entry of a soft permutation P (b, b): 1/b where all are equal, 1 where hard.

    >>> hardness(np.array([[1.0, 0.0], [0.0, 1.0]])), hardness(np.full((4, 4), 0.25))
    (1.0, 0.25)
    """
    return float(P.max(axis=1).mean())


@remembered
def soft_permutation_figure(P: np.ndarray, step: int, temperature: float, theme: FigureTheme) -> go.Figure:
    """Draw P (b, b), entries 0 to 1: rows the channels as they started, columns the positions they come to.

    A dot marks the greatest entry of each row.
    """
    size = len(P)
    places = np.arange(1, size + 1)
    figure = go.Figure(
        go.Heatmap(
            z=P,
            x=places,
            y=places,
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.background], [1, theme.series[0]]],
            colorbar={"title": {"text": "share", "side": "right"}, "thickness": 10, "outlinewidth": 0, "len": 0.8},
            hovertemplate="channel %{y} to position %{x}: %{z:.3f}<extra></extra>",
        )
    )
    if size <= MOST_MARKED:
        figure.add_trace(
            go.Scatter(
                x=P.argmax(axis=1) + 1,
                y=places,
                mode="markers",
                name="greatest of its row",
                marker={"symbol": "circle", "size": 5, "color": theme.accent},
                hoverinfo="skip",
                showlegend=True,
            )
        )
    figure.update_xaxes(title="position", range=[0.5, size + 0.5], showgrid=False, constrain="domain")
    figure.update_yaxes(
        title="channel, in the order of lsa",
        range=[size + 0.5, 0.5],
        showgrid=False,
        scaleanchor="x",
        constrain="domain",
    )
    alt = (
        f"Soft permutation of {size} channels at step {step}, temperature {temperature:.3g}: the greatest entry of a "
        f"row is {hardness(P):.2f} on average; {int((P.argmax(axis=1) == places - 1).sum())} of {size} channels have "
        "it at their own position."
    )
    return finish(figure, theme, alt, height=430)


def soft_permutation_table(P: np.ndarray) -> pd.DataFrame:
    """One row a pair above 0, the greatest share first: channel, position, share."""
    order = np.argsort(-P, axis=None, kind="stable")
    channel, position = np.unravel_index(order, P.shape)
    table = pd.DataFrame({"channel": channel + 1, "position": position + 1, "share": P.ravel()[order]})
    return table[table["share"] > 0]
