"""The guided tour of the overview: eight steps, each of which sets the controls of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sapcore.ui.codes import REDUNDANT, STANDARD
from sapcore.ui.controls import report_bad
from sapcore.ui.text import plain

KEY = "o_step"
RATIO = "o_ratio"


@dataclass(frozen=True)
class Step:
    """One step: what to look at, the part of the page it stands in, and what it sets the controls to."""

    title: str
    text: str
    anchor: str
    code: str = "Golay(24,12)"
    form: str = REDUNDANT
    ratio: float = 0.5
    vector: int = 2

    @property
    def controls(self) -> dict[str, object]:
        """The state of every control by its key, but that of the ratio, which lives in the address."""
        return {"o_code": self.code, "o_form": self.form, "o_rows": None, "o_vector": self.vector}


STEPS = (
    Step(
        "A code is its matrix",
        "Each row of the parity-check matrix is a check, each column a bit, each one an edge of the Tanner graph. "
        "The decoder sees received magnitudes, the syndrome and this graph, and nothing else.",
        "tanner-graph",
        form=STANDARD,
        ratio=0.0,
        vector=1,
    ),
    Step(
        "More checks, the same code",
        "The redundant form takes other rows: more, and lighter, words of the dual code. The code stays the same.",
        "tanner-graph",
        ratio=0.0,
        vector=1,
    ),
    Step(
        "The spectrum",
        "Singular vectors of the matrix are eigenvectors of the graph. The second one colours the nodes now.",
        "tanner-graph",
        ratio=0.0,
    ),
    Step(
        "The signature finds a donor",
        "The two largest singular values are the signature. The donor with the nearest one lends its mask.",
        "signature-and-donor",
        ratio=0.0,
    ),
    Step(
        "The mask",
        "Half of the heads and of the channels go. Drag the ratio: what was ranked low goes first.",
        "mask",
    ),
    Step(
        "What it saves",
        "The matrices become really smaller, layer by layer; nothing is multiplied by zero.",
        "cost",
    ),
    Step(
        "The error rate",
        "What was measured of this code, with 95 % intervals, beside published maximum likelihood. Measure more here.",
        "error-rate",
    ),
    Step(
        "Another code, the same weights",
        "The backbone is the same. This code has another graph and another signature, and borrows from another donor. "
        "Yours is next: Your own matrix, below.",
        "signature-and-donor",
        code="BCH(63,45)",
    ),
)


def tour(welcome: str) -> tuple[DeltaGenerator, str] | None:
    """Draw `welcome` and the button that begins the tour, or the step in the address.

    Returned is where the figures of the step go, and the part of the page they are of, for `tell`. One button leads
    from the first step to the end, so that the keyboard stays on it.
    """
    number = _step_in_address()
    if number is not None and st.session_state.get(KEY) != number:
        _enter(number)
    with st.container(border=number is not None):
        step = None if number is None else STEPS[number - 1]
        st.markdown(welcome if step is None else f"**{number} of {len(STEPS)}: {step.title}.** {step.text}")
        figures = st.empty()
        with st.container(horizontal=True, vertical_alignment="center"):
            if number is None:
                _forward("Guided tour", "tour", _go, 1)
                return None
            if number < len(STEPS):
                _forward("Next", "arrow_forward", _go, number + 1)
            else:
                _forward("End the tour", "close", _leave)
            st.button("Back", icon=":material/arrow_back:", disabled=number == 1, on_click=_go, args=(number - 1,))
            if number < len(STEPS):
                st.button("End the tour", icon=":material/close:", on_click=_leave)
            st.markdown(f"[Show it](#{step.anchor})")
    return figures, step.anchor


def tell(here: tuple[DeltaGenerator, str] | None, sentences: Mapping[str, str]) -> None:
    """Say in the step what its part of the page says; `sentences` by anchor. Outside the tour nothing."""
    if here is not None:
        figures, anchor = here
        figures.markdown(plain(sentences[anchor]))


def _forward(label: str, icon: str, go: Callable[..., None], *to: int) -> None:
    st.button(label, icon=f":material/{icon}:", key="tour forward", on_click=go, args=to)


def _go(number: int) -> None:
    st.query_params[KEY] = str(number)
    _set_controls(number)


def _enter(number: int) -> None:
    """Enter by an address: one that names the step alone, or a control or two, or one that was copied in the tour.

    The tour writes a ratio into every address, so what a copied one does not name is at its default.
    """
    if RATIO in st.query_params:
        st.session_state[KEY] = number
    else:
        _set_controls(number, but=st.query_params)


def _set_controls(number: int, but: Collection[str] = ()) -> None:
    """Set the controls of a step, `but` those of these keys."""
    st.session_state[KEY], step = number, STEPS[number - 1]
    st.session_state.update({key: value for key, value in step.controls.items() if key not in but})
    st.query_params[RATIO] = f"{step.ratio:g}"


def _leave() -> None:
    st.query_params.pop(KEY, None)
    st.session_state.pop(KEY, None)


def _step_in_address() -> int | None:
    text = st.query_params.get(KEY)
    if text is None:
        return None
    if text in map(str, range(1, len(STEPS) + 1)):
        return int(text)
    report_bad(KEY, [text], f"a whole number from 1 to {len(STEPS)}", "the tour is left out")
    return None
