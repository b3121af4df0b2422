"""The figure theme that goes with the page's."""

from __future__ import annotations

import streamlit as st

from sapcore.figures import FigureTheme, theme_named


def current_theme() -> FigureTheme:
    """Light or dark, as the browser shows the page; light before it has said so."""
    return theme_named(st.context.theme.type)
