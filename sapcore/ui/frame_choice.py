"""The controls of the decode page: two networks, and the frame that they decode."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.inspection import FrameSource, frames_searched, next_different, next_in_error, parse_bits
from sapcore.inspection.network import TracedNetwork
from sapcore.ui.controls import decibels, free_select, free_text, whole_number
from sapcore.ui.decoders import offered_decoders
from sapcore.ui.glossary import about
from sapcore.ui.request import EBN0_LIMITS, MOST_SEED
from sapcore.ui.text import plain

FIRST, SECOND = "fecct", "fecct/sap@0.5"
FIRST_FRAME, LAST_FRAME = 8, 2**20 - 1  # the first that shows dense right and pruned wrong
FRAME_KEY = "d_frame"


def network_controls() -> tuple[str, str]:
    """The specs of the two networks, which the page has to judge."""
    offered = [spec for spec in offered_decoders() if spec.split(":")[0].split("/")[0] == "fecct"]
    options = list(dict.fromkeys([FIRST, SECOND, *offered]))
    meaning = about("decoder spec", then="A fecct, pruned or not: choose, or type one such as fecct/dedicated@0.75.")
    first = free_select("Decoder A", options, "d_a", default=FIRST, width=230, help=meaning)
    return first, free_select("Decoder B", options, "d_b", default=SECOND, width=230, help=meaning)


def frame_controls(code: LinearCode) -> tuple[FrameSource, int]:
    """Where frames come from, and the number of the one chosen; InputError for bits that `code` does not have."""
    ebn0 = decibels("Eb/N0 (dB)", "d_ebn0", *EBN0_LIMITS, default=3.0, width=140, help=about("Eb/N0"))
    seed = whole_number("Seed", "d_seed", 0, MOST_SEED, default=0, width=140)
    meaning = about("block", then="Frames are counted from 0 in the order in which a run of this seed draws them.")
    index = whole_number("Frame", FRAME_KEY, 0, LAST_FRAME, default=FIRST_FRAME, width=140, help=meaning)
    text = free_text(
        "Signs to change",
        "d_flip",
        width=210,
        placeholder=f"bits, 1 to {code.n}",
        help="Numbers of bits, such as 3, 17: their received values get the other sign, in every frame.",
    )
    return FrameSource(code, ebn0, seed, parse_bits(text, code.n)), index


def search_buttons(source: FrameSource, index: int, first: TracedNetwork, second: TracedNetwork) -> None:
    """Buttons that go on to the next frame worth a look."""
    a, b, count = first.decoder, second.decoder, frames_searched(source.code)
    searches = (
        ("Next error of A", f"decoded wrongly by {first.spec}", lambda: next_in_error(source, a, index)),
        ("Next error of B", f"decoded wrongly by {second.spec}", lambda: next_in_error(source, b, index)),
        (
            "Next where A and B differ",
            f"decided differently by {first.spec} and {second.spec}",
            lambda: next_different(source, a, b, index),
        ),
    )
    for label, what, search in searches:
        st.button(
            label,
            icon=":material/skip_next:",
            disabled=index == LAST_FRAME,
            on_click=_go,
            args=(search, index, min(index + count, LAST_FRAME), what),
            help=f"Searches up to {count} frames onward, with the signs changed as above.",
        )


def _go(search: Callable[[], int | None], index: int, last: int, what: str) -> None:
    with st.spinner("Decoding frames …"):
        found = search()
    if found is not None and found <= last:
        st.session_state[FRAME_KEY] = found
        return
    sentence = f"None of the frames {index + 1} to {last} is {what}. To search on, set the frame to {last}."
    st.toast(plain(sentence), icon=":material/info:", duration="infinite")
