"""Removing what is the user's own: asked for with one button, done with a second."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from sapcore.ui.text import plain

LEAVING = "to remove"


def removable(about: str, name: str, key: str, remove: Callable[..., None], *arguments: object) -> None:
    """One line `about` something called `name`, and buttons whose last calls `remove`; `key` tells it from all others.

    The buttons say the name, for those who hear them one after another.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.markdown(about)
        if st.session_state.get(LEAVING) == key:
            label, asked = f"Remove {plain(name)} for good", (remove, *arguments)
            st.button(label, f"remove {key}", type="primary", on_click=_answer, args=asked)
            st.button(f"Keep {plain(name)}", f"keep {key}", on_click=_ask, args=(None,))
        else:
            st.button(f"Remove {plain(name)}", f"ask about {key}", on_click=_ask, args=(key,))


def _ask(key: str | None) -> None:
    st.session_state[LEAVING] = key


def _answer(remove: Callable[..., None], *arguments: object) -> None:
    st.session_state[LEAVING] = None
    remove(*arguments)
