"""Text from outside (addresses, file names, errors) on a page: shown as written, never as markdown."""

from __future__ import annotations

import re

import streamlit as st

from sapcore.errors import LONGEST_QUOTE


def plain(text: str) -> str:
    """Escape every character that markdown would read as a command."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!$~|<>:])", r"\\\1", text)


def in_quotation_marks(text: str) -> str:
    """The text in quotation marks, escaped and shortened to one readable line."""
    line = " ".join(text.split())
    return f"“{plain(line[:LONGEST_QUOTE])}{'…' if len(line) > LONGEST_QUOTE else ''}”"


def show_error(error: Exception) -> None:
    """Show the one sentence of an InputError."""
    st.error(plain(str(error)), icon=":material/error:")
