"""Bringing one's own matrix."""

from __future__ import annotations

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.codes.files import FORMATS, read_matrix
from sapcore.errors import InputError
from sapcore.simulation import Store
from sapcore.ui.codes import FIRST_CODE, STANDARD, code_picker, remember_own
from sapcore.ui.text import plain, show_error


def code_or_upload(store: Store, prefix: str, first: str = FIRST_CODE, form: str = STANDARD) -> LinearCode:
    """The code picker with the uploader beside it; where there is no such code, says so and ends the page.

    See `code_picker` for the arguments.
    """
    problem = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        try:
            code = code_picker(store, prefix, first, form)
        except InputError as error:
            problem = error
        _uploader(store, prefix)
    if problem:
        show_error(problem)
        st.stop()
    return code


def _uploader(store: Store, prefix: str) -> None:
    """A folded uploader; a matrix that can be used is stored and chosen, any other is answered with one sentence."""
    with st.popover("Your own matrix", icon=":material/upload_file:"):
        st.file_uploader(
            f"Parity-check matrix: {', '.join('.' + name for name in FORMATS)}; up to 4096 columns and 4 MB",
            key="upload",
            max_upload_size=5,
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
