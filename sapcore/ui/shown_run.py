"""Which run the error-rate page shows: its id in the address, kept over page switches."""

from __future__ import annotations

import streamlit as st

from sapcore.errors import InputError
from sapcore.runs import Run, get_run
from sapcore.simulation import Store
from sapcore.ui.text import quoted

KEY = "t_run"


def show_run(run_id: str) -> None:
    """Show this run from the next rerun on."""
    st.session_state["shown run"] = run_id
    st.query_params[KEY] = run_id


def hide_run() -> None:
    """Show no run."""
    st.session_state.pop("shown run", None)
    st.query_params.pop(KEY, None)


def shown_run(store: Store) -> Run | None:
    """The run in the address, or the one this session last showed; None where there is none."""
    run_id = st.query_params.get(KEY) or st.session_state.get("shown run")
    if not run_id:
        return None
    try:
        run = get_run(store, run_id)
    except InputError:
        hide_run()
        st.warning(f"There is no run {quoted(run_id)} in this store; choose one below or start one.")
        return None
    show_run(run.id)
    return run
