"""Controls bound to the address: copying it shares the view.

Streamlit drops a value it cannot use from the address without a word, so each control looks first and says so; a page
ends with `report_unknown_names`.
Widths are in pixels, so that a row of controls wraps on a narrow screen.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from difflib import get_close_matches

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sapcore.ui.text import in_quotation_marks

DECIBEL_STEP = 0.25


def choice(label: str, options: Sequence[str], key: str, *, default: str | None = None, help: str | None = None) -> str:
    """One of a few options, side by side."""
    report_bad(key, _strangers(key, options), "one of " + ", ".join(options))
    bind = _binding(key, "" in st.query_params.get_all(key))
    return st.segmented_control(
        label, options, default=default or options[0], required=True, key=key, bind=bind, help=help
    )


def several(
    label: str, options: Sequence[str], key: str, *, default: Sequence[str], help: str | None = None
) -> list[str]:
    """Some of a few options, side by side; the address may name none of them."""
    bad = [text for text in _strangers(key, options) if text]
    report_bad(key, bad, "one of " + ", ".join(options), "it is left out")
    return st.segmented_control(
        label, options, selection_mode="multi", default=list(default), key=key, bind="query-params", help=help
    )


def select(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    width: int,
    help: str | None = None,
    allowed: str | None = None,
    silent: bool = False,
) -> str:
    """One of many options, the first by default. A state that has become impossible falls back to it.

    `allowed` names the options where they are too many to list. `silent` where they changed under a choice that was
    right, which is then nothing to complain of.
    """
    if not silent:
        report_bad(key, _strangers(key, options), "one of " + (allowed or ", ".join(options)))
    if st.session_state.get(key, options[0]) not in options:
        del st.session_state[key]
    return st.selectbox(label, options, key=key, bind="query-params", help=help, width=width)


def slide(label: str, options: Sequence[str], key: str, *, default: str) -> str:
    """One of a series of options on a slider, sent on release. A state that has become impossible falls back."""
    report_bad(key, _strangers(key, options), f"one of {', '.join(options)}")
    if st.session_state.get(key, default) not in options:
        del st.session_state[key]
    return st.select_slider(label, options, default, key=key, bind="query-params")


def free_select(
    label: str, options: Sequence[str], key: str, *, default: str, width: int, help: str | None = None
) -> str:
    """One of many options or any other text, which the page then has to judge."""
    return st.selectbox(
        label,
        options,
        index=options.index(default),
        key=key,
        bind="query-params",
        help=help,
        accept_new_options=True,
        width=width,
    )


def free_multiselect(
    label: str, options: Sequence[str], key: str, *, default: Sequence[str], most: int, help: str | None = None
) -> list[str]:
    """Up to `most` of many options or other texts, which the page then has to judge."""
    beyond = st.query_params.get_all(key)[most:]
    report_bad(key, beyond, f"among the first {most}, which is how many are allowed", "it is left out")
    return st.multiselect(
        label,
        options,
        default=list(default),
        key=key,
        bind="query-params",
        help=help,
        accept_new_options=True,
        max_selections=most,
        select_all=False,
    )


def whole_number(
    label: str,
    key: str,
    low: int,
    high: int,
    *,
    default: int | None,
    width: int,
    help: str | None = None,
    placeholder: str | None = None,
    disabled: bool = False,
) -> int | None:
    """A whole number; `default` None lets the field be empty. A state out of range falls back to the default."""
    given = [text for text in st.query_params.get_all(key) if text or default is not None]
    bad = [text for text in given if not (low <= _number(text) <= high and _number(text).is_integer())]
    report_bad(key, bad, f"a whole number from {low} to {high}")
    bind = _binding(key, _infinite(given))
    if not low <= (st.session_state.get(key) or low) <= high:
        del st.session_state[key]
    return st.number_input(
        label,
        low,
        high,
        default,
        1,
        key=key,
        bind=bind,
        help=help,
        placeholder=placeholder,
        disabled=disabled,
        width=width,
    )


def decibels(
    label: str, key: str, low: float, high: float, *, default: float, width: int, help: str | None = None
) -> float:
    """One value of Eb/N0 in dB."""
    given = st.query_params.get_all(key)
    report_bad(key, [text for text in given if not low <= _number(text) <= high], f"a number from {low:g} to {high:g}")
    bind = _binding(key, _infinite(given))
    return st.number_input(
        label, low, high, default, DECIBEL_STEP, format="%.2f", key=key, bind=bind, width=width, help=help
    )


def free_text(label: str, key: str, *, width: int, help: str | None = None, placeholder: str | None = None) -> str:
    """Any text, empty by default, which the page then has to judge."""
    return st.text_input(label, key=key, bind="query-params", help=help, placeholder=placeholder, width=width)


def decibel_range(
    label: str, key: str, low: float, high: float, *, default: tuple[float, float], help: str | None = None
) -> tuple[float, float]:
    """Two values of Eb/N0 on one slider, which sends them on release; an address may give them in any order."""
    given = st.query_params.get_all(key)
    usable = [low <= _number(text) <= high for text in given]
    bad = [", ".join(given)] if given and usable != [True, True] else []
    report_bad(key, bad, f"two numbers from {low:g} to {high:g}")
    bind = _binding(key, _infinite(given))
    first, last = st.slider(label, low, high, default, DECIBEL_STEP, key=key, bind=bind, help=help)
    return min(first, last), max(first, last)


def report_unknown_names(prefix: str, *others: str) -> None:
    """Say which names in the address are no control of this page, and drop them.

    The names of its controls start with `prefix`; `others` are allowed too. All controls must have been drawn.
    """
    known = [*(key for key in map(str, st.session_state) if key.startswith(prefix)), *others]
    for name in [name for name in st.query_params if name not in known]:
        close = get_close_matches(name, known, n=1)
        nearest = f"; the nearest is {close[0]}" if close else ""
        _warn(f"{in_quotation_marks(name)} in the address is no control of this page and left out{nearest}.")
        del st.query_params[name]


def section() -> DeltaGenerator:
    """A place for elements whose number changes, above controls that are bound to the address.

    It keeps those controls where they are. One that moves is drawn at its new place before it is taken from its old
    one, and with that Streamlit 1.67 ends its tie to the address.
    """
    return st.container()


def _binding(key: str, refused: bool) -> str | None:
    """How a control is tied to the address: not, for this once, where what that says of it is `refused`.

    Streamlit 1.67 drops other bad values itself. It raises for an infinite number, and lets an empty text choose none
    of the options where one is required.
    """
    if not refused:
        return "query-params"
    with get_script_run_ctx().session_state.query_params() as address:
        address.remove_param(key)  # `del` is refused while the control is bound, as it is after going back
    return None


def _infinite(given: Sequence[str]) -> bool:
    return any(math.isinf(_number(text)) for text in given)


def _number(text: str) -> float:
    """The number that a text is; NaN, which is in no range, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _strangers(key: str, options: Collection[str]) -> list[str]:
    return [text for text in st.query_params.get_all(key) if text not in options]


def report_bad(key: str, bad: Sequence[str], allowed: str, instead: str = "the default is shown") -> None:
    """Say of the first bad value in the address what is allowed, and what happens instead."""
    if bad:
        _warn(f"{in_quotation_marks(bad[0])} in the address ({key}) is not {allowed}; {instead}.")


def _warn(sentence: str) -> None:
    st.toast(sentence, icon=":material/warning:", duration="infinite")
