"""What the sparsity page shows of orders of channels: masks under them, what they keep, how one was learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.pruning.measured_scores import MeasuredScores, measure_scores
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import LEARNABLE, NToMPlan
from sapcore.pruning.order_comparison import OrderComparison, compare_orders
from sapcore.pruning.orders import find_orders, load_orders, orders_card
from sapcore.threads import use_one_thread
from sapcore.ui.controls import slide
from sapcore.ui.show import show_figure
from sapcore.ui.sparsity import TRAINED, Layer, Window, colour_limit
from sapcore.ui.text import plain
from sapcore.ui.theme import current_theme

STEP_KEY = "p_step"


def compared_orders(plan: NToMPlan, code: LinearCode) -> OrderComparison:
    """Every order that there is for a plan's sparsity and score, learned ones among them where they were learned.

    Raises:
        InputError: the backbone cannot be had, or the code's graph is too large for it.
    """
    compared = _compared(backbone_digest(DEFAULT_BACKBONE), code.digest, plan.score, str(plan.n_to_m), code)
    card = learned_card(plan, code)
    return compared if isinstance(card, str) else _with_learned(compared, plan, code)


def learned_card(plan: NToMPlan, code: LinearCode) -> dict[str, object] | str:
    """The card of the orders learned for a plan's sparsity and score, or the sentence that says why there is none."""
    try:
        return orders_card(find_orders(DEFAULT_BACKBONE, replace(plan, permutation=LEARNABLE), code))
    except InputError as error:
        return str(error)


def channels_of(coupling: str) -> str:
    """The channels of a coupling, as a label."""
    if coupling == "residual":
        return "residual stream"
    block, part = int(coupling.split(".")[1]) + 1, coupling.rsplit(".", 1)[1]
    return f"{part}, block {block}"


def order_views(
    compared: OrderComparison, code: LinearCode, plan: NToMPlan, layer: Layer, window: Window, missing: str
) -> None:
    """The window as trained and in the order of the plan; `missing` says why a learned order is not there."""
    limit = colour_limit(compared.scores(TRAINED, layer.name))
    left, right = st.columns(2, gap="medium")
    with left:
        _order_view(compared, TRAINED, code, plan, layer, window, limit)
    with right:
        if plan.permutation == TRAINED:
            st.info("Choose another order of channels to see it beside the one as trained.", icon=":material/info:")
        elif plan.permutation in compared.permutations:
            _order_view(compared, plan.permutation, code, plan, layer, window, limit)
        else:
            st.info(plain(missing), icon=":material/info:")


def order_sentences(compared: OrderComparison, plan: NToMPlan, layer: Layer) -> list[str]:
    """What the orders keep of the layer's score and of that of all layers that share its inputs."""
    coupling = compared.coupling(layer.name)
    readers = len(coupling.readers)
    who = {
        "o": f"the values of attention in block {layer.block + 1}; each stays within its head, {coupling.block} wide",
        "down": f"the hidden channels of the feed-forward layer of block {layer.block + 1}",
    }.get(layer.part, f"the channels of the residual stream, in one order for all {readers} matrices that read it")
    kept = {way: shares[coupling.name] for way, shares in compared.kept.items()}
    others = ", ".join(f"{way} {share:.2%}" for way, share in kept.items() if way != TRAINED)
    ways = [way for way in dict.fromkeys([TRAINED, plan.permutation]) if way in compared.permutations]
    own = {way: compared.layer_kept(way, layer.name) for way in ways}
    whose = "of their score together" if readers > 1 else "of its score"
    sentences = [
        f"{layer.title.capitalize()}: its {coupling.channels} inputs are {who}.",
        f"{plan.n_to_m} keeps {kept[TRAINED]:.2%} {whose} in the order as trained; {others}.",
    ]
    if readers > 1:
        rest = "".join(f", under {way} {share:.2%}" for way, share in own.items() if way != TRAINED)
        sentences.append(f"Of this matrix alone it keeps {own[TRAINED]:.2%} as trained{rest}.")
    return sentences


def kept_shares(compared: OrderComparison, code: LinearCode, plan: NToMPlan, layer: Layer) -> None:
    """What every order keeps of every set of channels."""
    shares = {way: {channels_of(name): share for name, share in kept.items()} for way, kept in compared.kept.items()}
    chosen = channels_of(compared.coupling(layer.name).name)
    show_figure(
        figures.kept_share_figure(shares, chosen, plan.score, current_theme()),
        figures.kept_share_table(shares),
        "kept-shares",
        of=[code],
    )


