"""Bringing one's own matrix."""

from __future__ import annotations

import streamlit as st

from sapcore.codes.files import FORMATS, read_matrix
from sapcore.errors import InputError
from sapcore.simulation import Store
from sapcore.ui.codes import STANDARD, remember_own
from sapcore.ui.text import plain


def upload_matrix(store: Store, prefix: str) -> None:
    """A folded uploader; a matrix that can be used is stored and chosen, any other is answered with one sentence.

    `prefix` is that of the code picker it chooses in.
    """
    with st.popover("Your own matrix", icon=":material/upload_file:"):
        st.file_uploader(
            f"Parity-check matrix: {', '.join('.' + name for name in FORMATS)}; up to 4096 columns and 4 MB",
            key="upload",
            on_change=_take_upload,
            args=(store, prefix),
        )
        if problem := st.session_state.get("upload problem"):
            st.error(plain(problem), icon=":material/error:")
        elif st.session_state.get("upload") is not None:
            st.success("The matrix is chosen. It stays on this machine; its address opens it in any tab.")


def _take_upload(store: Store, prefix: str) -> None:
    st.session_state["upload problem"] = None
    file = st.session_state["upload"]
    if file is None:
        return
    try:
        code = read_matrix(file.getvalue(), file.name)
    except InputError as error:
        st.session_state["upload problem"] = str(error)
        return
    st.session_state[f"{prefix}code"] = remember_own(code, store)
    st.session_state[f"{prefix}form"] = STANDARD
