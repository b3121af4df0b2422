"""The singular values of H, which are the non-negative eigenvalues of its Tanner graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.theme import FigureTheme, finish, whole_ticks


def spectrum_figure(singular_values: np.ndarray, chosen: int, theme: FigureTheme) -> go.Figure:
    """Bars of the singular values (r,), descending; `chosen` counts from 1."""
    index = np.arange(1, len(singular_values) + 1)
    figure = go.Figure(
        go.Bar(
            x=index,
            y=singular_values,
            customdata=index,
            marker={
                "color": np.where(index == chosen, theme.accent, theme.series[0]),
                "line": {"width": 0},
            },
            hovertemplate="σ<sub>%{x}</sub> = %{y:.4f}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.add_annotation(
        x=chosen,
        y=singular_values[chosen - 1],
        text=f"σ<sub>{chosen}</sub> = {singular_values[chosen - 1]:.3f}",
        showarrow=False,
        yshift=12,
        xanchor="left" if chosen <= len(singular_values) / 2 else "right",
        font={"color": theme.text},
    )
    figure.update_xaxes(title="index i", showgrid=False, **whole_ticks(len(singular_values)))
    figure.update_yaxes(title="singular value σᵢ", rangemode="tozero")
    figure.update_layout(bargap=0.15)
    first, second = singular_values[0], singular_values[1] if len(singular_values) > 1 else 0.0
    alt = (
        f"{len(singular_values)} singular values from {first:.3f} down to {singular_values[-1]:.3f}; the gap between "
        f"the first and the second is {first - second:.3f}. Number {chosen} is chosen."
    )
    return finish(figure, theme, alt, height=320)


def spectrum_table(singular_values: np.ndarray) -> pd.DataFrame:
    """One row a singular value, counted from 1."""
    return pd.DataFrame({"index": np.arange(1, len(singular_values) + 1), "singular value": singular_values})
