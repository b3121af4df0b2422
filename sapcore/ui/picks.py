"""What a click in one figure of the spectra page changes: the state of a control, which every view reads.

Each control is on the page too, so nothing needs a pointer.
"""

from __future__ import annotations

import streamlit as st

from sapcore.codes import find
from sapcore.ui.codes import REDUNDANT, STANDARD
from sapcore.ui.show import picked


def pick_singular_value() -> None:
    """A bar of the spectrum: its eigenvector."""
    if index := picked("spectrum"):
        st.session_state["s_vector"] = int(index)


def pick_node() -> None:
    """A node of the Tanner graph: marked in graph and matrix."""
    if data := picked("tanner-graph"):
        st.session_state["s_node"] = data[0]


def pick_code() -> None:
    """A point of the signature map: that code in that form."""
    if data := picked("signature-map"):
        code = find(data[0])
        st.session_state["s_code"] = code.name if code.standard is None else code.standard.name
        st.session_state["s_form"] = STANDARD if code.standard is None else REDUNDANT
        st.session_state["s_rows"] = None
