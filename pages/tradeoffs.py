"""Error rates: choose codes and decoders, measure in the background, watch the curves grow."""

import streamlit as st

from sapcore.errors import InputError
from sapcore.figures import METRICS
from sapcore.report.page import Report
from sapcore.report.recipe import beside_lines, cost_lines, shipped_commands
from sapcore.report.results import results_table, shipped_results
from sapcore.report.view import DEFAULT_RATE, View
from sapcore.runs import Run, ensure_runner, list_runs, request
from sapcore.runs.describe import label
from sapcore.ui.beside import beside_control
from sapcore.ui.comparison import COMPARISON_KEYS, comparison, comparison_controls
from sapcore.ui.controls import choice, decibel_range, report_unknown_names, section, select
from sapcore.ui.glossary import about
from sapcore.ui.pareto import TRADE_OFF_KEYS, trade_off, trade_off_controls
from sapcore.ui.request import EBN0_LIMITS, request_controls
from sapcore.ui.router import enter_through_router
from sapcore.ui.run_list import run_list
from sapcore.ui.run_view import curves, how_made, keep_runner, points, run_buttons, run_heading, shipped_table
from sapcore.ui.share import title_and_link
from sapcore.ui.show_recipe import digests_in, show_recipe
from sapcore.ui.shown_run import KEY, show_run, shown_run
from sapcore.ui.store import open_store
from sapcore.ui.take_away import take_away_of
from sapcore.ui.text import plain, show_error

FLOORS = ("auto", "1e-2", "1e-3", "1e-4", "1e-5", "1e-6", "1e-7", "1e-8")
REFRESH = "2s"

enter_through_router()
title_and_link("Error rates")
st.markdown("Measured in the background, block by block. Leave the page, come back, stop or resume at any time.")
store = open_store()
with st.container(border=True):
    wanted = request_controls(store)
    if st.button("Start", icon=":material/play_arrow:", type="primary", disabled=wanted is None):
        try:
            run = request(store, wanted.codes, wanted.decoders, wanted.ebn0, wanted.rule, wanted.seed)
            ensure_runner(store)
            show_run(run.id)
        except InputError as error:
            show_error(error)

with section():
    shown = shown_run(store)
runs = list_runs(store)
active = any(run.state.is_open for run in runs)

with st.container(horizontal=True):
    metric = choice("Rate", list(METRICS), "t_metric", help=about("FER", "BER", "95 % interval"))
    floor = select("Lowest rate shown", FLOORS, "t_floor", width=170)
    with st.container(width=420):
        view = decibel_range(
            "Eb/N0 shown (dB)", "t_view", *EBN0_LIMITS, default=EBN0_LIMITS, help="The whole range follows the data."
        )
with st.container(horizontal=True):
    if shown is not None:
        cost, at = trade_off_controls(shown)
        compared = comparison_controls(shown)
beside = beside_control()
lowest = None if floor == "auto" else float(floor)
window = None if view == EBN0_LIMITS else view


def run_in_full(run: Run) -> None:
    """Curves, comparison and trade-off of a run, as the controls ask for them."""
    run_buttons(store, run)
    run_heading(run)
    table = results_table(run)
    against, rate = compared or (None, DEFAULT_RATE)
    shown_as = View(metric, lowest, window, tuple(beside), against, rate, cost, at)
    curves(table, list(run.codes), metric, window or run.spec.ebn0, lowest, beside, Report(run, shown_as))
    points(table)
    if compared is not None:
        comparison(run, against, rate, metric)
    st.subheader("Bit error rate against cost")
    trade_off(run, at, cost)
    codes, span = list(run.codes), window or run.spec.ebn0
    how_made(run, codes, beside_lines(codes, metric, beside, (span[0], span[-1])), cost_lines(run.id, at))


@st.fragment(run_every=REFRESH if active else None)
def live() -> None:
    """The shown run and the list of all, redrawn while anything runs, their buttons too."""
    now, run = list_runs(store), shown_run(store)
    if (run and run.id) != (shown and shown.id):
        st.rerun()  # another one is shown: the controls above are its own
    with section():
        keep_runner(store, now)
        if run is not None:
            run_in_full(run)
    if run is not None:
        take_away_of(run)
    run_list(store, now, run and run.id)
    if any(one.state.is_open for one in now) != active:
        st.rerun()  # the page begins or ends to be redrawn by itself


if shown is not None:
    st.subheader(plain(label(shown)))
elif wanted is not None:
    below = ", or show one of the runs below" if runs else ""
    span = window or wanted.ebn0
    shipped = shipped_results(wanted.codes, wanted.decoders, (span[0], span[-1]))
    ships = " The curves are of points that ship." if len(shipped) else ""
    st.info(f"No run is shown. Press Start{below}.{ships}", icon=":material/info:")
    curves(shipped, list(wanted.codes), metric, span, lowest, beside)
    shipped_table(shipped)
    bounds = beside_lines(wanted.codes, metric, beside, (span[0], span[-1]))
    show_recipe(wanted.codes, shipped_commands(shipped), [bounds], digests_in(shipped))
live()
report_unknown_names("t_", KEY, *TRADE_OFF_KEYS, *COMPARISON_KEYS)
