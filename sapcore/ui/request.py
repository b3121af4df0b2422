"""The controls that say what to measure."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import StoppingRule, Store
from sapcore.ui.codes import FIRST_CODE
from sapcore.ui.controls import choice, decibel_range, whole_number
from sapcore.ui.decoders import decoder_control
from sapcore.ui.glossary import about
from sapcore.ui.own_backbones import own_backbones
from sapcore.ui.text import show_error
from sapcore.ui.upload import codes_or_upload
from sapcore.variants import DecoderSpec

MOST_CODES = 8
EBN0_LIMITS = (-2.0, 12.0)
MOST_FRAMES = 1_000_000_000
MOST_SEED = 2**53 - 1
STEPS = ("0.25", "0.5", "1")


@dataclass(frozen=True)
class Request:
    """What the controls ask for, in the terms of `sapcore.runs.request`."""

    codes: tuple[LinearCode, ...]
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]
    rule: StoppingRule
    seed: int


def request_controls(store: Store) -> Request | None:
    """Draw the controls; None, with its sentence shown, where they do not make a request."""
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = codes_or_upload(store, "t_", [FIRST_CODE], MOST_CODES)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width="stretch"):
                decoders = decoder_control()
            own_backbones()
    with right:
        low, high = decibel_range("Eb/N0 (dB)", "t_ebn0", *EBN0_LIMITS, default=(2.0, 5.0), help=about("Eb/N0"))
        with st.container(horizontal=True):
            step = float(choice("Step (dB)", STEPS, "t_step", default="1"))
            seed = whole_number(
                "Seed",
                "t_seed",
                0,
                MOST_SEED,
                default=0,
                width=150,
                help=about("block", then="Equal seeds see the same frames."),
            )
        with st.container(horizontal=True):
            errors = whole_number(
                "Frame errors",
                "t_errors",
                1,
                100_000,
                default=100,
                width=150,
                help=about("frame error", then="A point ends at this many …"),
            )
            frames = whole_number(
                "Most frames",
                "t_frames",
                1,
                MOST_FRAMES,
                default=100_000,
                width=190,
                help=about("block", then="… or at this many frames, in whole blocks."),
            )
    try:
        codes = tuple(chosen.load(store))
        ebn0 = tuple(low + step * index for index in range(int((high - low) / step + 1e-9) + 1))
        rule = StoppingRule(frame_errors=errors, max_frames=frames)
        specs = tuple(str(DecoderSpec.parse(text)) for text in decoders)
        if not specs:
            raise InputError("Choose at least one decoder.")
        return Request(codes, specs, ebn0, rule, seed)
    except InputError as error:
        show_error(error)
        return None
