"""The singular values of H, which are the non-negative eigenvalues of its Tanner graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, as_text, finish, whole_ticks


@remembered
def spectrum_figure(
    singular_values: np.ndarray,
    chosen: int,
    theme: FigureTheme,
    name: str | None = None,
    other: tuple[str, np.ndarray] | None = None,
) -> go.Figure:
    """Bars of the singular values (r,), descending; `chosen` counts from 1.

    `other` is the name and the singular values of a second matrix, drawn over the bars as a line; `name` is then that
    of the first.
    """
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
    if other is not None:
        figure.data[0].update(name=as_text(name or ""), showlegend=True)
        figure.add_trace(
            go.Scatter(
                x=np.arange(1, len(other[1]) + 1),
                y=other[1],
                name=as_text(other[0]),
                mode="lines+markers",
                line={"color": theme.text, "width": 1.5, "shape": "hvh"},
                marker={"size": 5, "color": theme.text},
                hovertemplate="σ<sub>%{x}</sub> = %{y:.4f}<extra>" + as_text(other[0]) + "</extra>",
                showlegend=True,
            )
        )
    longest = max(len(singular_values), 0 if other is None else len(other[1]))
    figure.add_annotation(
        x=chosen,
        y=singular_values[chosen - 1],
        text=f"σ<sub>{chosen}</sub> = {singular_values[chosen - 1]:.3f}",
        showarrow=False,
        yshift=12,
        xanchor="left" if chosen <= len(singular_values) / 2 else "right",
        font={"color": theme.text},
        bgcolor=theme.background,
        opacity=0.9,
    )
    figure.update_xaxes(title="index i", showgrid=False, **whole_ticks(longest))
    figure.update_yaxes(title="singular value σᵢ", rangemode="tozero")
    figure.update_layout(bargap=0.15)
    first, second = singular_values[0], singular_values[1] if len(singular_values) > 1 else 0.0
    alt = (
        f"{len(singular_values)} singular values from {first:.3f} down to {singular_values[-1]:.3f}; the gap between "
        f"the first and the second is {first - second:.3f}. Number {chosen} is chosen."
    )
    if other is not None:
        alt += f" Beside it the {len(other[1])} of {other[0]}, from {other[1][0]:.3f} down to {other[1][-1]:.3f}."
    return finish(figure, theme, alt, height=320)


def spectrum_table(singular_values: np.ndarray, other: tuple[str, np.ndarray] | None = None) -> pd.DataFrame:
    """One row a singular value, counted from 1; `other` adds a column of its name, NaN where one list has ended."""
    columns = {"singular value": singular_values} | ({} if other is None else {f"of {other[0]}": other[1]})
    table = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    return table.assign(index=np.arange(1, len(table) + 1))[["index", *columns]]
