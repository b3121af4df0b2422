"""The loss on a held-out set while orders of channels are learned."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

START, TRIED, BEST = "start: order of lsa", "order learned", "best"


@remembered
def held_out_figure(losses: Mapping[int, float], best: int, theme: FigureTheme) -> go.Figure:
    """Draw the `losses`, nats a bit, by step tried, step 0 being the start, and mark the `best` step."""
    table = held_out_table(losses, best)
    figure = go.Figure()
    first, last = table["step"].iloc[0], table["step"].iloc[-1]
    start = float(table["loss"].iloc[0])
    figure.add_trace(
        go.Scatter(
            x=[first, last],
            y=[start, start],
            name=START,
            mode="lines",
            line={"color": theme.muted, "width": 1.5, "dash": "dash"},
            hovertemplate="%{y:.5f} nats<extra>" + START + "</extra>",
        )
    )
    line = {"color": theme.series[0], "width": 2}
    figure.add_trace(
        go.Scatter(
            x=table["step"],
            y=table["loss"],
            name=TRIED,
            mode="lines+markers",
            line=line,
            marker={"size": 7},
            hovertemplate="step %{x}: %{y:.5f} nats<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[best],
            y=[losses[best]],
            name=BEST,
            mode="markers",
            marker={"symbol": "star", "size": 16, "color": theme.accent},
            hovertemplate="best, step %{x}: %{y:.5f} nats<extra></extra>",
        )
    )
    figure.update_xaxes(title="step", showline=True)
    figure.update_yaxes(title="held-out loss (nats a bit)", showline=True)
    alt = (
        f"Loss on the held-out set at {len(table)} steps: {start:.5f} nats a bit in the order of lsa, least at step "
        f"{best}, {losses[best]:.5f}, at the last step, {last}, {table['loss'].iloc[-1]:.5f}."
    )
    return finish(figure, theme, alt, height=340)


def held_out_table(losses: Mapping[int, float], best: int) -> pd.DataFrame:
    """One row a step tried, by rising step."""
    steps = sorted(losses)
    return pd.DataFrame(
        {"step": steps, "loss": [losses[step] for step in steps], "best": [step == best for step in steps]}
    )
