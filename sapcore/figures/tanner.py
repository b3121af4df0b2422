"""The Tanner graph, its nodes coloured by an eigenvector of its adjacency matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import DIVERGING, FigureTheme, finish

MOST_EDGES = 6000
MOST_LABELS = 32


def node_names(bits: int, checks: int) -> list[str]:
    """Names of the nodes in graph order: v1…vn, then c1…cm."""
    return [f"v{i + 1}" for i in range(bits)] + [f"c{i + 1}" for i in range(checks)]


@remembered
def tanner_figure(
    positions: np.ndarray,
    edges: np.ndarray,
    component: np.ndarray,
    bits: int,
    theme: FigureTheme,
    node: str | None = None,
) -> go.Figure:
    """Draw the graph with `bits` variable nodes first.

    `positions` (n+m, 2), `edges` (E, 2) of (variable, check) counted each from 0, `component` (n+m,) the
    eigenvector. The sign of a component is the colour, its magnitude the size. `node` marks one node and its
    neighbours. Above `MOST_EDGES` edges only those of the marked node are drawn.
    """
    count = len(positions)
    names = np.array(node_names(bits, count - bits))
    ends = edges + np.array([0, bits])
    at_node = (names[ends] == node).any(axis=1) if node is not None else np.zeros(len(edges), dtype=bool)
    drawn = ends[~at_node] if len(edges) <= MOST_EDGES else ends[:0]
    limit = float(np.abs(component).max()) or 1.0
    size = (9 if count <= 160 else 6) + (8 if count <= 160 else 5) * np.abs(component) / limit
    degree = np.bincount(ends.ravel(), minlength=count)
    figure = go.Figure()
    opacity = float(np.clip(60 / np.sqrt(max(len(edges), 1)) / 4, 0.12, 0.6))
    figure.add_trace(edge_trace(positions, drawn, theme.muted, 1.0, opacity))
    figure.add_trace(edge_trace(positions, ends[at_node], theme.accent, 1.8, 0.95))
    near = np.unique(ends[at_node])
    for start, stop, symbol, kind in ((0, bits, "circle", "bit"), (bits, count, "square", "check")):
        part = slice(start, stop)
        marked = np.isin(np.arange(start, stop), near) | (names[part] == node)
        figure.add_trace(
            go.Scatter(
                x=positions[part, 0],
                y=positions[part, 1],
                name=kind,
                mode="markers+text" if count <= MOST_LABELS else "markers",
                text=names[part],
                textposition="top center",
                textfont={"size": 10, "color": theme.text},
                customdata=np.column_stack([names[part], degree[part].astype(str)]),
                hovertemplate=kind + " %{customdata[0]}, degree %{customdata[1]}, component %{marker.color:.4f}"
                "<extra></extra>",
                marker={
                    "symbol": symbol,
                    "size": size[part],
                    "color": component[part],
                    "colorscale": DIVERGING,
                    "cmin": -limit,
                    "cmax": limit,
                    "opacity": 1,
                    "line": {
                        "width": np.where(marked, 2.5, 0.8),
                        "color": np.where(marked, theme.accent, theme.muted),
                    },
                    "colorbar": _colour_bar(limit) if kind == "bit" else None,
                    "showscale": kind == "bit",
                },
                showlegend=False,
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
        )
        key = {"symbol": symbol, "size": 10, "color": theme.background, "line": {"width": 1.5, "color": theme.text}}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=kind, marker=key))
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    hidden = ""
    if len(edges) > MOST_EDGES:
        hidden = f"Above {MOST_EDGES} edges only those of the chosen node are drawn."
        figure.add_annotation(text=hidden, xref="paper", yref="paper", x=0, y=-0.02, showarrow=False, xanchor="left")
    alt = (
        f"Tanner graph of {bits} bits (circles), {count - bits} checks (squares) and {len(edges)} edges. "
        f"{int((component > 1e-9).sum())} nodes have a positive component of the chosen eigenvector (blue) and "
        f"{int((component < -1e-9).sum())} a negative one (red). {hidden}"
    ).strip()
    return finish(figure, theme, alt, height=520)


def tanner_table(edges: np.ndarray, component: np.ndarray, bits: int) -> pd.DataFrame:
    """One row a node: name, kind, degree, component of the eigenvector, neighbours."""
    count = len(component)
    names = node_names(bits, count - bits)
    neighbours: list[list[str]] = [[] for _ in range(count)]
    for variable, check in edges.tolist():
        neighbours[variable].append(names[bits + check])
        neighbours[bits + check].append(names[variable])
    return pd.DataFrame(
        {
            "node": names,
            "kind": ["bit"] * bits + ["check"] * (count - bits),
            "degree": [len(near) for near in neighbours],
            "component": component,
            "neighbours": [" ".join(near) for near in neighbours],
        }
    )


def edge_trace(positions: np.ndarray, ends: np.ndarray, colour: str, width: float, opacity: float) -> dict[str, object]:
    """All edges as one line broken by NaN: one trace an edge is slower by a factor of five."""
    points = np.full((len(ends), 3, 2), np.nan)
    points[:, :2] = positions[ends]
    x, y = points.reshape(-1, 2).T
    return dict(
        type="scatter",
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "width": width},
        opacity=opacity,
        hoverinfo="skip",
        showlegend=False,
    )


def _colour_bar(limit: float) -> dict[str, object]:
    return {
        "title": {"text": "component", "side": "right"},
        "thickness": 10,
        "len": 0.6,
        "outlinewidth": 0,
        "tickvals": [-limit, 0, limit],
        "ticktext": [f"−{limit:.2f}", "0", f"{limit:.2f}"],
    }
