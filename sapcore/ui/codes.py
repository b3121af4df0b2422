"""Choosing a code on a page: by name, by form, or by its digest where the matrix is the user's own.

An own matrix is in the store and called NAME@DIGEST, in controls and in the address, so that a reload or another tab
finds it; those of the store's list stand before the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from sapcore.codes import LinearCode, find, names
from sapcore.codes.files import FILE_FAMILY, MAX_ROWS
from sapcore.codes.redundant import default_rows
from sapcore.codes.weights import minimum_distance
from sapcore.errors import InputError
from sapcore.runs.own_codes import OwnCode, own_code, own_codes
from sapcore.simulation import Store
from sapcore.spectra import TannerGraph
from sapcore.ui.controls import choice, free_multiselect, free_select, several, whole_number
from sapcore.ui.glossary import about

STANDARD, REDUNDANT = FORMS = ("standard", "redundant")
FIRST_CODE = "BCH(31,16)"
_OWN = re.compile(r"(?P<name>.+)@(?P<digest>[0-9a-f]{16})")


def own_name(code: LinearCode | OwnCode) -> str:
    """How controls and addresses name a matrix that is not in the catalogue."""
    return f"{code.name}@{code.digest}"


def name_in_controls(code: LinearCode) -> str:
    """How controls and addresses name the standard form of a code."""
    base = code.standard or code
    return own_name(base) if base.family == FILE_FAMILY else base.name


def resolve(text: str, store: Store) -> LinearCode:
    """The code that a control or an address names; InputError where there is none."""
    own = _OWN.fullmatch(text)
    return own_code(store, own["name"], own["digest"]) if own else find(text)


def in_form(code: LinearCode, form: str, rows: int | None) -> LinearCode:
    """The code in the form asked for; a matrix that already has redundant checks stays as it is."""
    if form == STANDARD or code.standard is not None:
        return code
    with st.spinner("Looking for light words of the dual code …"):
        return code.redundant(rows)


@st.cache_resource(max_entries=64)
def tanner_graph(digest: str, _code: LinearCode) -> TannerGraph:
    """The Tanner graph, so that what it has computed is kept between reruns."""
    return TannerGraph(_code)


@st.cache_data(max_entries=256, show_spinner=False)
def distance(digest: str, known: int | None, _code: LinearCode) -> int | None:
    """The minimum distance of a code, counted where it is not `known` and that takes a second at most; else None."""
    return known or minimum_distance(_code)


def offered_codes(store: Store) -> list[str]:
    """The codes to choose from, as controls name them: the user's own, then the catalogue."""
    return [*map(own_name, own_codes(store)), *names()]


def code_picker(store: Store, prefix: str, first: str = FIRST_CODE, form: str = STANDARD) -> LinearCode:
    """Code, form and number of checks, in controls whose keys begin with `prefix`; InputError where there is none.

    `first` and `form` are the defaults.
    """
    text = free_select(
        "Code",
        offered_codes(store),
        f"{prefix}code",
        default=first,
        width=280,
        help=about(
            "code",
            then="Choose one of the catalogue, or type any member of its families, such as WiFi(648,324) or "
            "BCH(31,16)-r93.",
        ),
    )
    form = choice("Form", FORMS, f"{prefix}form", default=form, help=about("redundant checks"))
    rows = checks_control(f"{prefix}rows", disabled=form == STANDARD)
    return in_form(resolve(text, store), form, rows)


@dataclass(frozen=True)
class CodeChoice:
    """Several codes as the controls name them, each in every form chosen."""

    texts: tuple[str, ...]
    forms: tuple[str, ...]
    rows: int | None

    def load(self, store: Store) -> list[LinearCode]:
        """The codes, each once; InputError where there is none, or no such one."""
        codes = [in_form(resolve(text, store), form, self.rows) for text in self.texts for form in self.forms]
        if not codes:
            raise InputError("Choose at least one code and one form.")
        return list(dict.fromkeys(codes))


def several_codes(store: Store, prefix: str, default: Sequence[str], most: int) -> CodeChoice:
    """Draw the controls for several codes, whose keys begin with `prefix`."""
    texts = free_multiselect(
        "Codes",
        offered_codes(store),
        f"{prefix}codes",
        default=default,
        most=most,
        help=about(
            "code", then="Choose some of the catalogue, or type any member of its families, such as BCH(31,16)-r93."
        ),
    )
    with st.container(horizontal=True):
        meaning = about("redundant checks", then="Each code is taken under each form chosen.")
        forms = several("Forms", FORMS, f"{prefix}forms", default=[REDUNDANT], help=meaning)
        checks = checks_control(f"{prefix}checks", disabled=REDUNDANT not in forms)
    return CodeChoice(tuple(texts), tuple(forms), checks)


def checks_control(key: str, disabled: bool) -> int | None:
    """The number of redundant checks; empty for the default number."""
    return whole_number(
        "Checks",
        key,
        1,
        MAX_ROWS,
        default=None,
        width=150,
        placeholder="default",
        disabled=disabled,
        help=f"Rows of the redundant matrix. Empty: 2n up to n = 32 ({default_rows(31)} for n = 31), n beyond.",
    )
