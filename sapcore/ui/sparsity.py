"""What the sparsity page shows: controls, masks of a window of a matrix, orders of channels, patterns, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_config, backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.experiments.shipped import shipped_points
from sapcore.pruning.measured_scores import MeasuredScores, measure_scores
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import LEARNABLE, PERMUTATIONS, NToMPlan
from sapcore.pruning.order_comparison import OrderComparison, compare_orders
from sapcore.pruning.orders import find_orders, load_orders, orders_card
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_weights import fecct_groups, pattern_backbone, pattern_card, projected_masks
from sapcore.pruning.patterns import KERNEL, PATTERNS, TILES
from sapcore.pruning.weight_scores import WEIGHT_SCORES
from sapcore.threads import use_one_thread
from sapcore.ui.controls import choice, free_select, select, slide, whole_number
from sapcore.ui.recipe import sparsify_command, sparsity_command, sparsity_lines
from sapcore.ui.show import show_figure, show_table
from sapcore.ui.text import plain, show_error
from sapcore.ui.theme import current_theme
from sapcore.variants import DecoderSpec, check_decodable, decoder_complexity

SPARSITIES = ("2:4", "4:8", "1:4")
TRAINED = "none"  # the order as trained
FIRST_ORDER = "lsa"
PARTS = ("q", "k", "v", "o", "up", "down")
RATIOS = ("0.5", "0.25", "0.75")
LIMIT = 0.95  # the quantile of a matrix's scores that colours end at
ROWS, INPUTS = 24, 32  # of a window
STRUCTURED = "fecct/sap@0.5"
DENSE = "dense"
MEASURED_KEYS = "p_cost", "p_at"
STEP_KEY = "p_step"


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
        about = (
            "N of every M consecutive inputs of a row are kept. Choose, or type any two whole numbers, such as 3:16."
        )
        text = free_select("N:M", SPARSITIES, "p_nm", default=SPARSITIES[0], width=130, help=about)
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in WEIGHT_SCORES.items())
        score = choice("Score", list(WEIGHT_SCORES), "p_score", default=NToMPlan.score, help=meanings)
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in PERMUTATIONS.items())
        order = choice("Order of channels", list(PERMUTATIONS), "p_order", default=FIRST_ORDER, help=meanings)
        block = whole_number("Block", "p_block", 1, config.layers, default=1, width=120) - 1
        part = choice("Matrix", PARTS, "p_layer")
    plan = NToMPlan(NToM.parse(text), score, order)
    plan.check(config)
    return plan, Layer(block, part)


def pattern_controls() -> PatternPlan | None:
    """The pattern; None, with its sentence shown, where there is no such one."""
    with st.container(horizontal=True):
        meanings = "; ".join(f"{name}: {pattern.description}" for name, pattern in PATTERNS.items())
        name = choice("Pattern", list(PATTERNS), "p_pattern", help=meanings)
        about = "Share of each matrix that is pruned. Choose, or type a number such as 0.375."
        text = free_select("Pruned share", RATIOS, "p_ratio", default=RATIOS[0], width=150, help=about)
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


def order_views(compared: OrderComparison, plan: NToMPlan, layer: Layer, window: Window, missing: str) -> None:
    """The window as trained and in the order of the plan; `missing` says why a learned order is not there."""
    limit = _limit(compared.scores(TRAINED, layer.name))
    left, right = st.columns(2, gap="medium")
    with left:
        _order_view(compared, TRAINED, plan, layer, window, limit)
    with right:
        if plan.permutation == TRAINED:
            st.info("Choose another order of channels to see it beside the one as trained.", icon=":material/info:")
        elif plan.permutation in compared.permutations:
            _order_view(compared, plan.permutation, plan, layer, window, limit)
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
    own = {way: compared.layer_kept(way, layer.name) for way in dict.fromkeys([TRAINED, plan.permutation])}
    own = {way: share for way, share in own.items() if way in compared.permutations}
    whose = "of their score together" if readers > 1 else "of its score"
    sentences = [
        f"{layer.title.capitalize()}: its {coupling.channels} inputs are {who}.",
        f"{plan.n_to_m} keeps {kept[TRAINED]:.2%} {whose} in the order as trained; {others}.",
    ]
    if readers > 1:
        rest = "".join(f", under {way} {share:.2%}" for way, share in own.items() if way != TRAINED)
        sentences.append(f"Of this matrix alone it keeps {own[TRAINED]:.2%} as trained{rest}.")
    return sentences


def kept_shares(compared: OrderComparison, plan: NToMPlan, layer: Layer) -> None:
    """What every order keeps of every set of channels."""
    shares = {way: {channels_of(name): share for name, share in kept.items()} for way, kept in compared.kept.items()}
    chosen = channels_of(compared.coupling(layer.name).name)
    show_figure(
        figures.kept_share_figure(shares, chosen, plan.score, current_theme()),
        figures.kept_share_table(shares),
        "kept-shares",
    )


def learning_views(card: Mapping[str, object]) -> None:
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
            figures.held_out_figure(losses, best, current_theme()), figures.held_out_table(losses, best), "held-out"
        )
    with right:
        if soft := card.get("soft"):
            _hardening(soft)
        else:
            st.caption("The card of these orders keeps no soft permutations.")


def pattern_views(plan: PatternPlan, layer: Layer, window: Window, code: LinearCode) -> None:
    """The pattern's mask of the window, and, where weights were trained to it, their mask and how the training went."""
    card, trained = _pattern_card(plan, code), None
    masks = _projected(backbone_digest(DEFAULT_BACKBONE), str(plan))
    if isinstance(card, dict):
        trained = _trained(card["digest"], str(plan), code)
    if layer.part == "o":
        st.info("No pattern prunes o. It prunes q, k and v as one matrix, up, and down.", icon=":material/info:")
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            dense = load_backbone(DEFAULT_BACKBONE).get_submodule(layer.name).weight.numpy(force=True)
            _pattern_view("the backbone's weights projected", "pattern", plan, layer, window, dense, masks[layer.name])
        with right:
            if trained is None:
                st.info(plain(card), icon=":material/info:")
            else:
                weights, mask = trained[layer.name]
                _pattern_view("weights trained to it", "pattern-trained", plan, layer, window, weights, mask)
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
        st.markdown("**Residuals of ADMM**")
        st.caption(
            "Primal: ‖W − Z‖ / ‖W‖, how far the weights are from the pattern. Dual: ρ ‖Z − Z before‖ / ‖W‖, in units "
            "of 1 / learning rate."
        )
        show_figure(
            figures.residual_figure(card["residuals"], current_theme()),
            figures.residual_table(card["residuals"]),
            "residuals",
        )
    else:
        st.caption("This training has no ADMM, and so no residuals.")


