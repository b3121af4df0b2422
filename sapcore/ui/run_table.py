"""All runs as one table, and the choice of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from sapcore.runs import Priority, Run, set_priority
from sapcore.runs.describe import duration, label
from sapcore.simulation import Store
from sapcore.ui.glossary import about
from sapcore.ui.run_view import state_in_words
from sapcore.ui.shown_run import KEY as RUN_KEY
from sapcore.ui.shown_run import show_run

KEY = "q_run"
TABLE, CHOICE = "all-runs", "run choice"


def runs_table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row a run; rate (frames a second) and time left only of those that are worked on."""
    return pd.DataFrame(
        {
            "state": [state_in_words(run) for run in runs],
            "points": [f"{run.points_done} of {len(run.points)}" for run in runs],  # early, for narrow screens
            "run": [label(run) for run in runs],
            "frames": [run.frames for run in runs],
            "frame_errors": [run.frame_errors for run in runs],
            "rate": pd.array([run.rate if run.state.is_open and run.rate else None for run in runs], dtype="Float64"),
            "left": [_left(run) for run in runs],
            "priority": [str(run.priority) for run in runs],
            "created": [datetime.fromtimestamp(run.created).replace(microsecond=0) for run in runs],
        }
    )


def run_table(runs: Sequence[Run], shown: str | None) -> None:
    """Show all runs, with the row of the shown one selected; selecting another shows that from the next rerun on.

    Selecting none changes nothing: a table may say so of itself as it is drawn anew.
    """
    ids = [run.id for run in runs]

    def pick() -> None:
        if rows := st.session_state[TABLE]["selection"]["rows"]:
            show_run(ids[rows[0]], KEY)

    rows = [ids.index(shown)] if shown in ids else []
    selection = {"selection": {"rows": rows, "columns": [], "cells": []}}
    if TABLE in st.session_state and st.session_state[TABLE]["selection"]["rows"] != rows:
        st.session_state[TABLE] = selection
    open_runs = sum(run.state.is_open for run in runs)
    st.dataframe(
        runs_table(runs),
        key=TABLE,
        hide_index=True,
        column_config=_columns(),
        on_select=pick,
        selection_mode="single-row",
        selection_default=selection,
        placeholder="–",
        alt=f"{len(runs)} runs, newest first, {open_runs} of them open: state, priority, request, progress.",
    )


def run_choice(runs: Sequence[Run], shown: str | None) -> None:
    """The same choice without a pointer. Choosing none changes nothing here either, for the same reason."""

    def pick() -> None:
        if chosen := st.session_state[CHOICE]:
            show_run(chosen, KEY)

    names = {run.id: f"{run.id[:6]}: {label(run)}" for run in runs}
    if CHOICE not in st.session_state or st.session_state[CHOICE] != shown:  # else an open list would close
        st.session_state[CHOICE] = shown
    st.selectbox(
        "Run",
        list(names),
        index=None,
        format_func=names.get,
        key=CHOICE,
        on_change=pick,
        placeholder="Select a row, or choose here",
    )


def priority_control(store: Store, run: Run) -> None:
    """The priority of a run, changed at once."""
    key = f"priority {run.id}"
    if st.session_state.get(key) != str(run.priority):
        st.session_state[key] = str(run.priority)
    st.selectbox(
        "Priority",
        [str(priority) for priority in Priority],
        key=key,
        on_change=lambda: set_priority(store, run.id, Priority.parse(st.session_state[key])),
        disabled=str(run.state) == "done",
        help="Workers go to runs of the highest priority first, in turn among equals.",
        width=130,
    )


def no_runs() -> None:
    """What stands here before the first run."""
    with st.container(border=True):
        st.markdown("**No run yet.** Start one on the Error rates page.")
        st.page_link("pages/tradeoffs.py", label="Error rates", icon=":material/stacked_line_chart:")


def error_rates_link(run: Run) -> None:
    """A link to the curves of a run."""
    st.page_link(
        "pages/tradeoffs.py",
        label="Open in Error rates",
        icon=":material/stacked_line_chart:",
        query_params={RUN_KEY: run.id},
    )


def _left(run: Run) -> str | None:
    return duration(run.seconds_left) if run.state.is_open and run.seconds_left else None


def _columns() -> dict[str, object]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "state": text("State", width=90),
        "priority": text("Priority", width=80),
        "run": text("Measured", width="large"),
        "points": text("Points done", width=100),
        "frames": number("Frames", format="localized"),
        "frame_errors": number("Frame errors", format="localized", help=about("frame error")),
        "rate": number("Frames/s", format="localized", step=1),
        "left": text("Time left", width=90),
        "created": st.column_config.DatetimeColumn("Created", format="YYYY-MM-DD HH:mm"),
    }
