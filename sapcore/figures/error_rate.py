"""Error-rate curves: measured, published and closed-form, with their intervals.

What a reader may rely on is drawn, what is thin is shown to be thin: a band is the 95 % interval, a hollow marker a
point worth fewer than 100 frame errors, a downward triangle the upper limit of a point without any error.
"""

from __future__ import annotations

from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import DASHES, SYMBOLS, FigureTheme, as_text, decade_ticks, finish

ENOUGH_FRAME_ERRORS = 100
EMPTY_FLOOR = 1e-4  # lower end of the axis while there is nothing to draw
LEGEND_WIDTH = 44  # characters, so that a legend fits a narrow screen
PUBLISHED_SYMBOLS = "x-thin", "cross-thin", "asterisk", "y-up", "y-down", "hash"
LINE_DASHES = "dash", "dot", "dashdot", "longdash", "longdashdot"
METRICS = {"FER": "frame error rate", "BER": "bit error rate"}


@remembered
def error_rate_figure(
    points: pd.DataFrame,
    metric: str,
    theme: FigureTheme,
    published: pd.DataFrame | None = None,
    lines: pd.DataFrame | None = None,
    ebn0_range: tuple[float, float] | None = None,
    floor: float | None = None,
) -> go.Figure:
    """Draw curves over Eb/N0 on a logarithmic axis.

    `points`: one row a point with columns code, decoder, ebn0, frames, frame_errors and fer, fer_low, fer_high or
    ber, ber_low, ber_high; a point without frame_errors is an estimate, worth effective_errors. `published`: points of
    others with columns name, ebn0, rate, low, high, source; low and high are NaN where no interval is known. `lines`:
    bounds and closed forms with columns name, ebn0, rate. `floor` is the lower end of the axis, None as low as the
    measured points go.
    """
    column = metric.lower()
    low_db, high_db = ebn0_range or _span(points)
    figure = go.Figure()
    measured = _with_worth(points[points["frames"] > 0])
    for number, ((code, decoder), curve) in enumerate(measured.groupby(["code", "decoder"], sort=False)):
        _add_curve(figure, curve.sort_values("ebn0"), column, as_text(f"{code}, {decoder}"), number, theme)
    if published is not None:
        for number, (name, curve) in enumerate(published.groupby("name", sort=False)):
            _add_published(figure, curve.sort_values("ebn0"), str(name), number, theme)
    if lines is not None:
        for number, (name, curve) in enumerate(lines.groupby("name", sort=False)):
            _add_line(figure, curve, as_text(str(name)), number, theme)
    figure.update_xaxes(title="Eb/N0 (dB)", range=[low_db - 0.15, high_db + 0.15], showline=True)
    figure.update_yaxes(title=METRICS[metric], type="log", dtick=1, exponentformat="power", showline=True)
    if floor is None and not figure.data:
        floor = EMPTY_FLOOR
    if floor is not None:
        figure.update_yaxes(range=[np.log10(floor), 0.1])
    elif (measured["worth"] > 0).any():
        rates = [measured.loc[measured["worth"] > 0, [f"{column}_low", f"{column}_high"]].to_numpy().ravel()]
        for beside in (published, lines):  # those within what is shown stretch the axis too
            if beside is not None:
                rates.append(beside.loc[beside["ebn0"].between(low_db, high_db), "rate"].to_numpy())
        every = np.concatenate(rates)
        figure.update_yaxes(**decade_ticks(every[every > 0].min(), every.max()))
    finish(figure, theme, _alt(measured, column, METRICS[metric]), height=540)
    figure.update_layout(showlegend=True, legend={"yref": "container", "y": 0, "yanchor": "bottom"})
    return figure


