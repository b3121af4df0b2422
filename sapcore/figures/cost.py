"""Where the multiply-accumulates of a network go, dense beside pruned."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

PATTERNS = "", "/", ".", "x"


@remembered
def cost_figure(parts: Mapping[str, Mapping[str, int]], theme: FigureTheme) -> go.Figure:
    """One stacked bar a network: `parts` has, by name of network and of part, multiply-accumulates a frame."""
    table = cost_table(parts)
    figure = go.Figure()
    for number, (part, rows) in enumerate(table.groupby("part", sort=False)):
        figure.add_trace(
            go.Bar(
                x=rows["MACs"],
                y=rows["network"],
                name=part,
                orientation="h",
                marker={
                    "color": theme.series[number % len(theme.series)],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": PATTERNS[number % len(PATTERNS)],
                        "fgcolor": theme.background,
                        "size": 5,
                        "fillmode": "overlay",
                    },
                },
                hovertemplate="%{y}, " + str(part) + ": %{x:.3s}<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack", bargap=0.35)
    figure.update_xaxes(title="MACs a frame", exponentformat="SI")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    totals = table.groupby("network", sort=False)["MACs"].sum()
    alt = "; ".join(f"{name} {total / 1e6:.1f} million" for name, total in totals.items())
    finish(figure, theme, f"Multiply-accumulates a frame: {alt}.", height=260)
    return figure.update_layout(legend_traceorder="normal")


def cost_table(parts: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """One row a network and part."""
    rows = [(network, part, macs) for network, found in parts.items() for part, macs in found.items()]
    return pd.DataFrame(rows, columns=["network", "part", "MACs"])
