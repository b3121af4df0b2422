"""The theme of the page, and of the figures that go with it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sapcore.figures import FigureTheme, theme_named

_HERE = Path(__file__)
_watch = st.components.v2.component(
    "theme_watch", html="<i hidden></i>\n", js=_HERE.with_name("theme_watch.js").read_text()
)


def wear_theme() -> None:
    """What the configuration cannot do: text that stands out, and figures that change with the page."""
    st.html(_HERE.with_name("contrast.css"))
    _watch(key="theme watch", height=1, on_changed_change=lambda: None)


def current_theme() -> FigureTheme:
    """Light or dark, as the browser shows the page; light before it has said so."""
    return theme_named(st.context.theme.type)
