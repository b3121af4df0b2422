"""The attention of one head, folded onto the Tanner graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.tanner import MOST_EDGES, MOST_LABELS, edge_trace, node_names
from sapcore.figures.theme import FigureTheme, finish

CLASSES = 4  # of line, by width and opacity: a trace an edge would be slower many times over
WIDTHS, OPACITIES = (0.6, 1.2, 2.2, 3.4), (0.12, 0.35, 0.65, 0.95)
FEW_NODES = 160  # more make lines and marks smaller


@remembered
def tanner_attention_figure(
    name: str,
    positions: np.ndarray,
    edges: np.ndarray,
    weights: np.ndarray,
    bit_wrong: np.ndarray,
    check_unsatisfied: np.ndarray,
    theme: FigureTheme,
    limit: float | None = None,
) -> go.Figure:
    """Draw each edge by the greater of its two `weights` (E, 2), see `edge_attention`.

    `positions` (n+m, 2), `edges` (E, 2) of (bit, check) each from 0, `bit_wrong` (n,) bool, `check_unsatisfied` (m,)
    bool. Lines come in four classes from 0 to `limit`, without it to the greatest weight. Of more than MOST_EDGES edges
    those with the greatest weights are drawn.
    """
    n, greater = len(bit_wrong), weights.max(axis=1)
    limit = limit or float(greater.max()) or 1.0
    strongest = np.argsort(-greater, kind="stable")[:MOST_EDGES]
    places = np.minimum((greater[strongest] / limit * CLASSES).astype(int), CLASSES - 1)
    ends = edges[strongest] + np.array([0, n])
    thin = min(1.0, FEW_NODES / len(positions))
    traces = []
    for place in range(CLASSES):
        width, opacity = max(0.4, thin * WIDTHS[place]), max(0.05, thin**0.5 * OPACITIES[place])
        line = edge_trace(positions, ends[places == place], theme.series[0], width, opacity)
        bounds = limit * place / CLASSES, limit * (place + 1) / CLASSES
        traces.append(line | {"name": f"{bounds[0]:.2g} to {bounds[1]:.2g}", "showlegend": True})
    names = np.array(node_names(n, len(positions) - n))
    kinds = (
        (np.flatnonzero(~bit_wrong), "circle", "bit"),
        (np.flatnonzero(bit_wrong), "circle-x", "bit, sign wrong"),
        (n + np.flatnonzero(~check_unsatisfied), "square", "check"),
        (n + np.flatnonzero(check_unsatisfied), "square-x", "check, unsatisfied"),
    )
    for nodes, symbol, kind in kinds:
        marked = symbol.endswith("x")
        traces.append(
            dict(
                type="scatter",
                x=positions[nodes, 0],
                y=positions[nodes, 1],
                name=kind,
                mode="markers+text" if len(positions) <= MOST_LABELS else "markers",
                text=names[nodes],
                textposition="top center",
                textfont={"size": 10, "color": theme.text},
                hovertemplate="%{text}<extra>" + kind + "</extra>",
                marker={
                    "symbol": symbol,
                    "size": 10 if len(positions) <= FEW_NODES else 6,
                    "color": theme.background,
                    "line": {"width": 1.5, "color": theme.accent if marked else theme.muted},
                },
                showlegend=True,
            )
        )
    hidden = {"visible": False}
    figure = go.Figure(traces, {"xaxis": hidden, "yaxis": hidden, "legend": {"yanchor": "top", "y": -0.02}})
    return finish(figure, theme, _alt(name, names, edges, weights, n), height=460)


def tanner_attention_table(edges: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """One row an edge, the strongest first: both ends, and how much each looks at the other."""
    table = pd.DataFrame(
        {
            "bit": [f"v{bit + 1}" for bit in edges[:, 0]],
            "check": [f"c{check + 1}" for check in edges[:, 1]],
            "bit at check": weights[:, 0],
            "check at bit": weights[:, 1],
            "greater": weights.max(axis=1),
        }
    )
    return table.sort_values("greater", ascending=False, kind="stable", ignore_index=True)


def _alt(name: str, names: np.ndarray, edges: np.ndarray, weights: np.ndarray, n: int) -> str:
    total = weights.sum(dtype=np.float64) / len(names)
    edge = int(weights.max(axis=1).argmax())
    bit, check = names[edges[edge, 0]], names[n + edges[edge, 1]]
    at = (bit, check) if weights[edge, 0] >= weights[edge, 1] else (check, bit)
    drawn = f" The {MOST_EDGES} edges of greatest weight are drawn." if len(edges) > MOST_EDGES else ""
    return (
        f"{name}: {total:.0%} of its attention goes along the {len(edges)} edges of the Tanner graph. "
        f"The strongest is {weights[edge].max():.2f}, of {at[0]} at {at[1]}.{drawn}"
    )
