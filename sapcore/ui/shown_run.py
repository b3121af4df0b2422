"""Which run a page shows: its id in the address, kept over page switches.

`key` is its name in the address, by default that of the error-rate page.
"""

from __future__ import annotations

import streamlit as st

from sapcore.runs import Run, UnknownRunError, get_run
from sapcore.simulation import Store
from sapcore.ui.text import in_quotation_marks

KEY = "t_run"


def show_run(run_id: str, key: str = KEY) -> None:
    """Show this run from the next rerun on."""
    if st.session_state.get(f"shown {key}", run_id) != run_id:
        st.session_state[f"changed {key}"] = True
    st.session_state[f"shown {key}"] = run_id
    if st.query_params.get(key) != run_id:  # to set it sends all of the address, which the browser may have changed
        st.query_params[key] = run_id


def changed_here(key: str = KEY) -> bool:
    """Whether the run was changed in this session, so that what the address says of its points is of another run."""
    return st.session_state.get(f"changed {key}", False)


def hide_run(key: str = KEY) -> None:
    """Show no run."""
    st.session_state.pop(f"shown {key}", None)
    st.query_params.pop(key, None)


def shown_run(store: Store, key: str = KEY) -> Run | None:
    """The run in the address, or the one this session last showed; None where there is none."""
    run_id = st.query_params.get(key) or st.session_state.get(f"shown {key}")
    if not run_id:
        return None
    try:
        run = get_run(store, run_id)
    except UnknownRunError:
        hide_run(key)
        st.warning(f"There is no run {in_quotation_marks(run_id)} in this store; choose one below or start one.")
        return None
    show_run(run.id, key)
    return run
