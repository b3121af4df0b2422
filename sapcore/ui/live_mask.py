"""The live mask: a slider over the pruning ratio whose masks and counters are redrawn in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from sapcore.figures.theme import FigureTheme
from sapcore.pruning.structured_mask import LARGEST_RATIO
from sapcore.ui.controls import report_bad
from sapcore.ui.masks import MaskRow
from sapcore.ui.saving import SCRIPT, STYLE
from sapcore.ui.show import file_name

KEY = "m_ratio"
DEFAULT_RATIO = 0.5
STEP = 0.01
_HERE = Path(__file__)
_HTML = f"""<label>Pruning ratio
<input type="range" min="0" max="{LARGEST_RATIO}" step="{STEP}" aria-label="Pruning ratio">
<output></output></label>
<div class="codes"></div>
<div class="saving">
<button type="button" name="csv">CSV</button>
<button type="button" name="svg">Figure (SVG)</button>
<button type="button" name="png">Figure (PNG)</button>
</div>
"""
_component = st.components.v2.component(
    "live_mask",
    html=_HTML,
    css=f"{STYLE}\n{_HERE.with_suffix('.css').read_text()}",
    js="\n".join([SCRIPT, _HERE.with_name("mask_files.js").read_text(), _HERE.with_suffix(".js").read_text()]),
)


def ratio_in_address(key: str = KEY) -> float:
    """The pruning ratio of the address, the default one where it holds none that can be used."""
    text = st.query_params.get(key)
    if text is None:
        return DEFAULT_RATIO
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if 0 <= ratio <= LARGEST_RATIO:
        return round(ratio, 2)
    report_bad(key, [text], f"a number from 0 to {LARGEST_RATIO}")
    return DEFAULT_RATIO


def live_mask(rows: Sequence[MaskRow], ratio: float, difference: bool, theme: FigureTheme, key: str = KEY) -> None:
    """Draw the masks of `rows` at `ratio`, and with `difference` how they differ from the first row's.

    Dragging stays in the browser; on release the ratio goes into the address, under `key`, and the page is drawn again.
    """

    def commit() -> None:
        chosen = st.session_state[f"live mask {key}"]["ratio"]
        if chosen is not None:
            st.query_params[key] = f"{chosen:g}"

    legend = [("kept", "kept"), ("removed", "removed")]
    if difference:
        legend = [("kept by both", "kept"), ("by this code alone", "gained")]
        legend += [("by the first code alone", "lost"), ("by neither", "removed")]
    colours = {"kept": theme.series[0], "removed": theme.background, "gained": theme.accent, "lost": theme.muted}
    _component(
        key=f"live mask {key}",
        data={
            "ratio": ratio,
            "heads": rows[0].head_ranks.shape,
            "channels": rows[0].channel_ranks.shape,
            "rows": [row.as_data() for row in rows],
            "difference": difference,
            "colours": colours,
            "key": legend,
            "file": file_name("masks", [row.code for row in rows]),
        },
        on_ratio_change=commit,
    )
