"""How much of a score is kept under several orders of channels."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import SYMBOLS, FigureTheme, finish

ROW_HEIGHT = 30
OPEN = "-open"  # so that marks that fall on each other can be told apart


@remembered
def kept_share_figure(
    shares: Mapping[str, Mapping[str, float]], chosen: str | None, score: str, theme: FigureTheme
) -> go.Figure:
    """Draw the `shares`, 0 to 1, of a score that are kept: by name of an order, by name of the channels ordered.

    One mark an order, one line a set of channels; the `chosen` line is emphasised.
    """
    table = kept_share_table(shares)
    names = list(table["channels"])
    figure = go.Figure()
    for name, low, high in zip(names, table[list(shares)].min(axis=1), table[list(shares)].max(axis=1), strict=True):
        line = {"color": theme.muted, "width": 3 if name == chosen else 1}
        figure.add_trace(
            go.Scatter(
                x=[100 * low, 100 * high], y=[name] * 2, mode="lines", line=line, hoverinfo="skip", showlegend=False
            )
        )
    for number, order in enumerate(shares):
        figure.add_trace(
            go.Scatter(
                x=100 * table[order],
                y=names,
                mode="markers",
                name=order,
                marker={
                    "symbol": SYMBOLS[number % len(SYMBOLS)] + OPEN,
                    "size": 11 - number,
                    "color": theme.series[number % len(theme.series)],
                    "line": {"width": 2},
                },
                hovertemplate="%{y}, " + order + ": %{x:.2f} %<extra></extra>",
            )
        )
    labels = [f"<b>{name}</b>" if name == chosen else name for name in names]
    figure.update_xaxes(title=f"kept of the {score} score (%)", showline=True)
    figure.update_yaxes(
        tickvals=names, ticktext=labels, categoryarray=names, range=[len(names) - 0.4, -0.6], type="category"
    )
    finish(figure, theme, _alt(table, shares, chosen, score), height=110 + ROW_HEIGHT * max(len(names), 4))
    return figure


def kept_share_table(shares: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """One row a set of channels, one column an order: shares, 0 to 1."""
    names = list(next(iter(shares.values())))
    return pd.DataFrame({"channels": names} | {way: [kept[name] for name in names] for way, kept in shares.items()})


def _alt(table: pd.DataFrame, shares: Mapping[str, Mapping[str, float]], chosen: str | None, score: str) -> str:
    means = ", ".join(f"{way} {table[way].mean():.1%}" for way in shares)
    text = f"Share of the {score} score that is kept, mean over {len(table)} sets of channels: {means}."
    if chosen is None:
        return text
    return f"{text} Of {chosen}: {', '.join(f'{way} {kept[chosen]:.1%}' for way, kept in shares.items())}."
