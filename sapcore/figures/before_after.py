"""What recovery gives back: the bit error rate of each pruned decoder before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, decade_ticks, finish

STAGES = {"before": "circle-open", "after": "square"}


@remembered
def before_after_figure(table: pd.DataFrame, theme: FigureTheme) -> go.Figure:
    """Draw a row for each mask with its bit error rate before and after recovery, and that of the dense network.

    `table`: see `before_after_table`; rows without an error are left out.
    """
    figure, drawn = go.Figure(), table[table["ber"] > 0]
    masks = list(dict.fromkeys(drawn.loc[drawn["stage"] != "dense", "mask"]))
    for dense in drawn[drawn["stage"] == "dense"].itertuples():
        line = {"type": "line", "x0": dense.ber, "x1": dense.ber, "yref": "paper", "y0": 0, "y1": 1}
        figure.add_shape(**line, line={"color": theme.text, "width": 1.5, "dash": "dot"})
        figure.add_vrect(x0=dense.ber_low, x1=dense.ber_high, fillcolor=theme.muted, opacity=0.25, line_width=0)
        figure.add_trace(
            go.Scatter(
                x=[None], y=[None], name="dense", mode="lines", line={"color": theme.text, "width": 1.5, "dash": "dot"}
            )
        )
    for number, (stage, symbol) in enumerate(STAGES.items()):
        part = drawn[drawn["stage"] == stage]
        figure.add_trace(
            go.Scatter(
                x=part["ber"],
                y=part["mask"],
                name=f"{stage} recovery",
                mode="markers",
                marker={"color": theme.series[number], "size": 10, "symbol": symbol, "line": {"width": 2}},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": part["ber_high"] - part["ber"],
                    "arrayminus": part["ber"] - part["ber_low"],
                    "color": theme.series[number],
                    "thickness": 1,
                    "width": 4,
                },
                hovertemplate="%{y}<br>BER %{x:.2e}<extra>" + stage + " recovery</extra>",
            )
        )
    figure.update_xaxes(title="bit error rate", type="log", dtick=1, exponentformat="power", showline=True)
    if len(drawn):
        figure.update_xaxes(**decade_ticks(drawn["ber_low"].min(), drawn["ber_high"].max()))
    figure.update_yaxes(categoryorder="array", categoryarray=masks[::-1], type="category")
    return finish(figure, theme, _alt(drawn, masks), height=140 + 36 * len(masks))


def before_after_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The table of the figure, best mask after recovery first.

    `rows`: mask, ratio (NaN for the dense network), recovered (bool), ber, ber_low, ber_high, frames, frame_errors.
    """
    pruned = rows["ratio"].notna()
    stage = np.where(~pruned, "dense", np.where(rows["recovered"], "after", "before"))
    named = zip(rows["mask"], rows["ratio"], pruned, strict=True)
    table = rows.assign(
        stage=stage, mask=[f"{mask} at {ratio:g}" if known else "dense" for mask, ratio, known in named]
    )
    table["best"] = table.groupby("mask")["ber"].transform("min")
    table = table.sort_values(["best", "mask", "stage"], ascending=[True, True, False])
    return table[["mask", "stage", "ber", "ber_low", "ber_high", "frames", "frame_errors"]].reset_index(drop=True)


def _alt(drawn: pd.DataFrame, masks: list[str]) -> str:
    dense = drawn[drawn["stage"] == "dense"]
    text = f"Bit error rates of {len(masks)} pruned decoders before and after recovery"
    text += f"; dense {dense['ber'].iloc[0]:.2e}." if len(dense) else "."
    rates = drawn.set_index(["mask", "stage"])["ber"]
    for mask in masks[:1]:
        known = [f"{rates[mask, stage]:.2e} {stage}" for stage in STAGES if (mask, stage) in rates.index]
        text += f" Best is {mask}: {', '.join(known)}."
    return text
