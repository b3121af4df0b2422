"""From a code on show to its error rate."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.ui.codes import REDUNDANT, STANDARD, name_in_controls


def measure_button(code: LinearCode, decoders: Sequence[str] = ()) -> None:
    """A button that opens the error-rate page with this code chosen, and these decoders where there are any.

    The choice goes into the address, and into the session because Streamlit drops from an address what is a default.
    """
    if st.button("Measure its error rate", icon=":material/stacked_line_chart:", type="primary"):
        standard = code.standard is None
        choice = {
            "t_codes": [name_in_controls(code)],
            "t_forms": [STANDARD if standard else REDUNDANT],
            "t_checks": None if standard else code.rows,
        }
        if decoders:
            choice["t_decoders"] = list(decoders)
        st.session_state.update(choice)
        st.switch_page("pages/tradeoffs.py", query_params={key: value for key, value in choice.items() if value})
