"""Error rate against cost: which decoder is worth its price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import SYMBOLS, FigureTheme, as_text, decade_ticks, finish

COSTS = {
    "MACs": "MACs a frame, zero weights left out",
    "bytes": "bytes of weights",
    "time": "ms a frame, one worker, as measured",
}
MOST_LABELLED = 12


def pareto_front(cost: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Which of some decoders no other beats in cost and rate at once, as booleans of the same shape.

    >>> pareto_front(np.array([1, 2, 3]), np.array([0.3, 0.1, 0.2])).tolist()
    [True, True, False]
    """
    better = (cost <= cost[:, None]) & (rate <= rate[:, None]) & ((cost < cost[:, None]) | (rate < rate[:, None]))
    return ~better.any(axis=1)


@remembered
def pareto_figure(points: pd.DataFrame, cost: str, theme: FigureTheme) -> go.Figure:
    """Draw the bit error rate of decoders over their cost, both logarithmic, a line along each code's front.

    `points`: rows code, decoder, ber, ber_low, ber_high and the column `cost`, a key of COSTS; rows without it or
    without an error are left out. Where there are more than MOST_LABELLED, only those on a front have their names.
    """
    figure = go.Figure()
    drawn = points[points[cost].notna() & (points["ber"] > 0)]
    for number, (code, part) in enumerate(drawn.groupby("code", sort=False)):
        colour, ordered = theme.series[number % len(theme.series)], part.sort_values(cost)
        on_front = pareto_front(ordered[cost].to_numpy(float), ordered["ber"].to_numpy(float))
        front, labelled = ordered[on_front], on_front | (len(drawn) <= MOST_LABELLED)
        figure.add_trace(
            go.Scatter(
                x=front[cost],
                y=front["ber"],
                mode="lines",
                line={"color": colour, "width": 1.5, "dash": "dot"},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=code,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=ordered[cost],
                y=ordered["ber"],
                mode="markers+text",
                name=as_text(code),
                legendgroup=code,
                text=ordered["decoder"].map(as_text).where(labelled, ""),
                customdata=ordered["decoder"].map(as_text),
                textposition="top right",
                textfont={"size": 11},
                marker={"color": colour, "size": 10, "symbol": SYMBOLS[number % len(SYMBOLS)]},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": ordered["ber_high"] - ordered["ber"],
                    "arrayminus": ordered["ber"] - ordered["ber_low"],
                    "color": colour,
                    "thickness": 1,
                    "width": 3,
                },
                hovertemplate="%{customdata}<br>%{x:.3s} "
                + COSTS[cost]
                + "<br>BER %{y:.2e}<extra>"
                + as_text(code)
                + "</extra>",
            )
        )
    figure.update_xaxes(title=COSTS[cost], type="log", dtick="D2", exponentformat="SI", showline=True)
    figure.update_yaxes(title="bit error rate", type="log", dtick=1, exponentformat="power", showline=True)
    if len(drawn):
        figure.update_yaxes(**decade_ticks(drawn["ber_low"].min(), drawn["ber_high"].max()))
        figure.update_xaxes(**decade_ticks(drawn[cost].min(), drawn[cost].max(), si=True))
    finish(figure, theme, _alt(drawn, cost), height=460)
    figure.update_layout(showlegend=True, legend={"yref": "container", "y": 0, "yanchor": "bottom"})
    return figure


def _alt(drawn: pd.DataFrame, cost: str) -> str:
    if drawn.empty:
        return f"No decoder with a known cost in {COSTS[cost]} has been measured here."
    parts = []
    for code, part in drawn.groupby("code", sort=False):
        least, best = part.loc[part[cost].idxmin()], part.loc[part["ber"].idxmin()]
        cheapest, lowest = (f"{row['decoder']} with {row['ber']:.2e}" for row in (least, best))
        parts.append(f"{code}: cheapest {cheapest}, best {lowest}")
    return f"Bit error rate against {COSTS[cost]}. " + "; ".join(parts) + "."
