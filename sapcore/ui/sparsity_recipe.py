"""How what the sparsity page shows was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sapcore.codes import LinearCode, source_of
from sapcore.decoders.backbones import DEFAULT_BACKBONE
from sapcore.pruning.learned import learn_command
from sapcore.pruning.n_to_m_plan import LEARNABLE, NToMPlan
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.sparsity import SparsityPlan
from sapcore.report.recipe import load_of


def sparsity_command(code: LinearCode, plan: SparsityPlan) -> str:
    """The command that prints what a sparsity keeps and costs."""
    return f"python -m sapcore prune {shlex.quote(source_of(code))} --sparsity {plan} --json"


def sparsify_command(code: LinearCode, plan: SparsityPlan, card: Mapping[str, object]) -> str:
    """The command that learns what a sparsity needs, as its `card` was made."""
    return learn_command(DEFAULT_BACKBONE, plan, code, card["recipe"]["steps"], card["seed"]) + " --json"


def sparsity_lines(
    code: LinearCode,
    plan: NToMPlan,
    pattern: PatternPlan | None,
    layer: str,
    window: tuple[slice, slice],
    decoders: Sequence[str] = (),
    *,
    learned: bool,
    trained: bool = False,
) -> str:
    """The lines that compare the orders of channels, print a window of a layer, and what `decoders` cost.

    `pattern` None leaves the pattern out; `learned` takes the learned orders in, `trained` the weights trained to it.
    """
    place = "".join(f"slice({part.start}, {part.stop}), " for part in window).removesuffix(", ")
    ways = dict.fromkeys(["none", plan.permutation] if learned or not plan.learned else ["none"])
    of_patterns = "pattern_backbone, pattern_card, projected_masks" if trained else "projected_masks"
    lines = [
        "from sapcore.codes import load",
        "from sapcore.decoders.backbones import load_backbone",
        "from sapcore.pruning.measured_scores import measure_scores",
        "from sapcore.pruning.n_to_m import NToM",
        *(["from sapcore.pruning.n_to_m_plan import NToMPlan"] if learned else []),
        "from sapcore.pruning.order_comparison import compare_orders",
        *(["from sapcore.pruning.orders import find_orders, load_orders, orders_card"] if learned else []),
        *(["from sapcore.pruning.pattern_plan import PatternPlan"] if pattern else []),
        *([f"from sapcore.pruning.pattern_weights import {of_patterns}"] if pattern else []),
        "from sapcore.threads import use_one_thread",
        "from sapcore.variants import decoder_complexity",
        "",
        "use_one_thread()",
        f"code, network = {load_of(code)}, load_backbone({DEFAULT_BACKBONE!r})",
        f"compared = compare_orders(measure_scores(network, code, {plan.score!r}), NToM.parse({str(plan.n_to_m)!r}))",
    ]
    if learned:
        name = str(replace(plan, permutation=LEARNABLE))
        lines += [
            f"path = find_orders({DEFAULT_BACKBONE!r}, NToMPlan.parse({name!r}), code)",
            f"compared, card = compared.with_orders({LEARNABLE!r}, load_orders(path)), orders_card(path)",
            'print(card["held_out"], card["best_step"], card.get("soft"))',
        ]
    lines += [
        "for way, kept in compared.kept.items():",
        "    print(way, kept)",
        f"layer, window = {layer!r}, ({place})",
        f"for way in {list(ways)}:",
        "    print(way, compared.layer_kept(way, layer), compared.order(way, layer)[window[1]])",
        "    print(compared.scores(way, layer)[window], compared.mask(way, layer)[window].astype(int))",
    ]
    if pattern:
        lines += [f"plan = PatternPlan.parse({str(pattern)!r})", "masks = projected_masks(network, plan)"]
    if trained:
        lines += [
            f"weights, trained = pattern_backbone({DEFAULT_BACKBONE!r}, plan, code)",
            f"training = pattern_card({DEFAULT_BACKBONE!r}, plan, code)",
            'print(training["loss_first"], training["loss_last"], training["residuals"])',
            "print(sum((trained[name] != mask).sum() for name, mask in masks.items()))",
        ]
    if pattern and not layer.endswith(".o"):  # which no pattern prunes
        lines.append("print(network.get_submodule(layer).weight[window].abs(), masks[layer][window].astype(int))")
        if trained:
            lines.append("print(weights.get_submodule(layer).weight[window].abs(), trained[layer][window].astype(int))")
    lines += [
        f"costs = {{spec: decoder_complexity(spec, code) for spec in {list(decoders)}}}",
        "print(costs)",
    ]
    return "\n".join(lines) + "\n"
