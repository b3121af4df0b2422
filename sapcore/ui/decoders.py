"""Choosing decoders on a page."""

from __future__ import annotations

import os

import streamlit as st

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_names, is_backbone
from sapcore.decoders.bfloat16 import multiplies_bfloat16
from sapcore.decoders.registry import CLASSICAL
from sapcore.runs.capacity import SCHEDULER_VARIABLE
from sapcore.ui.controls import free_multiselect
from sapcore.ui.glossary import about

OFFERED = ("bp:50", "ml", "osd:2", "bp:50/layered", "ms:50", "bp:5", "bdd", "sc", "scl:8", "uncoded")
PRUNED = (
    *("fecct/sap@0.25", "fecct/sap@0.5", "fecct/sap@0.75", "fecct/dedicated@0.5", "fecct/average@0.5"),
    *("fecct/2:4", "fecct/2:4+lsa", "fecct/passes:8", "fecct/passes:8+fresh", "fecct/sap@0.5/passes:8+fresh"),
)
MOST_DECODERS = 8
DECODERS_KEY = "t_decoders"


def offered_decoders() -> list[str]:
    """Decoder specs to choose from: the trained ones that exist, some pruned ones, then the classical ones."""
    names = ["fecct" if name == DEFAULT_BACKBONE else f"fecct:{name}" for name in backbone_names()]
    return [*sorted(names), *(PRUNED if has_default_backbone() else ()), *OFFERED]


def has_default_backbone() -> bool:
    """Whether `fecct` without a name can be built here."""
    return is_backbone(DEFAULT_BACKBONE)


def decoder_control() -> list[str]:
    """Decoders by their specs; says so where no trained backbone is here."""
    offered = offered_decoders()
    chosen = free_multiselect(
        "Decoders",
        offered,
        DECODERS_KEY,
        default=["fecct", "bp:50"] if has_default_backbone() else ["bp:50", "ml"],
        most=MOST_DECODERS,
        help=about(
            "decoder spec",
            "backbone",
            "passes",
            then="Choose, or type a spec. "
            + "".join(f"{kind.grammar(name)}: {kind.about}. " for name, kind in CLASSICAL.items())
            + "fecct, fecct:BACKBONE: the network; after it /HOW@RATIO for a pruned one, /N:M for one with N of M "
            "weights kept, /lora for its adapter, /passes:4 for up to four passes (/passes:4+fresh: other redundant "
            "checks in each), /bf16 for linear layers in bfloat16.",
        ),
    )
    if not has_default_backbone():
        st.caption("No trained backbone is installed here, so fecct is not on offer; every other decoder is.")
    here = SCHEDULER_VARIABLE not in os.environ
    if here and any(one.endswith("/bf16") for one in chosen) and not multiplies_bfloat16():
        st.caption("This machine's processor does not multiply bfloat16: /bf16 makes no decoder faster here.")
    return chosen
