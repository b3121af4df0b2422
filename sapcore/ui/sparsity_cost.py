"""What the sparsity page shows of cost and error rates, and how it all was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.complexity import Complexity
from sapcore.errors import InputError
from sapcore.experiments.shipped import shipped_points
from sapcore.pruning.n_to_m_plan import LEARNABLE, NToMPlan
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.ui.controls import choice, select
from sapcore.ui.mask_recipe import prune_command
from sapcore.ui.orders import learned_card
from sapcore.ui.patterns import trained_card
from sapcore.ui.show import show_figure, show_table
from sapcore.ui.sparsity import Layer, Window
from sapcore.ui.sparsity_recipe import sparsify_command, sparsity_command, sparsity_lines
from sapcore.ui.text import plain
from sapcore.ui.theme import current_theme
from sapcore.variants import DecoderSpec, check_decodable, decoder_complexity

STRUCTURED = "fecct/sap@0.5"
DENSE = "dense"
MEASURED_KEYS = "p_cost", "p_at"


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
    alt = f"Weights, MACs and bytes of {len(lines)} decoders."
    show_table(pd.DataFrame(lines), "cost", alt, FORMATS, [code])
    return ready


def measured_view(code: LinearCode) -> pd.DataFrame:
    """The error rates that ship of the dense, sparse and SAP decoders of a code, against their cost; those shown."""
    points = _measured_points(code)
    if points.empty:
        st.caption("No error rate of a pruned decoder of this code ships.")
        return points
    with st.container(horizontal=True):
        cost = choice("Cost", ("MACs", "bytes"), MEASURED_KEYS[0])
        places = {f"{value:g}": value for value in sorted(points["ebn0"].unique(), reverse=True)}
        ebn0 = places[select("Eb/N0 (dB)", list(places), MEASURED_KEYS[1], width=130)]
    shown = points[points["ebn0"] == ebn0]
    st.caption(
        f"Counted or estimated at {ebn0:g} dB, 95 % intervals, a line along each kind's front. The tables ship: "
        f"{_files(shown)}."
    )
    figure = figures.pareto_figure(shown.assign(code=shown["kind"]), cost, current_theme())
    columns = [
        "kind",
        "decoder",
        "ebn0",
        "ber",
        "ber_low",
        "ber_high",
        "frames",
        "frame_errors",
        "effective_errors",
        "MACs",
        "bytes",
    ]
    show_figure(figure, shown[columns], "measured", of=[code])
    return shown


def commands(code: LinearCode, plan: NToMPlan, pattern: PatternPlan | None, ready: Sequence[str]) -> str:
    """The commands that learn what was learned, and print what plan, pattern and structured pruning keep and cost."""
    cards = {replace(plan, permutation=LEARNABLE): learned_card(plan, code)}
    if pattern is not None:
        cards[pattern] = trained_card(pattern, code)
    learned = {one: card for one, card in cards.items() if not isinstance(card, str)}
    plans = dict.fromkeys(one for one in (plan, *cards) if one in learned or one not in cards)
    structured = DecoderSpec.parse(STRUCTURED)
    lines = [sparsify_command(code, one, card) for one, card in learned.items()]
    lines += [sparsity_command(code, one) for one in plans]
    lines += [prune_command([code], structured.how, structured.ratio)] if STRUCTURED in ready else []
    return "\n".join(lines)


def python_lines(
    code: LinearCode,
    plan: NToMPlan,
    pattern: PatternPlan | None,
    layer: Layer,
    window: Window,
    decoders: Sequence[str],
) -> str:
    """The lines that print what the page shows of orders, of the pattern and of what `decoders` cost."""
    return sparsity_lines(
        code,
        plan,
        pattern,
        layer.name,
        (window.rows, window.inputs),
        [spec for spec in decoders if _cost(spec, code) is not None],
        learned=not isinstance(learned_card(plan, code), str),
        trained=pattern is not None and not isinstance(trained_card(pattern, code), str),
    )


def _cost(spec: str, code: LinearCode) -> Complexity | None:
    """What a decoder costs, None where its mask cannot be had."""
    try:
        return decoder_complexity(spec, code)
    except InputError:
        return None


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
    if spec.base != "fecct" or spec.how not in (None, "sap") or spec.passes is not None:
        return None
    if spec.plan is not None:
        return "N:M" if isinstance(spec.plan, NToMPlan) else "pattern"
    return "SAP" if spec.how else DENSE


def _files(points: pd.DataFrame) -> str:
    return ", ".join(plain(file) for file in points["file"].unique())


FORMATS = {
    **{
        name: st.column_config.NumberColumn(format="localized")
        for name in ("weights kept", "MACs a frame, zeros left out", "bytes, packed")
    },
    **{name: st.column_config.NumberColumn(format="percent") for name in ("of dense", "MACs of dense")},
}
"""How the columns of the table of cost are shown."""
