"""Two masks as one picture: which heads and channels both keep, one alone, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, as_text, finish

MARKS = ("", "1", "2", "")  # on the heads, so that nothing rests on colour alone
OPACITY = 0.6  # so that they can be read, light and dark
HEIGHT = 460


@remembered
def mask_difference_figure(
    heads: np.ndarray, channels: np.ndarray, states: Sequence[str], names: tuple[str, str], theme: FigureTheme
) -> go.Figure:
    """Draw `heads` (layers, heads) and `channels` (layers, d_ff), each a place in the four `states`.

    The states are, in this order: kept by both, by the first alone, by the second alone, by neither. `names` are the
    two masks.
    """
    colours = theme.series[0], theme.muted, theme.accent, theme.background
    steps = [(edge / len(states), colour) for i, colour in enumerate(colours) for edge in (i, i + 1)]
    figure = make_subplots(rows=2, cols=1, vertical_spacing=0.3, row_heights=[0.5, 0.5])
    for row, (part, place) in enumerate(((heads, "head"), (channels, "channel")), start=1):
        layers, width = part.shape
        figure.add_trace(
            go.Heatmap(
                z=part,
                x=np.arange(1, width + 1),
                y=np.arange(1, layers + 1),
                text=np.array(MARKS)[part] if row == 1 else None,
                texttemplate="%{text}" if row == 1 else None,
                textfont={"color": theme.text},
                customdata=np.array(states)[part],
                colorscale=steps,
                zmin=-0.5,
                zmax=len(states) - 0.5,
                showscale=False,
                opacity=OPACITY,
                xgap=1 if row == 1 else 0,
                ygap=1,
                hovertemplate=f"layer %{{y}}, {place} %{{x}}: kept by %{{customdata}}<extra></extra>",
            ),
            row=row,
            col=1,
        )
        figure.update_xaxes(
            title={"text": place, "standoff": 6}, showgrid=False, row=row, col=1, **({"dtick": 1} if row == 1 else {})
        )
        figure.update_yaxes(title="layer", showgrid=False, dtick=1, autorange="reversed", row=row, col=1)
    labels = ["kept by both", f"1: by {names[0]} alone", f"2: by {names[1]} alone", "by neither"]
    for label, colour in zip(labels, colours, strict=True):
        figure.add_trace(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=as_text(label),
                marker={"symbol": "square", "size": 12, "color": colour, "line": {"width": 1, "color": theme.muted}},
                opacity=OPACITY if colour != theme.background else 1,
            )
        )
    finish(figure, theme, _alt(heads, channels, names), height=HEIGHT)
    return figure.update_layout(showlegend=True)


def mask_difference_table(heads: np.ndarray, channels: np.ndarray, states: Sequence[str]) -> pd.DataFrame:
    """One row a head or channel, layer by layer, with who keeps it."""
    parts = []
    for name, part in (("head", heads), ("channel", channels)):
        layer, index = np.indices(part.shape)
        columns = {"part": name, "layer": layer.ravel() + 1, "index": index.ravel() + 1}
        parts.append(pd.DataFrame({**columns, "kept by": np.array(states)[part].ravel()}))
    return pd.concat(parts, ignore_index=True)


def mask_difference_counts(counts: Mapping[str, np.ndarray], states: Sequence[str]) -> pd.DataFrame:
    """One row a layer, and one for all of them, of each part: how many are in each state, and the Jaccard index.

    `counts` is by part (layers, 4), in the order of the figure's states.
    """
    parts = []
    for name, by_layer in counts.items():
        rows = np.vstack([by_layer.sum(axis=0), by_layer])
        table = pd.DataFrame(rows, columns=list(states))
        table.insert(0, "part", name)
        table.insert(1, "layer", ["all", *(str(layer + 1) for layer in range(len(by_layer)))])
        somebody = rows[:, :3].sum(axis=1)
        table["Jaccard"] = np.divide(rows[:, 0], somebody, out=np.full(len(rows), np.nan), where=somebody > 0)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _alt(heads: np.ndarray, channels: np.ndarray, names: tuple[str, str]) -> str:
    parts = []
    for name, part in (("heads", heads), ("channels", channels)):
        both, first, second, neither = (int((part == state).sum()) for state in range(4))
        parts.append(
            f"of {part.size} {name}, {both} are kept by both, {first} by the first alone, {second} by the second "
            f"alone, {neither} by neither"
        )
    return f"{names[0]} (first) against {names[1]} (second): {'; '.join(parts)}."
