"""Figures that are drawn once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import KEPT, remembered
from sapcore.figures.theme import DARK, LIGHT, FigureTheme


def test_a_figure_is_drawn_again_only_for_other_contents() -> None:
    drawn: list[float] = []

    @remembered
    def line_figure(values: np.ndarray, theme: FigureTheme, *, scale: float = 1.0) -> go.Figure:
        drawn.append(scale * values[-1])
        return go.Figure(go.Scatter(y=scale * values))

    first = line_figure(np.arange(3.0), LIGHT)
    assert line_figure(np.arange(3.0), LIGHT) is first
    assert line_figure(np.arange(4.0), LIGHT) is not first
    assert line_figure(np.arange(3.0), DARK) is not first
    assert line_figure(np.arange(3.0), LIGHT, scale=2.0).data[0].y[-1] == 4.0
    assert drawn == [2.0, 3.0, 2.0, 4.0]
    for length in range(5, 5 + KEPT):
        line_figure(np.arange(float(length)), LIGHT)
    assert line_figure(np.arange(3.0), LIGHT) is not first
    assert line_figure.__name__ == "line_figure"


def test_tables_are_the_same_if_their_cells_are() -> None:
    drawn: list[pd.DataFrame] = []

    @remembered
    def table_figure(table: pd.DataFrame, parts: dict[str, list[float]]) -> go.Figure:
        drawn.append(table)
        return go.Figure()

    def table(**other: object) -> pd.DataFrame:
        errors = pd.array([3, None], dtype="Int64")
        return pd.DataFrame({"name": ["a", None], "ber": [0.1, np.nan], "errors": errors} | other)

    for one in (table(), table(), table(ber=[0.1, 0.2]), table(name=["a", "b"]), table().rename(columns={"ber": "x"})):
        table_figure(one, {"dense": [1.0]})
    table_figure(table(), {"dense": [1]})
    assert len(drawn) == 5
