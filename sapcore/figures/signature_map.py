"""Every matrix of the catalogue at its signature (σ₁, σ₂)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, as_text, finish

TICKS = (1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200)
FORMS = {"standard": "circle", "redundant": "diamond"}


@remembered
def signature_map_figure(
    signatures: pd.DataFrame,
    chosen: tuple[str, float, float],
    theme: FigureTheme,
    nearest: int | None = None,
    donor: str | None = None,
) -> go.Figure:
    """Scatter of `signatures` (columns name, form, n, k, rows, sigma1, sigma2).

    `chosen` is (name, σ₁, σ₂) of the matrix on show, which need not be in the table. It and `donor`, a name of the
    table, are labelled, on a ground of their own, since the points lie too close for more. `nearest` narrows the axes
    to that many nearest neighbours, and to the donor.
    """
    name, sigma1, sigma2 = chosen
    figure = go.Figure()
    for (form, symbol), colour in zip(FORMS.items(), theme.series, strict=False):
        part = signatures[signatures["form"] == form]
        figure.add_trace(
            go.Scatter(
                x=part["sigma1"],
                y=part["sigma2"],
                name=form,
                mode="markers",
                customdata=part[["name", "n", "k", "rows"]].astype(str),
                marker={"symbol": symbol, "size": 9, "color": colour, "opacity": 0.75, "line": {"width": 0}},
                hovertemplate="%{customdata[0]}<br>n %{customdata[1]}, k %{customdata[2]}, %{customdata[3]} checks"
                "<br>σ₁ %{x:.3f}, σ₂ %{y:.3f}<extra></extra>",
                selected={"marker": {"opacity": 0.75}},
                unselected={"marker": {"opacity": 0.75}},
            )
        )
    logarithmic = nearest is None
    lender = signatures[signatures["name"] == donor][["sigma1", "sigma2"]].to_numpy().tolist() if donor != name else []
    marks = [(name, sigma1, sigma2, "circle-open"), *((f"donor {donor}", *at, "square-open") for at in lender)]
    left = sigma1 <= signatures["sigma1"].median()
    for place, (text, x, y, symbol) in enumerate(marks):
        figure.add_trace(
            go.Scatter(
                x=[x],
                y=[y],
                mode="markers",
                hoverinfo="skip",
                showlegend=False,
                marker={"symbol": symbol, "size": 18, "color": theme.accent, "line": {"width": 2.5}},
            )
        )
        if y > 0 or not logarithmic:
            figure.add_annotation(
                x=np.log10(x) if logarithmic else x,
                y=np.log10(y) if logarithmic else y,
                text=as_text(f"{text}, its own donor" if donor == name else text),
                showarrow=False,
                xanchor="left" if left else "right",
                xshift=12 if left else -12,
                yanchor="top" if place else "bottom",
                yshift=-6 if place else 6,
                bgcolor=theme.background,
                opacity=0.9,
                font={"color": theme.text},
            )
    others = signatures[signatures["name"] != name]
    distance = np.hypot(others["sigma1"] - sigma1, others["sigma2"] - sigma2).sort_values()
    if logarithmic:
        figure.update_xaxes(type="log", tickvals=TICKS)
        figure.update_yaxes(type="log", tickvals=TICKS)
    else:
        farthest = float(distance.iloc[min(nearest, len(distance)) - 1])
        reach = 1.15 * max(farthest, *(np.hypot(x - sigma1, y - sigma2) for _, x, y, _ in marks)) + 0.05
        figure.update_xaxes(range=[sigma1 - reach, sigma1 + reach])
        figure.update_yaxes(range=[sigma2 - reach, sigma2 + reach])
    figure.update_xaxes(title="σ₁")
    figure.update_yaxes(title="σ₂")
    closest = others.loc[distance.index[0]]
    alt = (
        f"Signatures of {len(signatures)} matrices. {name} lies at ({sigma1:.3f}, {sigma2:.3f}); its nearest "
        f"neighbour is {closest['name']} at distance {distance.iloc[0]:.3f}."
    )
    if donor is not None:
        alt += " It is its own donor." if donor == name else f" Its donor is {donor}."
    return finish(figure, theme, alt, height=420)


def signature_map_table(signatures: pd.DataFrame, chosen: tuple[str, float, float]) -> pd.DataFrame:
    """The signatures with their Euclidean distance to the chosen matrix, nearest first."""
    _, sigma1, sigma2 = chosen
    distance = np.hypot(signatures["sigma1"] - sigma1, signatures["sigma2"] - sigma2)
    return signatures.assign(distance=distance).sort_values("distance", kind="stable", ignore_index=True)
