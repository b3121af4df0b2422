"""The result store as the pages see it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sapcore.errors import InputError
from sapcore.simulation import Store, default_path
from sapcore.ui.text import show_error


def open_store() -> Store:
    """The store of this installation; a store that cannot be used is answered with its sentence and the page ends."""
    try:
        return _store(default_path())
    except InputError as error:
        show_error(error)
        st.stop()


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(path: Path) -> Store:
    return Store(path)
