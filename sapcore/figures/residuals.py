"""The residuals of ADMM over its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, decade_ticks, finish

LINES = {"primal": ("solid", "circle"), "dual": ("dash", "square")}


@remembered
def residual_figure(residuals: Sequence[Mapping[str, float]], theme: FigureTheme) -> go.Figure:
    """Draw `residuals`, each with `step`, `primal` and `dual`, 0 or more; one of 0 has no place on the log axis."""
    table = residual_table(residuals)
    figure = go.Figure()
    for number, (name, (dash, symbol)) in enumerate(LINES.items()):
        figure.add_trace(
            go.Scatter(
                x=table["step"],
                y=table[name].where(table[name] > 0),
                name=name,
                mode="lines+markers",
                line={"color": theme.series[number], "width": 2, "dash": dash},
                marker={"symbol": symbol, "size": 6},
                hovertemplate="step %{x}: %{y:.2e}<extra>" + name + "</extra>",
            )
        )
    positive = table[list(LINES)].stack()
    positive = positive[positive > 0]
    figure.update_xaxes(title="step", showline=True)
    figure.update_yaxes(title="residual, relative", type="log", exponentformat="power", showline=True)
    if len(positive):
        figure.update_yaxes(**decade_ticks(positive.min(), positive.max()))
    ends = table.iloc[[0, -1]]
    alt = "; ".join(
        f"{name} from {ends[name].iloc[0]:.2e} at step {ends['step'].iloc[0]} to {ends[name].iloc[1]:.2e} at step "
        f"{ends['step'].iloc[1]}"
        for name in LINES
    )
    zeros = {name: int((table[name] == 0).sum()) for name in LINES}
    note = "".join(f" {count} {name} residuals are 0 and not drawn." for name, count in zeros.items() if count)
    return finish(figure, theme, f"Residuals of ADMM: {alt}.{note}", height=340)


def residual_table(residuals: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """One row an update of Z and U."""
    return pd.DataFrame(list(residuals), columns=["step", *LINES])
