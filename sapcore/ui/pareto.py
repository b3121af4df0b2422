"""The trade-off of a run: bit error rate against cost at one Eb/N0."""

from __future__ import annotations

import streamlit as st

from sapcore.figures import COSTS, pareto_figure
from sapcore.report.costs import TRADE_OFF_COLUMNS, pareto_points, passes_note, why_no_trade_off
from sapcore.runs import Run
from sapcore.ui.controls import choice, select
from sapcore.ui.glossary import about
from sapcore.ui.show import show_figure
from sapcore.ui.shown_run import changed_here
from sapcore.ui.theme import current_theme

TRADE_OFF_KEYS = "t_cost", "t_at"


def trade_off_controls(run: Run) -> tuple[str, float]:
    """What the cost is counted in, and at which Eb/N0 (dB) of the run it is set against the error rate."""
    meaning = f"Of the trade-off under the curves. {'; '.join(f'{name}: {text}' for name, text in COSTS.items())}."
    cost = choice("Cost", list(COSTS), TRADE_OFF_KEYS[0], help=about("MACs", then=meaning))
    places = {f"{value:g}": value for value in reversed(run.spec.ebn0)}
    return cost, places[select("Trade-off at (dB)", list(places), TRADE_OFF_KEYS[1], width=150, silent=changed_here())]


def trade_off(run: Run, ebn0: float, cost: str) -> None:
    """The figure and its table."""
    points = pareto_points(run, ebn0)
    if problem := why_no_trade_off(points, ebn0, cost):
        st.caption(problem)
    else:
        figure = pareto_figure(points, cost, current_theme())
        show_figure(figure, points[TRADE_OFF_COLUMNS], "trade-off", of=run.codes)
        if cost == "MACs" and (note := passes_note(points)):
            st.caption(note)
