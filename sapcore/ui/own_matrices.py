"""Bringing one's own matrix, and what to do with it next."""

from __future__ import annotations

import streamlit as st

from sapcore.codes.files import FORMATS, MAX_BYTES, read_matrix
from sapcore.errors import InputError
from sapcore.runs.own_codes import OwnCode, add_own_code, own_codes, remove_own_code
from sapcore.simulation import Store
from sapcore.ui.codes import STANDARD, own_name, resolve
from sapcore.ui.text import plain
from sapcore.ui.tradeoffs_link import decode_button, measure_button, pruned_and_dense

UPLOAD, OUTCOME, LEAVING = "upload", "matrix outcome", "matrix to remove"
MEGABYTE = 1_000_000


def own_matrices(store: Store, key: str, form_key: str, default: str | list[str]) -> None:
    """Folded: what adds a matrix, what to do with it next, and all there are; each can be removed.

    `key` and `form_key` are the page's controls of codes and forms, `default` that of its codes: a list where it takes
    several. A matrix that can be used is kept and chosen, any other is answered with one sentence.
    """
    with st.popover("Your own matrix", icon=":material/upload_file:"):
        st.file_uploader(
            f"Parity-check matrix: {', '.join('.' + name for name in FORMATS)}; up to 4096 columns",
            key=UPLOAD,
            max_upload_size=MAX_BYTES // MEGABYTE,
            on_change=_take_upload,
            args=(store, key, form_key, default),
        )
        problem, said, added = st.session_state.get(OUTCOME, (None, None, None))
        if problem:
            st.error(plain(problem), icon=":material/error:")
        elif said:
            st.success(plain(said), icon=":material/check_circle:")
        if added:
            _next_steps(store, added, key)
        for own in own_codes(store):
            _line(store, own, key, default)


def _next_steps(store: Store, name: str, key: str) -> None:
    """What a page other than this one does with the matrix."""
    try:
        code = resolve(name, store)
    except InputError:  # another tab removed it
        return
    with st.container(horizontal=True):
        if key != "t_codes":
            measure_button(code, pruned_and_dense(), "Measure it")
        if key != "d_code":
            decode_button(code)


def _line(store: Store, own: OwnCode, key: str, default: str | list[str]) -> None:
    name = f"{own.name}@{own.digest}"
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.markdown(f"**{plain(own.name)}**: {own.rows} checks on {own.n} bits, `{own.digest}`")
        if st.session_state.get(LEAVING) == name:
            arguments = store, own, key, default
            st.button("Remove for good", key=f"remove {name}", type="primary", on_click=_remove, args=arguments)
            st.button("Keep", key=f"keep {name}", on_click=_ask, args=(None,))
        else:
            st.button("Remove", key=f"ask about {name}", on_click=_ask, args=(name,))


def _take_upload(store: Store, key: str, form_key: str, default: str | list[str]) -> None:
    """Keep the matrix and choose it alone, as it is."""
    st.session_state[OUTCOME] = None, None, None
    file = st.session_state[UPLOAD]
    if file is None:
        return
    try:
        code = read_matrix(file.getvalue(), file.name)
        add_own_code(store, code)
    except InputError as error:
        st.session_state[OUTCOME] = str(error), None, None
        return
    name, several = own_name(code), isinstance(default, list)
    st.session_state[key] = [name] if several else name
    st.session_state[form_key] = [STANDARD] if several else STANDARD
    what = f"({code.n},{code.k}), {code.rows} checks, rank {code.rank}"
    said = f"{code.name} is chosen: {what}. It is kept on this machine, and every page offers it beside the catalogue."
    st.session_state[OUTCOME] = None, said, name


def _ask(name: str | None) -> None:
    st.session_state[LEAVING] = name


def _remove(store: Store, own: OwnCode, key: str, default: str | list[str]) -> None:
    """Remove a matrix, and choose it no more."""
    st.session_state[LEAVING], name = None, f"{own.name}@{own.digest}"
    try:
        gone = remove_own_code(store, own.name, own.digest)
    except InputError as error:  # another tab was faster
        st.session_state[OUTCOME] = str(error), None, None
        return
    kept = "" if gone else " Its matrix stays in the store, for what was measured of it."
    st.session_state[OUTCOME] = None, f"{own.name} is removed.{kept}", None
    chosen = st.session_state[key]
    if isinstance(default, list):
        st.session_state[key] = [code for code in chosen if code != name] or default
    elif chosen == name:
        st.session_state[key] = default
