"""From a code on show to its error rate, to a frame of it, or straight to a run of some decoders."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.experiments.sap_plan import MIDDLE
from sapcore.runs import ensure_runner, request
from sapcore.simulation import StoppingRule, Store
from sapcore.ui.codes import REDUNDANT, STANDARD, name_in_controls
from sapcore.ui.decoders import has_default_backbone
from sapcore.ui.shown_run import KEY
from sapcore.ui.text import show_error

MEASURED_EBN0 = (3.0, 4.0, 5.0)
MEASURED_RULE = StoppingRule(frame_errors=100, max_frames=200_000)


def pruned_and_dense() -> list[str]:
    """The decoders to begin with: the network dense and pruned, and belief propagation."""
    return ["fecct", f"fecct/sap@{MIDDLE:g}", "bp:50"] if has_default_backbone() else ["bp:50"]


def measure_button(code: LinearCode, decoders: Sequence[str] = (), label: str = "Measure its error rate") -> None:
    """A button that opens the error-rate page with this code chosen, and these decoders where there are any."""
    if st.button(label, icon=":material/stacked_line_chart:", type="primary"):
        standard = code.standard is None
        choice = {
            "t_codes": [name_in_controls(code)],
            "t_forms": [STANDARD if standard else REDUNDANT],
            "t_checks": None if standard else code.rows,
        }
        if decoders:
            choice["t_decoders"] = list(decoders)
        _open("pages/tradeoffs.py", choice)


def decode_button(code: LinearCode) -> None:
    """A button that opens the decode page with this code chosen as it is."""
    if st.button("Decode it", icon=":material/troubleshoot:"):
        _open("pages/decode.py", {"d_code": name_in_controls(code), "d_form": STANDARD, "d_rows": None, "d_flip": ""})


def _open(page: str, choice: dict[str, object]) -> None:
    """Open a page with these controls set.

    The choice goes into the address, and into the session because Streamlit drops from an address what is a default.
    """
    st.session_state.update(choice)
    st.switch_page(page, query_params={key: value for key, value in choice.items() if value})


def run_button(label: str, store: Store, code: LinearCode, decoders: Sequence[str]) -> None:
    """A button that starts a run of these decoders at MEASURED_EBN0 and opens its curves and trade-off."""
    if st.button(label, icon=":material/stacked_line_chart:"):
        try:
            run = request(store, [code], list(decoders), MEASURED_EBN0, MEASURED_RULE)
        except InputError as error:  # something has to be learned first
            show_error(error)
            return
        ensure_runner(store)
        st.switch_page("pages/tradeoffs.py", query_params={KEY: run.id})
