"""What the sparsity page shows of patterns: masks, and how weights were trained to them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_weights import fecct_groups, pattern_backbone, pattern_card, projected_masks
from sapcore.pruning.patterns import KERNEL, TILES
from sapcore.ui.glossary import about
from sapcore.ui.show import show_figure
from sapcore.ui.sparsity import Layer, Window, colour_limit
from sapcore.ui.text import plain
from sapcore.ui.theme import current_theme


def trained_card(plan: PatternPlan, code: LinearCode) -> dict[str, object] | str:
    try:
        return pattern_card(DEFAULT_BACKBONE, plan, code)
    except InputError as error:
        return str(error)


def pattern_views(plan: PatternPlan, layer: Layer, window: Window, code: LinearCode) -> None:
    """The pattern's mask of the window, and, where weights were trained to it, their mask and how the training went."""
    card, trained = trained_card(plan, code), None
    masks = _projected(backbone_digest(DEFAULT_BACKBONE), str(plan))
    if isinstance(card, dict):
        trained = _trained(card["digest"], str(plan), code)
    if layer.part == "o":
        st.info("No pattern prunes o. It prunes q, k and v as one matrix, up, and down.", icon=":material/info:")
    else:
        left, right = st.columns(2, gap="medium")
        dense = load_backbone(DEFAULT_BACKBONE).get_submodule(layer.name).weight.numpy(force=True)
        place, limit = (code, plan, layer, window), colour_limit(np.abs(dense))
        with left:
            _pattern_view("the backbone's weights projected", "pattern", *place, dense, masks[layer.name], limit)
        with right:
            if trained is None:
                st.info(plain(card), icon=":material/info:")
            else:
                weights, mask = trained[layer.name]
                _pattern_view("weights trained to it", "pattern-trained", *place, weights, mask, limit)
    if trained is None:
        if layer.part == "o":
            st.info(plain(card), icon=":material/info:")
        return
    changed = sum(int((trained[name][1] != mask).sum()) for name, mask in masks.items())
    total = sum(mask.size for mask in masks.values())
    st.markdown(
        plain(
            f"Training took the loss from {card['loss_first']:.4f} nats a bit at its first step to "
            f"{card['loss_last']:.4f}, the mean of its last twentieth, in {card['recipe']['steps']} steps and "
            f"{card['seconds']:.0f} s. It changed {changed} of the {total} entries of the masks."
        )
    )
    if card["residuals"]:
        st.markdown("**Residuals of ADMM**", help=about("ADMM"))
        st.caption(
            "Primal: ‖W − Z‖ / ‖W‖, how far the weights are from the pattern. Dual: ρ ‖Z − Z before‖ / ‖W‖, in units "
            "of 1 / learning rate."
        )
        show_figure(
            figures.residual_figure(card["residuals"], current_theme()),
            figures.residual_table(card["residuals"]),
            "residuals",
            of=[code],
        )
    else:
        st.caption("This training has no ADMM, and so no residuals.")


def _pattern_view(
    what: str,
    key: str,
    code: LinearCode,
    plan: PatternPlan,
    layer: Layer,
    window: Window,
    weights: np.ndarray,
    mask: np.ndarray,
    limit: float | None,
) -> None:
    place = window.rows, window.inputs
    values, kept = np.abs(weights)[place], mask[place]
    outputs = np.arange(window.rows.start, window.rows.stop) + 1
    inputs = np.arange(window.inputs.start, window.inputs.stop) + 1
    if plan.pattern == "kernel":
        borders = tuple(window.borders(range(0, size, KERNEL), axis) for axis, size in enumerate(mask.shape))
    else:
        borders = window.borders(_tile_ends(layer.part, len(mask)), 0), []
    name = f"{layer.title.capitalize()}, {plan}, {what}"
    st.markdown(f"**{plan}, {what}**")
    show_figure(
        figures.weight_window_figure(
            name, values, kept, outputs, inputs, borders, current_theme(), limit, quantity="|weight|"
        ),
        figures.weight_window_table(values, kept, outputs, inputs, "|weight|"),
        key,
        of=[code],
    )


def _tile_ends(part: str, outputs: int) -> list[int]:
    """Rows of a matrix before which another tile begins; q, k and v are tiled as one matrix of three equal parts."""
    total, before = (3 * outputs, outputs * "qkv".index(part)) if part in "qkv" else (outputs, 0)
    return [int(rows[0]) - before for rows in np.array_split(np.arange(total), TILES)[1:]]


@st.cache_data(max_entries=16, show_spinner=False)
def _projected(backbone: str, plan: str) -> dict[str, np.ndarray]:
    return projected_masks(load_backbone(DEFAULT_BACKBONE), PatternPlan.parse(plan))


@st.cache_data(max_entries=4, show_spinner=False)
def _trained(digest: str, plan: str, _code: LinearCode) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Weights and masks of the layers that were trained to a pattern."""
    network, masks = pattern_backbone(DEFAULT_BACKBONE, PatternPlan.parse(plan), _code)
    layers = [layer for group in fecct_groups(network) for layer in group]
    return {layer: (network.get_submodule(layer).weight.numpy(force=True), masks[layer]) for layer in layers}
