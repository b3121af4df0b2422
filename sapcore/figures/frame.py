"""One frame: the received values bit by bit, and under them what was decided."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import FigureTheme, finish

ROW_HEIGHT = 30
RECEIVED = "received"
RIGHT, CORRECTED, WRONG = STATES = ("right as received", "corrected", "wrong")


@remembered
def frame_figure(
    received: np.ndarray, codeword: np.ndarray, decisions: Mapping[str, np.ndarray], theme: FigureTheme
) -> go.Figure:
    """Draw the received values (n,), sent as +1 for the bit 0 and -1 for the bit 1, over a row a word.

    `codeword` (n,) is what was sent, `decisions` words (n,) by name; the hard decision is the first row. A bar is
    hatched where its sign is wrong; a cross is a wrong bit, a square one that the decoder put right.
    """
    n, hard = len(received), (received < 0).astype(np.uint8)
    bits, wrong = np.arange(1, n + 1), hard != codeword
    traces = []
    bars = (~wrong, "sign right", theme.series[0], ""), (wrong, "sign wrong", theme.accent, "/")
    for part, name, colour, hatch in bars:
        traces.append(
            dict(
                type="bar",
                x=bits[part],
                y=received[part],
                width=0.75 if n <= 128 else 1,
                name=name,
                customdata=codeword[part],
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {"shape": hatch, "bgcolor": colour, "fgcolor": theme.background, "solidity": 0.25},
                },
                hovertemplate="v%{x}: received %{y:.3f}, sent bit %{customdata}<extra>" + name + "</extra>",
            )
        )
    rows = {RECEIVED: hard, **decisions}
    size = float(np.clip(500 / n, 3, 10))
    looks = ("circle", theme.muted, 0.5), ("square", theme.series[0], 0.9), ("x", theme.accent, 1.0)
    for (symbol, colour, scale), state in zip(looks, STATES, strict=True):
        points = [
            (bit + 1, name, word[bit])
            for name, word in rows.items()
            for bit in np.flatnonzero(_states(hard, codeword, word) == state)
        ]
        traces.append(
            dict(
                type="scatter",
                x=[point[0] for point in points],
                y=[point[1] for point in points],
                customdata=[int(point[2]) for point in points],
                yaxis="y2",
                name=state,
                mode="markers",
                marker={"symbol": symbol, "size": scale * size, "color": colour},
                hovertemplate="v%{x}, %{y}: bit %{customdata}<extra>" + state + "</extra>",
            )
        )
    strip = ROW_HEIGHT * len(rows)
    height = 330 + strip
    share = strip / (height - 110)
    middle = {"zeroline": True, "zerolinecolor": theme.muted}
    words = {"type": "category", "categoryarray": list(rows), "range": [len(rows) - 0.5, -0.5]}
    layout = {
        "barmode": "overlay",
        "xaxis": {"title": "bit", "range": [0.3, n + 0.7], "showgrid": False, "anchor": "y2"},
        "yaxis": {"title": "received value", "domain": [share + 0.04, 1], **middle},
        "yaxis2": {"domain": [0, share], **words},
        "legend": {"itemsizing": "constant"},
    }
    return finish(go.Figure(traces, layout), theme, _alt(codeword, rows), height)


def frame_table(received: np.ndarray, codeword: np.ndarray, decisions: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a bit: what was sent, what arrived, the hard decision, and what each decoder decided."""
    return pd.DataFrame(
        {
            "bit": [f"v{i + 1}" for i in range(len(received))],
            "sent": codeword,
            "received value": received,
            "hard decision": (received < 0).astype(np.uint8),
            **decisions,
        }
    )


def _states(hard: np.ndarray, codeword: np.ndarray, word: np.ndarray) -> np.ndarray:
    return np.where(word != codeword, WRONG, np.where(hard != codeword, CORRECTED, RIGHT))


def _alt(codeword: np.ndarray, rows: Mapping[str, np.ndarray]) -> str:
    parts = [f"{name} {int((word != codeword).sum())}" for name, word in rows.items()]
    return f"A frame of {len(codeword)} bits. Wrong bits: {', '.join(parts)}."
