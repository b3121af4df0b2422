"""The title of a page, and beside it a button that copies the address of the view on show."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__)
_HTML = """<span role="status"></span>
<input type="text" readonly aria-label="Link to this view" hidden>
<button type="button"><span class="icon" aria-hidden="true">link</span>Copy link</button>
"""
_component = st.components.v2.component(
    "copy_link",
    html=_HTML,
    css=_HERE.with_suffix(".css").read_text(),
    js=_HERE.with_suffix(".js").read_text(),
)


def title_and_link(title: str) -> None:
    """Draw the title of a page with "Copy link" at its right; what is copied is what the address bar shows."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, width="content")
        _component(key="copy link", width="content")
