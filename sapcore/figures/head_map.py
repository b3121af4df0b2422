"""Every attention head of a network: how much of it goes along the edges of the Tanner graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

ROW_HEIGHT = 40
OPACITY = 0.6  # so that numbers can be read on every mark, light and dark
KEPT, PRUNED = "kept", "pruned"


@remembered
def head_map_figure(
    name: str, shares: np.ndarray, kept: np.ndarray, uniform: float, chosen: tuple[int, int] | None, theme: FigureTheme
) -> go.Figure:
    """Draw the `shares` (layers, heads), 0 to 1, of the heads that are `kept` (layers, heads) and of those pruned away.

    `uniform` is the share of a head that looks everywhere alike. `chosen` is (layer, head) from 0, if any. A square is
    a head that is kept, an open circle one pruned away; the number is its share in percent.
    """
    layers, heads = shares.shape
    traces = []
    for part, state, symbol in ((kept, KEPT, "square"), (~kept, PRUNED, "circle-open")):
        layer, head = np.nonzero(part)
        places = np.column_stack([layer + 1, head + 1]).tolist()  # of an array, a click hands on no list
        traces.append(
            dict(
                type="scatter",
                x=head + 1,
                y=layer + 1,
                name=state,
                mode="markers+text",
                text=[f"{100 * share:.0f}" for share in shares[part]],
                textfont={"color": theme.text, "size": 12},
                customdata=places,
                marker={
                    "symbol": symbol,
                    "size": 28,
                    "color": shares[part] if state == KEPT else theme.muted,
                    "colorscale": [[0, theme.background], [1, theme.series[0]]],
                    "cmin": 0,
                    "cmax": 1,
                    "opacity": OPACITY,
                    "line": {"width": 1, "color": theme.muted},
                },
                hovertemplate="layer %{y}, head %{x}: %{text} % along edges<extra>" + state + "</extra>",
                selected={"marker": {"opacity": OPACITY}},
                unselected={"marker": {"opacity": OPACITY}},
                showlegend=True,
            )
        )
    if chosen is not None:
        traces.append(
            dict(
                type="scatter",
                x=[chosen[1] + 1],
                y=[chosen[0] + 1],
                mode="markers",
                name="chosen",
                marker={"symbol": "square-open", "size": 34, "color": theme.accent, "line": {"width": 2.5}},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    layout = {
        "xaxis": {"title": "head", "range": [0.4, heads + 0.6], "dtick": 1, "showgrid": False},
        "yaxis": {"title": "layer", "range": [layers + 0.6, 0.4], "dtick": 1, "showgrid": False},
    }
    return finish(
        go.Figure(traces, layout), theme, _alt(name, shares, kept, uniform, chosen), height=90 + ROW_HEIGHT * layers
    )


def head_map_table(shares: np.ndarray, kept: np.ndarray) -> pd.DataFrame:
    """One row a head, layer by layer."""
    layer, head = np.indices(shares.shape)
    return pd.DataFrame(
        {
            "layer": layer.ravel() + 1,
            "head": head.ravel() + 1,
            "state": np.where(kept, KEPT, PRUNED).ravel(),
            "share along edges": shares.ravel(),
        }
    )


def _alt(name: str, shares: np.ndarray, kept: np.ndarray, uniform: float, chosen: tuple[int, int] | None) -> str:
    layer, head = np.unravel_index(shares.argmax(), shares.shape)
    text = (
        f"{name}: share of attention along edges of the Tanner graph, by layer and head; {int(kept.sum())} of "
        f"{kept.size} heads are kept. Most in layer {layer + 1}, head {head + 1}, {shares[layer, head]:.0%}; a head "
        f"that looks everywhere alike has {uniform:.0%}."
    )
    if chosen is None:
        return text
    state = KEPT if kept[chosen] else PRUNED
    return f"{text} Layer {chosen[0] + 1}, head {chosen[1] + 1} has {shares[chosen]:.0%} and is {state}."
