"""The controls of the sparsity page: a plan, a pattern, a matrix and a window of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_config
from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import PERMUTATIONS, NToMPlan
from sapcore.pruning.pattern_plan import TRAININGS, PatternPlan
from sapcore.pruning.patterns import PATTERNS
from sapcore.pruning.weight_scores import WEIGHT_SCORES
from sapcore.ui.controls import choice, free_select, whole_number
from sapcore.ui.glossary import about
from sapcore.ui.text import show_error

SPARSITIES = ("2:4", "4:8", "1:4")
TRAINED = "none"  # the order as trained
FIRST_ORDER = "lsa"
PARTS = ("q", "k", "v", "o", "up", "down")
RATIOS = ("0.5", "0.25", "0.75")
ROWS, INPUTS = 24, 32  # of a window
LIMIT = 0.95  # the quantile of a matrix's values that colours end at


@dataclass(frozen=True)
class Layer:
    """A matrix of the network: the block, from 0, and one of PARTS."""

    block: int
    part: str

    @property
    def name(self) -> str:
        """As in the network."""
        return f"blocks.{self.block}.{'' if self.part in ('up', 'down') else 'attention.'}{self.part}"

    @property
    def title(self) -> str:
        """For people."""
        return f"block {self.block + 1}, {self.part}"


@dataclass(frozen=True, eq=False)
class Window:
    """A part of a matrix, in rows and columns from 0, and the lines between groups in it."""

    rows: slice
    inputs: slice

    def borders(self, places: Sequence[int], axis: int) -> list[int]:
        """Those of the lines before rows (axis 0) or columns (axis 1) of these numbers that lie in the window."""
        part = (self.rows, self.inputs)[axis]
        return [place - part.start for place in places if part.start < place < part.stop]


def plan_controls() -> tuple[NToMPlan, Layer]:
    """The N:M plan and the matrix to look at; InputError for a sparsity that does not exist or fit the backbone."""
    config = backbone_config(DEFAULT_BACKBONE)
    with st.container(horizontal=True):
        meaning = about("N:M", then="Choose, or type any two whole numbers, such as 3:16.")
        text = free_select("N:M", SPARSITIES, "p_nm", default=SPARSITIES[0], width=130, help=meaning)
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in WEIGHT_SCORES.items())
        score = choice("Score", list(WEIGHT_SCORES), "p_score", default=NToMPlan.score, help=meanings)
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in PERMUTATIONS.items())
        order = choice(
            "Order of channels",
            list(PERMUTATIONS),
            "p_order",
            default=FIRST_ORDER,
            help=about("permutation", then=f"{meanings}."),
        )
        block = whole_number("Block", "p_block", 1, config.layers, default=1, width=120) - 1
        part = choice("Matrix", PARTS, "p_layer")
    plan = NToMPlan(NToM.parse(text), score, order)
    plan.check(config)
    return plan, Layer(block, part)


def pattern_controls() -> PatternPlan | None:
    """The pattern; None, with its sentence shown, where there is no such one."""
    with st.container(horizontal=True):
        meanings = "; ".join(f"{name}: {pattern.description}" for name, pattern in PATTERNS.items())
        name = choice("Pattern", list(PATTERNS), "p_pattern", help=about("pattern", then=f"{meanings}."))
        ways = "; ".join(f"+{name}: {meaning}" for name, meaning in TRAININGS.items() if name != PatternPlan.training)
        meaning = about(
            "ADMM",
            "SR-STE",
            then="Share of each matrix that is pruned. Choose, or type a number, after which may follow a training: "
            f"{ways}.",
        )
        text = free_select("Pruned share", RATIOS, "p_ratio", default=RATIOS[0], width=150, help=meaning)
    try:
        plan = PatternPlan.parse(f"{name}@{text}")
        plan.check(backbone_config(DEFAULT_BACKBONE))
    except InputError as error:
        show_error(error)
        return None
    return plan


def window_controls(shape: tuple[int, int]) -> Window:
    """Which rows and inputs of a matrix (outputs, inputs) to look at."""
    sizes = min(ROWS, shape[0]), min(INPUTS, shape[1])
    with st.container(horizontal=True):
        row = whole_number("First row", "p_row", 1, shape[0] - sizes[0] + 1, default=1, width=140) - 1
        first = whole_number("First position", "p_input", 1, shape[1] - sizes[1] + 1, default=1, width=140) - 1
    return Window(slice(row, row + sizes[0]), slice(first, first + sizes[1]))


def colour_limit(values: np.ndarray) -> float | None:
    """Where colours of a matrix of values end."""
    return float(np.quantile(values, LIMIT)) or None
