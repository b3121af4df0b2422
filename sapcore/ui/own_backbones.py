"""Bringing one's own backbone."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_names, backbone_rows
from sapcore.decoders.own_backbones import MOST_CARD_BYTES, MOST_WEIGHTS_BYTES, add_backbone, remove_backbone
from sapcore.errors import InputError
from sapcore.ui.decoders import DECODERS_KEY, MOST_DECODERS
from sapcore.ui.removal import removable
from sapcore.ui.text import plain

WEIGHTS, CARD, NAME, OUTCOME = "backbone weights", "backbone card", "backbone name", "backbone outcome"
ICONS = {"error": ":material/error:", "success": ":material/check_circle:"}


def own_backbones() -> None:
    """Folded: what adds a backbone, and all there are; each of the user's own can be removed."""
    with st.popover("Your own backbone", icon=":material/upload_file:"):
        with st.form("own backbone", border=False):
            most = MOST_WEIGHTS_BYTES // 1_000_000
            st.file_uploader(f"Weights: .safetensors, up to {most} MB", key=WEIGHTS, max_upload_size=most)
            most = MOST_CARD_BYTES // 1_000_000
            st.file_uploader(
                f"Card: .json, up to {most} MB",
                key=CARD,
                max_upload_size=most,
                help="As training writes it beside the weights, or at least "
                '`{"config": {"layers": 6, "width": 128, "heads": 8}}`.',
            )
            st.text_input("Name", key=NAME, placeholder="letters, digits, - and _")
            st.form_submit_button("Add", icon=":material/add:", on_click=_add)
        if outcome := st.session_state.get(OUTCOME):
            kind, sentence = outcome
            (st.error if kind == "error" else st.success)(plain(sentence), icon=ICONS[kind])
        for row in backbone_rows():
            _line(row)


def _line(row: Mapping[str, object]) -> None:
    name = str(row["name"])
    about = f"`{_spec(name)}` {plain(_about(row))}"
    if row["ships"]:
        st.markdown(about)
    else:
        removable(about, name, f"backbone {name}", _remove, name)


def _about(row: Mapping[str, object]) -> str:
    """A backbone in one line."""
    if row["problem"]:
        return str(row["problem"])
    parts = [f"{row['layers']} × {row['heads']} heads, width {row['width']}"]
    if count := len(row["codes"] or []):
        parts.append(f"{count} code{'s' * (count > 1)}")
    if row["frames"]:
        parts.append(f"{row['frames']:,} frames in its last training")
    return ", ".join([*parts, "ships" if row["ships"] else "your own"])


def _spec(name: str) -> str:
    return "fecct" if name == DEFAULT_BACKBONE else f"fecct:{name}"


def _add() -> None:
    """Take in what the form holds, and choose it as a decoder where there is room."""
    name, files = st.session_state[NAME].strip(), [st.session_state[key] for key in (WEIGHTS, CARD)]
    try:
        if None in files:
            raise InputError("Choose both files, the weights and the card.")
        add_backbone(name, *(file.getvalue() for file in files))
    except InputError as error:
        st.session_state[OUTCOME] = "error", str(error)
        return
    st.session_state[OUTCOME] = "success", f"{_spec(name)} is at hand as a decoder, here and on the command line."
    chosen = st.session_state[DECODERS_KEY]
    if len(chosen) < MOST_DECODERS:
        st.session_state[DECODERS_KEY] = [*chosen, _spec(name)]


def _remove(name: str) -> None:
    """Remove a backbone, and choose none of its decoders any more."""
    try:
        remove_backbone(name)
    except InputError as error:  # another tab was faster
        st.session_state[OUTCOME] = "error", str(error)
        return
    back = f" {_spec(name)} is the one that ships again." if name in backbone_names() else ""
    st.session_state[OUTCOME] = "success", f"Your backbone {name} is removed.{back}"
    chosen = st.session_state[DECODERS_KEY]
    st.session_state[DECODERS_KEY] = [spec for spec in chosen if spec.split("/")[0] != _spec(name)]
