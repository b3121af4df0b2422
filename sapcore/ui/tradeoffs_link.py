"""From a code on show to its error rate."""

from __future__ import annotations

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.ui.codes import REDUNDANT, STANDARD, name_in_controls


def measure_button(code: LinearCode) -> None:
    """A button that opens the error-rate page with this code chosen."""
    if st.button("Measure its error rate", icon=":material/stacked_line_chart:", type="primary"):
        st.session_state["t_codes"] = [name_in_controls(code)]
        st.session_state["t_forms"] = [STANDARD if code.standard is None else REDUNDANT]
        st.session_state["t_checks"] = None if code.standard is None else code.rows
        st.switch_page("pages/tradeoffs.py", query_params={})
