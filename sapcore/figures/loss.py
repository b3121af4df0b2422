"""The loss of a training over its steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

WINDOW = 20  # steps of the moving average


@remembered
def loss_figure(losses: Sequence[float], steps: int, theme: FigureTheme) -> go.Figure:
    """Draw the loss (nats) of every step so far, of `steps` in all, and its moving average."""
    table = loss_table(losses)
    figure = go.Figure()
    for column, line in (
        ("loss", {"color": theme.muted, "width": 1}),
        (f"mean of {WINDOW}", {"color": theme.series[0], "width": 2.5}),
    ):
        figure.add_trace(go.Scatter(x=table["step"], y=table[column], name=column, mode="lines", line=line))
    figure.update_xaxes(title="step", range=[0, steps], showline=True)
    figure.update_yaxes(title="loss (nats)", rangemode="tozero", showline=True)
    if len(losses):
        smooth = table[f"mean of {WINDOW}"]
        alt = f"Loss over {len(losses)} of {steps} steps: from {smooth.iloc[0]:.4f} to {smooth.iloc[-1]:.4f} nats."
    else:
        alt = "No step has been done yet."
    return finish(figure, theme, alt, height=340)


def loss_table(losses: Sequence[float]) -> pd.DataFrame:
    """One row a step: its loss and the mean of the last WINDOW."""
    values = pd.Series(np.asarray(losses, dtype=float))
    mean = values.rolling(WINDOW, min_periods=1).mean()
    return pd.DataFrame({"step": range(1, len(values) + 1), "loss": values, f"mean of {WINDOW}": mean})