def decoders_to_cost(plan: NToMPlan, pattern: PatternPlan | None) -> list[str]:
    """The dense network, the plan, the pattern and structured pruning, as specs."""
    return ["fecct", f"fecct/{plan}", *([f"fecct/{pattern}"] if pattern else []), STRUCTURED]


def cost_view(code: LinearCode, specs: Sequence[str]) -> list[str]:
    """The table of cost; returns the decoders among `specs` that can be built as things are."""
    lines, ready, dense = [], [], decoder_complexity("fecct", code)
    for spec in specs:
        try:
            cost, reason = decoder_complexity(spec, code), None
            check_decodable(spec, code)
            ready.append(spec)
        except InputError as error:
            reason = str(error)
        sparsity = DecoderSpec.parse(spec).sparsity
        if reason is not None and sparsity is None:  # without its mask nothing is known
            st.caption(plain(f"{spec}: {reason}"))
            continue
        lines.append(
            {
                "decoder": spec,
                "weights kept": cost.parameters,
                "of dense": cost.parameters / dense.parameters,
                "MACs a frame, zeros left out": cost.macs,
                "MACs of dense": cost.macs / dense.macs,
                "bytes, packed": cost.bytes,
                "state": "ready" if reason is None else "has to be learned first",
            }
        )
    show_table(pd.DataFrame(lines), "cost", f"Weights, MACs and bytes of {len(lines)} decoders.", FORMATS)
    return ready


def measured_view(code: LinearCode) -> None:
    """The error rates that ship of the dense, sparse and SAP decoders of a code, against their cost."""
    points = _measured_points(code)
    if points.empty:
        st.caption("No error rate of a pruned decoder of this code ships.")
        return
    with st.container(horizontal=True):
        cost = choice("Cost", ("MACs", "bytes"), MEASURED_KEYS[0])
        places = {f"{value:g}": value for value in sorted(points["ebn0"].unique(), reverse=True)}
        ebn0 = places[select("Eb/N0 (dB)", list(places), MEASURED_KEYS[1], width=130)]
    shown = points[points["ebn0"] == ebn0]
    st.caption(
        f"Measured at {ebn0:g} dB, 95 % intervals, a line along each kind's front. The tables ship: {_files(shown)}."
    )
    figure = figures.pareto_figure(shown.assign(code=shown["kind"]), cost, current_theme())
    columns = ["kind", "decoder", "ebn0", "ber", "ber_low", "ber_high", "frames", "frame_errors", "MACs", "bytes"]
    show_figure(figure, shown[columns], "measured")


