"""Choosing a code on a page, or bringing one's own matrix."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import Store
from sapcore.ui.codes import FIRST_CODE, STANDARD, CodeChoice, code_picker, several_codes
from sapcore.ui.own_matrices import own_matrices
from sapcore.ui.text import show_error


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
        own_matrices(store, f"{prefix}code", f"{prefix}form", first)
    if problem:
        show_error(problem)
        st.stop()
    return code


def codes_or_upload(store: Store, prefix: str, default: Sequence[str], most: int) -> CodeChoice:
    """The controls for several codes with the uploader beside them; see `several_codes` for the arguments."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            chosen = several_codes(store, prefix, default, most)
        own_matrices(store, f"{prefix}codes", f"{prefix}forms", list(default))
    return chosen
