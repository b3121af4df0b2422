"""All runs of the store, wherever they were started: show them, stop them, go on with them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sapcore.runs import Run
from sapcore.runs.describe import label
from sapcore.simulation import Store
from sapcore.ui.run_view import ICONS, run_buttons
from sapcore.ui.shown_run import hide_run, show_run
from sapcore.ui.text import plain

MOST_LISTED = 12


def run_list(store: Store, runs: Sequence[Run], shown: str | None) -> None:
    """List the newest runs with their buttons."""
    if not runs:
        return
    st.subheader("Runs")
    st.caption(
        "All runs on this machine, also those of other tabs and of the command line"
        + (f"; the newest {MOST_LISTED} of {len(runs)}." if len(runs) > MOST_LISTED else ".")
    )
    for run in runs[:MOST_LISTED]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"run-{run.id}", border=run.id == shown):
            with st.container(width="stretch"):
                st.markdown(f"{ICONS[str(run.state)]} **{run.state}** · {plain(label(run))}")
                if run.message and run.id != shown:
                    st.caption(plain(run.message))
            if run.id == shown:
                st.button("Hide", key=f"hide {run.id}", on_click=hide_run)
            else:
                st.button("Show", key=f"show {run.id}", on_click=show_run, args=(run.id,))
                run_buttons(store, run, narrow=True)