def commands(code: LinearCode, plan: NToMPlan, pattern: PatternPlan | None) -> str:
    """The commands that learn what is learned here, and print what the plan and the pattern keep and cost."""
    learnable = replace(plan, permutation=LEARNABLE)
    cards = {learnable: learned_card(plan, code)}
    if pattern is not None:
        cards[pattern] = _pattern_card(pattern, code)
    plans = dict.fromkeys([plan, learnable, *cards])
    ready = [one for one in plans if not isinstance(cards.get(one), str)]
    learn = [sparsify_command(code, one, None if isinstance(card, str) else card) for one, card in cards.items()]
    return "\n".join([*learn, *(sparsity_command(code, one) for one in ready)])


def python_lines(
    code: LinearCode,
    plan: NToMPlan,
    pattern: PatternPlan | None,
    layer: Layer,
    window: Window,
    card: Mapping[str, object] | str,
) -> str:
    """The lines that print what the page shows of orders and of the pattern's mask."""
    place = window.rows, window.inputs
    shown = None if layer.part == "o" else pattern
    return sparsity_lines(code, plan, shown, layer.name, place, learned=not isinstance(card, str))


def _measured_points(code: LinearCode) -> pd.DataFrame:
    """The shipped points of decoders without a mask or with SAP's, their kind and their cost."""
    points = shipped_points(code)
    specs = points["decoder"].map(DecoderSpec.parse)
    points = points.assign(kind=specs.map(_kind))[specs.map(_kind).notna()]
    if set(points["kind"]) <= {DENSE}:
        return points.iloc[:0]
    costs = {decoder: decoder_complexity(decoder, code) for decoder in points["decoder"].unique()}
    return points.assign(
        MACs=points["decoder"].map(lambda decoder: costs[decoder].macs),
        bytes=points["decoder"].map(lambda decoder: costs[decoder].bytes),
    )


def _kind(spec: DecoderSpec) -> str | None:
    """What a decoder of this page's figure is; None where it is not in it."""
    if spec.base != "fecct" or spec.how not in (None, "sap"):
        return None
    if spec.plan is not None:
        return "N:M" if isinstance(spec.plan, NToMPlan) else "pattern"
    return "SAP" if spec.how else DENSE


def _files(points: pd.DataFrame) -> str:
    return ", ".join(plain(file) for file in points["file"].unique())


def _order_view(
    compared: OrderComparison, way: str, plan: NToMPlan, layer: Layer, window: Window, limit: float | None
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
    )


def _pattern_view(
    what: str, key: str, plan: PatternPlan, layer: Layer, window: Window, weights: np.ndarray, mask: np.ndarray
) -> None:
    place, sizes = (window.rows, window.inputs), np.abs(weights)
    values, kept, limit = sizes[place], mask[place], _limit(sizes)
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
    )


def _limit(values: np.ndarray) -> float | None:
    """Where colours of a matrix of values end."""
    return float(np.quantile(values, LIMIT)) or None


def _tile_ends(part: str, outputs: int) -> list[int]:
    """Rows of a matrix before which another tile begins; q, k and v are tiled as one matrix of three equal parts."""
    total, before = (3 * outputs, outputs * "qkv".index(part)) if part in "qkv" else (outputs, 0)
    return [int(rows[0]) - before for rows in np.array_split(np.arange(total), TILES)[1:]]


def _hardening(soft: Mapping[str, object]) -> None:
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
    )


def _pattern_card(plan: PatternPlan, code: LinearCode) -> dict[str, object] | str:
    try:
        return pattern_card(DEFAULT_BACKBONE, plan, code)
    except InputError as error:
        return str(error)


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


@st.cache_data(max_entries=16, show_spinner=False)
def _projected(backbone: str, plan: str) -> dict[str, np.ndarray]:
    return projected_masks(load_backbone(DEFAULT_BACKBONE), PatternPlan.parse(plan))


@st.cache_data(max_entries=4, show_spinner=False)
def _trained(digest: str, plan: str, _code: LinearCode) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Weights and masks of the layers that were trained to a pattern."""
    network, masks = pattern_backbone(DEFAULT_BACKBONE, PatternPlan.parse(plan), _code)
    layers = [layer for group in fecct_groups(network) for layer in group]
    return {layer: (network.get_submodule(layer).weight.numpy(force=True), masks[layer]) for layer in layers}


FORMATS = {
    **{
        name: st.column_config.NumberColumn(format="localized")
        for name in ("weights kept", "MACs a frame, zeros left out", "bytes, packed")
    },
    **{name: st.column_config.NumberColumn(format="percent") for name in ("of dense", "MACs of dense")},
}
"""How the columns of the table of cost are shown."""
