"""Text from outside (addresses, file names, errors) on a page: shown as written, never as markdown."""

from __future__ import annotations

import re

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sapcore.errors import LONGEST_QUOTE


def plain(text: str) -> str:
    """Escape every character that markdown would read as a command."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!$~|<>:])", r"\\\1", text)


def in_quotation_marks(text: str) -> str:
    """The text in quotation marks, escaped and shortened to one readable line."""
    line = " ".join(text.split())
    return f"“{plain(line[:LONGEST_QUOTE])}{'…' if len(line) > LONGEST_QUOTE else ''}”"


def section() -> DeltaGenerator:
    """A place for elements whose number changes, above controls that are bound to the address.

    It keeps them where they are. A control that moves is drawn at its new place before it is taken from its old one,
    and with that Streamlit 1.67 ends its tie to the address.
    """
    return st.container()


def show_error(error: Exception) -> None:
    """Show the one sentence of an InputError."""
    st.error(plain(str(error)), icon=":material/error:")
