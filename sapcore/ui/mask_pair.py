"""Any two masks of the masks page against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.experiments.shipped import current_digest
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.mask_difference import STATES, MaskDifference
from sapcore.pruning.masks import mask_source
from sapcore.ui.codes import own_name
from sapcore.ui.controls import select
from sapcore.ui.mask_recipe import mask_difference_lines, prune_command
from sapcore.ui.show import show_figure, show_table
from sapcore.ui.show_recipe import show_recipe
from sapcore.ui.text import plain, show_error
from sapcore.ui.theme import current_theme

SAME = "as the first"
RATIOS = tuple(f"{tenth / 10:g}" for tenth in range(10))
FORMATS = {"Jaccard": st.column_config.NumberColumn(format="%.3f")}


def mask_pair(codes: Sequence[LinearCode], how: str, ratio: float) -> None:
    """Choose two masks and draw what tells them apart; the first is chosen `how` and at `ratio`."""
    named = _by_name(codes)
    names = list(named)
    st.subheader("Two masks against each other")
    with st.container(horizontal=True):
        first = select("First", names, "m_first", width=220)
        second = select("Second", [*names[1:], names[0]], "m_second", width=220)
        other_how = select("Mask of the second", [SAME, *CHOICES], "m_second_how", width=170)
        other_ratio = select("Ratio of the second", [SAME, *RATIOS], "m_second_ratio", width=170)
    chosen = (
        (named[first], how, ratio),
        (named[second], how if other_how == SAME else other_how, ratio if other_ratio == SAME else float(other_ratio)),
    )
    try:
        with st.spinner("Choosing masks …"):
            found = MaskDifference.of(*(mask_source().mask(way, code, share) for code, way, share in chosen))
    except InputError as error:
        show_error(error)
        return
    labels = tuple(f"{code.name}, {way}@{share:g}" for code, way, share in chosen)
    shown = list(dict.fromkeys(code for code, _, _ in chosen))
    st.markdown(f"First: {plain(labels[0])}. Second: {plain(labels[1])}.")
    show_figure(
        figures.mask_difference_figure(found.heads, found.channels, STATES, labels, current_theme()),
        figures.mask_difference_table(found.heads, found.channels, STATES),
        "mask-difference",
        of=shown,
    )
    counts = figures.mask_difference_counts(found.counts(), STATES)
    show_table(counts, "mask-difference-counts", "Heads and channels kept by both, one alone, neither.", FORMATS, shown)
    decoders = {(code.digest, f"fecct/{way}@{share:g}"): code for code, way, share in chosen}
    show_recipe(
        shown,
        dict.fromkeys(prune_command([code], way, share) for code, way, share in chosen),
        [mask_difference_lines(*chosen)],
        {(matrix, spec): current_digest(spec, code) for (matrix, spec), code in decoders.items()},
    )


def _by_name(codes: Sequence[LinearCode]) -> dict[str, LinearCode]:
    """The codes by a name each of its own: that of the matrix too where two are called alike."""
    alike = Counter(code.name for code in codes)
    return {code.name if alike[code.name] == 1 else own_name(code): code for code in codes}