def _add_curve(figure: go.Figure, curve: pd.DataFrame, column: str, name: str, number: int, theme: FigureTheme) -> None:
    colour = theme.series[number % len(theme.series)]
    symbol = SYMBOLS[number % len(SYMBOLS)]
    seen = curve[curve["worth"] > 0]
    unseen = curve[curve["worth"] == 0]
    hollow = seen["worth"] < ENOUGH_FRAME_ERRORS
    figure.add_trace(
        go.Scatter(
            x=pd.concat([seen["ebn0"], seen["ebn0"][::-1]]),
            y=pd.concat([seen[f"{column}_low"], seen[f"{column}_high"][::-1]]),
            fill="toself",
            fillcolor=colour,
            opacity=0.18,
            mode="lines",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=seen["ebn0"],
            y=seen[column],
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": DASHES[number % len(DASHES)]},
            marker={
                "size": 9,
                "color": np.where(hollow, theme.background, colour),
                "symbol": symbol,
                "line": {"color": colour, "width": 2},
            },
            error_y=_bars(seen[column], seen[f"{column}_low"], seen[f"{column}_high"], colour),
            customdata=seen[["worth", "frames", f"{column}_low", f"{column}_high", "estimated"]],
            hovertemplate="%{x:.2f} dB, %{y:.2e} (%{customdata[2]:.2e} to %{customdata[3]:.2e})<br>"
            "%{customdata[4]}%{customdata[0]:.0f} frame errors in %{customdata[1]} frames<extra>" + name + "</extra>",
        )
    )
    if len(unseen):
        figure.add_trace(
            go.Scatter(
                x=unseen["ebn0"],
                y=unseen[f"{column}_high"],
                name=f"{name}, upper limit",
                legendgroup=name,
                showlegend=False,
                mode="markers",
                marker={
                    "size": 11,
                    "symbol": "triangle-down-open",
                    "color": colour,
                    "line": {"color": colour, "width": 2},
                },
                customdata=unseen[["frames"]],
                hovertemplate="%{x:.2f} dB, below %{y:.2e} (95 %)<br>no error in %{customdata[0]} frames<extra>"
                + name
                + "</extra>",
            )
        )


def _add_published(figure: go.Figure, curve: pd.DataFrame, name: str, number: int, theme: FigureTheme) -> None:
    figure.add_trace(
        go.Scatter(
            x=curve["ebn0"],
            y=curve["rate"],
            name="<br>".join(map(as_text, wrap(f"{name}, published", LEGEND_WIDTH))),
            mode="markers",
            marker={
                "symbol": PUBLISHED_SYMBOLS[number % len(PUBLISHED_SYMBOLS)],
                "size": 9,
                "line": {"width": 2, "color": theme.text},
            },
            error_y=_bars(curve["rate"], curve["low"], curve["high"], theme.text),
            customdata=curve[["source"]].map(as_text),
            hovertemplate="%{x:.2f} dB, %{y:.2e}<br>%{customdata[0]}<extra>" + as_text(name) + ", published</extra>",
        )
    )


def _add_line(figure: go.Figure, curve: pd.DataFrame, name: str, number: int, theme: FigureTheme) -> None:
    figure.add_trace(
        go.Scatter(
            x=curve["ebn0"],
            y=curve["rate"],
            name=name,
            mode="lines",
            line={"color": theme.muted, "dash": LINE_DASHES[number % len(LINE_DASHES)], "width": 1.5},
            hovertemplate="%{x:.2f} dB, %{y:.2e}<extra>" + name + "</extra>",
        )
    )


def _bars(rate: pd.Series, low: pd.Series, high: pd.Series, colour: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": high - rate,
        "arrayminus": rate - low,
        "color": colour,
        "thickness": 1,
        "width": 3,
    }


def _with_worth(points: pd.DataFrame) -> pd.DataFrame:
    """The points, each with the frame errors it is worth: those counted, or those that an estimate is worth."""
    counted, estimated = points["frame_errors"], ""
    if "effective_errors" in points:
        estimated = np.where(counted.isna(), "estimated, worth ", "")
        counted = counted.astype(float).fillna(points["effective_errors"])
    return points.assign(worth=counted, estimated=estimated)


def _span(points: pd.DataFrame) -> tuple[float, float]:
    return (float(points["ebn0"].min()), float(points["ebn0"].max())) if len(points) else (0.0, 8.0)


def _alt(measured: pd.DataFrame, column: str, quantity: str) -> str:
    """The take-away: where each curve stands at its highest Eb/N0 with errors."""
    if measured.empty:
        return f"No {quantity} has been measured for this choice yet."
    parts = []
    for (code, decoder), curve in measured.groupby(["code", "decoder"], sort=False):
        seen = curve[curve["worth"] > 0]
        last = (seen if len(seen) else curve).sort_values("ebn0").iloc[-1]
        value = f"{last[column]:.2e}" if len(seen) else f"below {last[f'{column}_high']:.2e}"
        parts.append(f"{code} with {decoder} {value} at {last['ebn0']:g} dB")
    return f"{quantity.capitalize()} over Eb/N0: " + "; ".join(parts) + "."
