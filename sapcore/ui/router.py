"""Every page is entered through app.py, also by the first deep link to a fresh server."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def enter_through_router() -> None:
    """Start over with app.py if Streamlit has opened this page by itself.

    Beside a folder named pages/, Streamlit runs a page directly, without its router, until `st.navigation` has been
    called once in the life of the server. Streamlit 1.67 has no setting for this; what is set here is what
    `st.navigation` sets.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
