"""Bringing one's own matrix, and what to do with it next."""

from __future__ import annotations

import streamlit as st

from sapcore.codes.files import FORMATS, MAX_BYTES, read_matrix
from sapcore.errors import InputError
from sapcore.runs.own_codes import OwnCode, add_own_code, own_codes, remove_own_code
from sapcore.simulation import Store
from sapcore.ui.codes import STANDARD, own_name, resolve
from sapcore.ui.removal import removable
from sapcore.ui.spectrum_beside import NONE
from sapcore.ui.text import plain
from sapcore.ui.tradeoffs_link import decode_button, measure_button, pruned_and_dense

UPLOAD, OUTCOME = "upload", "matrix outcome"
CONTROLS = "code", "codes", "beside"  # how the keys of all controls end that take a code


def own_matrices(store: Store, key: str, form_key: str, default: str | list[str]) -> None:
    """Folded: what adds a matrix, what to do with it next, and all there are; each can be removed.

    `key` and `form_key` are the page's controls of codes and forms, `default` that of its codes: a list where it takes
    several. A matrix that can be used is kept and chosen, any other is answered with one sentence.
    """
    with st.popover("Your own matrix", icon=":material/upload_file:"):
        st.file_uploader(
            f"Parity-check matrix: {', '.join('.' + name for name in FORMATS)}; up to 4096 columns",
            key=UPLOAD,
            max_upload_size=MAX_BYTES // 1_000_000,
            on_change=_take_upload,
            args=(store, key, form_key, default),
        )
        problem, said, added = _outcome(key)
        if problem:
            st.error(plain(problem), icon=":material/error:")
        elif said:
            st.success(plain(said), icon=":material/check_circle:")
        if added:
            _next_steps(store, added, key)
        for own in own_codes(store):
            about = f"**{plain(own.name)}**: {own.rows} checks on {own.n} bits, `{own.digest}`"
            removable(about, own.name, own_name(own), _remove, store, own, key, default)


def _outcome(key: str) -> tuple[str | None, str | None, str | None]:
    """What went wrong, what was done and what was added, on this page and as long as what was added is chosen."""
    page, problem, said, added = st.session_state.get(OUTCOME, (key, None, None, None))
    if page == key and (added is None or added in _chosen(key)):
        return problem, said, added
    del st.session_state[OUTCOME]
    return None, None, None


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


def _take_upload(store: Store, key: str, form_key: str, default: str | list[str]) -> None:
    """Keep the matrix and choose it alone, as it is."""
    st.session_state.pop(OUTCOME, None)
    file = st.session_state[UPLOAD]
    if file is None:
        return
    try:
        code = read_matrix(file.getvalue(), file.name)
        add_own_code(store, code)
    except InputError as error:
        st.session_state[OUTCOME] = key, str(error), None, None
        return
    name, several = own_name(code), isinstance(default, list)
    st.session_state[key] = [name] if several else name
    st.session_state[form_key] = [STANDARD] if several else STANDARD
    what = f"({code.n},{code.k}), {code.rows} checks, rank {code.rank}"
    said = f"{code.name} is chosen: {what}. It is kept on this machine, and every page offers it beside the catalogue."
    st.session_state[OUTCOME] = key, None, said, name


def _remove(store: Store, own: OwnCode, key: str, default: str | list[str]) -> None:
    """Remove a matrix, and choose it no more."""
    try:
        gone = remove_own_code(store, own.name, own.digest)
    except InputError as error:  # another tab was faster
        st.session_state[OUTCOME] = key, str(error), None, None
        return
    kept = "" if gone else " Its matrix stays in the store, for what was measured of it."
    st.session_state[OUTCOME] = key, None, f"{own.name} is removed.{kept}", None
    _choose_no_more(own_name(own), key, default)


def _choose_no_more(name: str, key: str, default: str | list[str]) -> None:
    """Take a matrix out of the controls of every page; one that holds nothing else gets its default."""
    for control in [one for one in map(str, st.session_state) if one.endswith(CONTROLS)]:
        chosen = _chosen(control)
        if name not in chosen:
            continue
        if left := [one for one in chosen if one != name]:
            st.session_state[control] = left
        elif control == key:
            st.session_state[control] = default
        elif control.endswith("beside"):
            st.session_state[control] = NONE
        else:  # another page's, which gives it its default when it draws it
            del st.session_state[control]


def _chosen(control: str) -> list[str]:
    """What a control of one code or of several holds."""
    value = st.session_state[control]
    return value if isinstance(value, list) else [value]
