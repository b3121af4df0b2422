"""Runs: everything that is measured in the background, wherever it was started; look into it and steer it."""

import streamlit as st

from sapcore.report.results import results_table
from sapcore.runs import get_run, list_runs, workers_in_words
from sapcore.runs.describe import label
from sapcore.ui.controls import report_unknown_names
from sapcore.ui.router import enter_through_router
from sapcore.ui.run_table import (
    KEY,
    error_rates_link,
    no_runs,
    priority_control,
    run_choice,
    run_table,
)
from sapcore.ui.run_view import how_made, keep_runner, log, points, run_buttons, run_heading, states
from sapcore.ui.share import title_and_link
from sapcore.ui.shown_run import shown_run
from sapcore.ui.store import open_store
from sapcore.ui.text import plain

REFRESH = "2s"

enter_through_router()
title_and_link("Runs")
st.markdown("All runs on this machine, also those of other tabs and of the command line.")
store = open_store()
shown = shown_run(store, KEY)
runs = list_runs(store)
active = any(run.state.is_open for run in runs)
refresh = REFRESH if active else None


@st.fragment(run_every=refresh)
def all_runs() -> None:
    """The table and the workers, redrawn while anything runs; the whole page where a run or the choice has changed."""
    now, chosen = list_runs(store), shown_run(store, KEY)
    if states(now) != states(runs) or (chosen and chosen.id) != (shown and shown.id):
        st.rerun()
    keep_runner(store, now)
    st.caption(plain(workers_in_words(store)))
    run_table(now, shown and shown.id)


@st.fragment(run_every=refresh)
def one_run(run_id: str) -> None:
    """The progress of the shown run."""
    run = get_run(store, run_id)
    run_heading(run)
    points(results_table(run))


if runs:
    all_runs()
    run_choice(runs, shown and shown.id)
else:
    st.caption(plain(workers_in_words(store)))
    no_runs()
if shown is not None:
    st.subheader(plain(label(shown)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        priority_control(store, shown)
        run_buttons(store, shown, stop="Cancel")
        error_rates_link(shown)
    one_run(shown.id)
    how_made(shown, list(shown.codes))
log(store)
report_unknown_names("q_", KEY)
