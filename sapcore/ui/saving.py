"""Saving pictures: the browser that shows a figure makes the file, so that no server needs one."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from sapcore.figures import alt_text

_HERE = Path(__file__).parent
SCRIPT = (_HERE / "saving.js").read_text()
"""What a component's script needs before it to save a picture."""
STYLE = (_HERE / "saving.css").read_text()
"""How the buttons of such a component look, in an element of class "saving"."""
_HTML = """<div class="saving">
<button type="button" name="svg">Figure (SVG)</button>
<button type="button" name="png">Figure (PNG)</button>
</div>
"""
_component = st.components.v2.component(
    "figure_files", html=_HTML, css=STYLE, js=f"{SCRIPT}\n{(_HERE / 'figure_files.js').read_text()}"
)


def picture_buttons(figure: go.Figure, key: str, name: str) -> None:
    """Buttons that save the figure shown under `key` as `name`, as vectors (SVG) or pixels (PNG)."""
    data = {"figure": key, "name": name, "about": alt_text(figure)}
    _component(key=f"save {key}", data=data, width="content")