def learning_views(card: Mapping[str, object], code: LinearCode) -> None:
    """The loss while orders were learned, and one soft permutation as it hardened."""
    losses, best = {int(step): loss for step, loss in card["held_out"].items()}, card["best_step"]
    gained = losses[0] - losses[best]
    verdict = (
        f"The best of the {len(losses)} steps tried is step {best}: {losses[best]:.5f} nats a bit on the held-out set, "
        f"{gained:.5f} below the order of lsa, {gained / losses[0]:.1%} of its loss."
        if best
        else f"No step tried is better on the held-out set than the order of lsa, {losses[0]:.5f} nats a bit: it stays."
    )
    st.markdown(plain(f"{verdict} Learned in {card['recipe']['steps']} steps and {card['seconds']:.0f} s."))
    st.caption(
        "An order is learned for the loss of the code, and so may keep less of the score than lsa, which looks at the "
        "score alone. Temperature falls while it learns: the soft permutation hardens. Only the hard one is tried."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Loss on the held-out set**")
        show_figure(
            figures.held_out_figure(losses, best, current_theme()),
            figures.held_out_table(losses, best),
            "held-out",
            of=[code],
        )
    with right:
        if soft := card.get("soft"):
            _hardening(soft, code)
        else:
            st.caption("The card of these orders keeps no soft permutations.")


def _order_view(
    compared: OrderComparison,
    way: str,
    code: LinearCode,
    plan: NToMPlan,
    layer: Layer,
    window: Window,
    limit: float | None,
) -> None:
    place = window.rows, window.inputs
    values, kept = compared.scores(way, layer.name)[place], compared.mask(way, layer.name)[place]
    outputs = np.arange(window.rows.start, window.rows.stop) + 1
    inputs = compared.order(way, layer.name)[window.inputs] + 1
    order = {TRAINED: "order as trained", LEARNABLE: "order learned"}.get(way, f"order of {way}")
    columns = range(0, len(compared.order(way, layer.name)), plan.n_to_m.of)
    borders = [], window.borders(columns, 1)
    share = compared.layer_kept(way, layer.name)
    st.markdown(f"**{order.capitalize()}: {share:.2%} of the matrix's score kept**")
    name = f"{layer.title.capitalize()} under {plan.n_to_m} by {plan.score}, {order}"
    show_figure(
        figures.weight_window_figure(name, values, kept, outputs, inputs, borders, current_theme(), limit),
        figures.weight_window_table(values, kept, outputs, inputs),
        "window-trained" if way == TRAINED else "window-ordered",
        of=[code],
    )


def _hardening(soft: Mapping[str, object], code: LinearCode) -> None:
    steps = {str(one["step"]): one for one in soft["steps"]}
    channels = channels_of(soft["coupling"])
    st.markdown(f"**Soft permutation: {channels}, group {soft['group'] + 1} of {soft['groups']}**")
    chosen = slide("Step", list(steps), STEP_KEY, default=next(reversed(steps)))
    P, temperature = np.array(steps[chosen]["P"]), steps[chosen]["temperature"]
    spread = ", ".join(f"{figures.hardness(np.array(one['P'])):.2f}" for one in soft["steps"])
    st.caption(
        f"Temperature {temperature:.3g}. Greatest entry of a row, on average, by step: {spread}. Of {soft['groups']} "
        "groups it is the one that kept the least of its channels in place."
    )
    show_figure(
        figures.soft_permutation_figure(P, int(chosen), temperature, current_theme()),
        figures.soft_permutation_table(P),
        "soft-permutation",
        of=[code],
    )


def _with_learned(compared: OrderComparison, plan: NToMPlan, code: LinearCode) -> OrderComparison:
    path = find_orders(DEFAULT_BACKBONE, replace(plan, permutation=LEARNABLE), code)
    return compared.with_orders(LEARNABLE, load_orders(path))


@st.cache_resource(max_entries=4, show_spinner="Scoring weights on calibration frames …")
def _measured(backbone: str, code_digest: str, score: str, _code: LinearCode) -> MeasuredScores:
    use_one_thread()
    return measure_scores(load_backbone(DEFAULT_BACKBONE), _code, score)


@st.cache_resource(max_entries=8, show_spinner="Searching for orders of channels …")
def _compared(backbone: str, code_digest: str, score: str, n_to_m: str, _code: LinearCode) -> OrderComparison:
    return compare_orders(_measured(backbone, code_digest, score, _code), NToM.parse(n_to_m))
