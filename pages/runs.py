"""Runs: everything that is measured in the background, wherever it was started; look into it and steer it."""

import streamlit as st

from sapcore.report.results import results_table
from sapcore.runs import list_runs, workers_in_words
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
from sapcore.ui.run_view import how_made, keep_runner, log, points, run_buttons, run_heading
from sapcore.ui.share import title_and_link
from sapcore.ui.shown_run import shown_run
from sapcore.ui.store import open_store
from sapcore.ui.text import plain

REFRESH, IDLE = "2s", "10s"  # while anything runs, and else, for runs that are begun elsewhere

enter_through_router()
title_and_link("Runs")
st.markdown("All runs on this machine, also those of other tabs and of the command line.")
store = open_store()
shown_run(store, KEY)  # says here, where it stays, if the address names a run that is not there
active = any(run.state.is_open for run in list_runs(store))


@st.fragment(run_every=REFRESH if active else IDLE)
def live() -> None:
    """All runs and the shown one, redrawn every few seconds, buttons too: each acts on what has just been drawn."""
    shown, runs = shown_run(store, KEY), list_runs(store)
    keep_runner(store, runs)
    st.caption(plain(workers_in_words(store)))
    if runs:
        run_table(runs, shown and shown.id)
        run_choice(runs, shown and shown.id)
    else:
        no_runs()
    if shown is not None:
        st.subheader(plain(label(shown)))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            priority_control(store, shown)
            run_buttons(store, shown, stop="Cancel")
            error_rates_link(shown)
        run_heading(shown)
        points(results_table(shown))
        how_made(shown, list(shown.codes))
    log(store)
    if any(run.state.is_open for run in runs) != active:
        st.rerun()  # the page is redrawn more or less often from now on


live()
report_unknown_names("q_", KEY)
