"""Controls bound to the address: copying it shares the view.

Streamlit drops a value it cannot use from the address without a word, so each control looks first and says so.
Widths are in pixels, so that a row of controls wraps on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from sapcore.ui.text import quoted

DECIBEL_STEP = 0.25


def choice(label: str, options: Sequence[str], key: str, *, default: str | None = None, help: str | None = None) -> str:
    """One of a few options, side by side."""
    _report_unusable(key, lambda value: value in options, "one of " + ", ".join(options))
    return st.segmented_control(
        label, options, default=default or options[0], required=True, key=key, bind="query-params", help=help
    )


def several(
    label: str, options: Sequence[str], key: str, *, default: Sequence[str], help: str | None = None
) -> list[str]:
    """Some of a few options, side by side."""
    _report_unusable(key, lambda value: value in options, "one of " + ", ".join(options))
    return st.segmented_control(
        label, options, selection_mode="multi", default=list(default), key=key, bind="query-params", help=help
    )


def select(label: str, options: Sequence[str], key: str, *, width: int, help: str | None = None) -> str:
    """One of many options, the first by default. A state that has become impossible falls back to it."""
    _report_unusable(key, lambda value: value in options, "one of those on offer")
    if st.session_state.get(key, options[0]) not in options:
        del st.session_state[key]
    return st.selectbox(label, options, key=key, bind="query-params", help=help, width=width)


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
    _report_unusable(key, lambda value: _is_between(value, low, high), f"a whole number from {low} to {high}")
    if not low <= (st.session_state.get(key) or low) <= high:
        del st.session_state[key]
    return st.number_input(
        label,
        low,
        high,
        default,
        1,
        key=key,
        bind="query-params",
        help=help,
        placeholder=placeholder,
        disabled=disabled,
        width=width,
    )


def decibel_range(
    label: str, key: str, low: float, high: float, *, default: tuple[float, float], help: str | None = None
) -> tuple[float, float]:
    """Two values of Eb/N0 on one slider, which sends them on release."""
    _report_unusable(key, lambda value: _is_between(value, low, high), f"between {low:g} and {high:g}")
    return st.slider(label, low, high, default, DECIBEL_STEP, key=key, bind="query-params", help=help)


def _is_between(value: str, low: float, high: float) -> bool:
    if value == "":
        return True
    try:
        return low <= float(value) <= high
    except ValueError:
        return False


def _report_unusable(key: str, usable: Callable[[str], bool], allowed: str) -> None:
    bad = [value for value in st.query_params.get_all(key) if not usable(value)]
    if bad:
        sentence = f"{quoted(bad[0])} in the address ({key}) is not {allowed}; the default is shown."
        st.toast(sentence, icon=":material/warning:", duration="infinite")
