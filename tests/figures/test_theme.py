"""The common layout of figures."""

from __future__ import annotations

import plotly.graph_objects as go

from sapcore.figures.theme import DARK, LIGHT, FigureTheme, finish


def finished(theme: FigureTheme = LIGHT) -> go.Figure:
    return finish(go.Figure(go.Scatter(x=[1], y=[1])), theme, "one point", height=100)


def test_figures_of_one_theme_look_alike_and_can_be_changed_apart() -> None:
    first, second, dark = finished(), finished(), finished(DARK)
    for figure, theme in ((first, LIGHT), (dark, DARK)):
        assert figure.layout.font.color == theme.text
        assert figure.layout.template.layout.xaxis.gridcolor == theme.grid
        assert figure.layout.template.layout.hoverlabel.bgcolor == theme.background
        assert figure.layout.paper_bgcolor == theme.background
    first.update_layout(template={"layout": {"xaxis": {"gridcolor": "#123456"}}})
    assert first.layout.template.layout.xaxis.gridcolor == "#123456"
    for figure in (second, finished()):
        assert figure.layout.template.layout.xaxis.gridcolor == LIGHT.grid
