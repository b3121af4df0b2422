"""What a network holds of every bit after each of its layers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

ROW_HEIGHT = 34
SATURATION = 6.0  # logits of greater magnitude, probabilities beyond 0.25 % and 99.75 %, look alike
ARRIVED_WRONG = "sign wrong"


@remembered
def reliability_figure(name: str, logits: np.ndarray, wrong: np.ndarray, theme: FigureTheme) -> go.Figure:
    """Draw the `logits` (layers, n) that the hard decision on each bit is wrong, by the layer they are read out after.

    `wrong` (n,) marks the bits whose hard decision is really wrong, in a row of its own. A dot marks every logit
    above 0: read out here, the bit is turned over. Colours end at SATURATION, so that figures can be compared.
    """
    layers, n = logits.shape
    bits, rows = np.arange(1, n + 1), np.arange(1, layers + 1)
    traces = [
        dict(
            type="heatmap",
            x=bits,
            y=rows,
            z=logits,
            zmin=-SATURATION,
            zmax=SATURATION,
            colorscale=[[0, theme.series[0]], [0.5, theme.background], [1, theme.accent]],
            colorbar={
                "title": {"text": "logit", "side": "right"},
                "thickness": 10,
                "outlinewidth": 0,
                "len": 0.9,
                "tickvals": [-SATURATION, 0, SATURATION],
                "ticktext": [f"≤ −{SATURATION:g}", "0", f"≥ {SATURATION:g}"],
            },
            xgap=1 if n <= 64 else 0,
            ygap=1,
            hovertemplate="v%{x}, layer %{y}: logit %{z:.2f}<extra></extra>",
        )
    ]
    above = np.argwhere(logits > 0)
    marks = (
        (rows[above[:, 0]], bits[above[:, 1]], "circle", theme.text, 0.5, "logit above 0"),
        (np.full(int(wrong.sum()), layers + 1), bits[wrong], "x", theme.accent, 1.0, "sign wrong as received"),
    )
    for y, x, symbol, colour, scale, meaning in marks:
        traces.append(
            dict(
                type="scatter",
                x=x,
                y=y,
                name=meaning,
                mode="markers",
                marker={"symbol": symbol, "size": scale * float(np.clip(420 / n, 4, 9)), "color": colour},
                hoverinfo="skip",
                showlegend=True,
            )
        )
    names = [*(f"layer {row}" for row in rows), ARRIVED_WRONG]
    ticks = {"tickvals": [*rows, layers + 1], "ticktext": names}
    layout = {
        "xaxis": {"title": "bit", "range": [0.5, n + 0.5], "showgrid": False},
        "yaxis": {**ticks, "range": [layers + 1.5, 0.5], "showgrid": False},
        "legend": {"itemsizing": "constant"},
    }
    figure = go.Figure(traces, layout)
    return finish(figure, theme, _alt(name, logits, wrong), height=120 + ROW_HEIGHT * len(names))


def reliability_table(logits: np.ndarray, wrong: np.ndarray) -> pd.DataFrame:
    """One row a bit: whether it arrived wrong, and its logit after each layer."""
    layers, n = logits.shape
    return pd.DataFrame(
        {
            "bit": [f"v{i + 1}" for i in range(n)],
            ARRIVED_WRONG: wrong,
            **{f"layer {index + 1}": logits[index] for index in range(layers)},
        }
    )


def _alt(name: str, logits: np.ndarray, wrong: np.ndarray) -> str:
    """The take-away: what the last layer says, and from which layer on the read-out says the same."""
    decided = logits > 0
    same = (decided == decided[-1]).all(axis=1)
    first = len(same) - int(np.argmin(same[::-1])) if not same.all() else 0
    rest = f"the read-out says so from layer {first + 1} on" if first + 1 < len(same) else "no layer before said so"
    return (
        f"{name}: logit that each bit is wrong, after each of {len(logits)} layers. The last turns over "
        f"{int(decided[-1].sum())} bits, {int((decided[-1] & wrong).sum())} of the {int(wrong.sum())} that are wrong; "
        f"{rest}."
    )
