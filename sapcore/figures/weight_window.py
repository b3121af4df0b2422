"""A window of a weight matrix: what a mask keeps of it and what it prunes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish, translucent

KEPT, PRUNED = "kept", "pruned"
ROW_HEIGHT = 17
MOST_LABELLED = 40


@remembered
def weight_window_figure(
    name: str,
    values: np.ndarray,
    kept: np.ndarray,
    outputs: Sequence[object],
    inputs: Sequence[object],
    borders: tuple[Sequence[int], Sequence[int]],
    theme: FigureTheme,
    limit: float | None = None,
    quantity: str = "score",
) -> go.Figure:
    """Draw `values` (R, C), 0 and more, of the weights of a window, in one colour those `kept`, in another the rest.

    A cross strikes every pruned weight.

    Args:
        name: of the matrix and its order, for people.
        values: (R, C) of a `quantity`; colours end at `limit`, without it at the greatest value.
        kept: (R, C) bool.
        outputs: (R,) labels of the rows.
        inputs: (C,) labels of the columns.
        borders: how many rows above and how many columns to the left of each line that parts groups.
        theme: the colours.
        limit: see `values`.
        quantity: what the values are.
    """
    rows, columns = values.shape
    limit = limit or float(values.max()) or 1.0
    text = np.array([[f"output {output}, input {channel}" for channel in inputs] for output in outputs])
    figure = go.Figure()
    ends = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom", "len": 0.55}
    bar = {
        "title": {"text": quantity, "side": "top"},
        "thickness": 8,
        "outlinewidth": 0,
        "nticks": 4,
        "ypad": 0,
        **ends,
    }
    for part, state, colour, least, most in (
        (kept, KEPT, theme.series[0], 0.2, 1),
        (~kept, PRUNED, theme.accent, 0.06, 0.5),
    ):
        figure.add_trace(
            go.Heatmap(
                z=np.where(part, values, np.nan),
                x=np.arange(columns),
                y=np.arange(rows),
                text=text,
                zmin=0,
                zmax=limit,
                colorscale=[[0, translucent(colour, least)], [1, translucent(colour, most)]],
                showscale=state == KEPT,
                colorbar=bar,
                xgap=1,
                ygap=1,
                hoverongaps=False,
                hovertemplate="%{text}: %{z:.3g}<extra>" + state + "</extra>",
            )
        )
    row, column = np.nonzero(~kept)
    figure.add_trace(
        go.Scatter(
            x=column,
            y=row,
            mode="markers",
            name=PRUNED,
            marker={"symbol": "x-thin", "size": 5, "line": {"width": 1, "color": theme.text}},
            opacity=0.6,
            hoverinfo="skip",
            showlegend=True,
        )
    )
    for axis, places, length in (("y", borders[0], columns), ("x", borders[1], rows)):
        other = "x" if axis == "y" else "y"
        for place in places:
            ends = {f"{axis}0": place - 0.5, f"{axis}1": place - 0.5, f"{other}0": -0.5, f"{other}1": length - 0.5}
            figure.add_shape(type="line", line={"color": theme.text, "width": 1.2}, **ends)
    figure.update_xaxes(title="input channel", range=[-0.5, columns - 0.5], showgrid=False, **_labels(inputs))
    figure.update_yaxes(title="output", range=[rows - 0.5, -0.5], showgrid=False, **_labels(outputs))
    figure.update_xaxes(tickangle=-90)
    alt = (
        f"{name}: {rows} outputs and {columns} inputs. Kept are {int(kept.sum())} of {kept.size} weights, which have "
        f"{_share(values, kept):.1%} of the window's {quantity}."
    )
    finish(figure, theme, alt, height=140 + ROW_HEIGHT * rows)
    return figure.update_layout(legend={"itemsizing": "constant"})


def weight_window_table(
    values: np.ndarray, kept: np.ndarray, outputs: Sequence[object], inputs: Sequence[object], quantity: str = "score"
) -> pd.DataFrame:
    """One row a weight of the window, row by row."""
    row, column = np.indices(values.shape)
    return pd.DataFrame(
        {
            "output": np.asarray(outputs)[row.ravel()],
            "input": np.asarray(inputs)[column.ravel()],
            quantity: values.ravel(),
            "state": np.where(kept, KEPT, PRUNED).ravel(),
        }
    )


def _labels(names: Sequence[object]) -> dict[str, object]:
    step = -(-len(names) // MOST_LABELLED)
    shown = range(0, len(names), step)
    return {"tickvals": list(shown), "ticktext": [str(names[place]) for place in shown], "tickfont": {"size": 9}}


def _share(values: np.ndarray, kept: np.ndarray) -> float:
    total = values.sum()
    return float(values[kept].sum() / total) if total else 1.0
