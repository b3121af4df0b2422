"""Choosing decoders on a page."""

from __future__ import annotations

import streamlit as st

from sapcore.decoders.backbones import backbone_names
from sapcore.errors import InputError
from sapcore.ui.controls import free_multiselect
from sapcore.variants import DecoderSpec

CLASSICAL = ("bp:50", "ml", "bp:5", "uncoded")
MOST_DECODERS = 8


def offered_decoders() -> list[str]:
    """Decoder specs to choose from: the trained ones that exist, then the classical ones."""
    trained = ["fecct"] if has_default_backbone() else []
    return [*trained, *(f"fecct:{name}" for name in backbone_names()), *CLASSICAL]


def has_default_backbone() -> bool:
    """Whether `fecct` without a name can be built here."""
    try:
        DecoderSpec.parse("fecct")
    except InputError:
        return False
    return True


def decoder_control() -> list[str]:
    """Decoders by their specs; says so where no trained backbone is here."""
    offered = offered_decoders()
    chosen = free_multiselect(
        "Decoders",
        offered,
        "t_decoders",
        default=["fecct", "bp:50"] if has_default_backbone() else ["bp:50", "ml"],
        most=MOST_DECODERS,
        help="Choose, or type a spec: uncoded, ml, bp:ITERATIONS, fecct, fecct:BACKBONE.",
    )
    if not has_default_backbone():
        st.caption("No trained backbone is installed here, so fecct is not on offer; every other decoder is.")
    return chosen
