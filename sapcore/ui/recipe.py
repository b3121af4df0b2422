"""How what a page shows was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE
from sapcore.inspection import FrameSource
from sapcore.pruning.learned import learn_command
from sapcore.pruning.n_to_m_plan import LEARNABLE, NToMPlan
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.sparsity import SparsityPlan
from sapcore.report.recipe import load_of, source_of


def spectrum_command(code: LinearCode) -> str:
    """The command that prints the spectrum of a code."""
    return f"python -m sapcore spectrum {shlex.quote(source_of(code))} --json"


def spectrum_lines(code: LinearCode) -> str:
    """The same from Python."""
    return f"""from sapcore.codes import load
from sapcore.spectra import TannerGraph, signature, spectrum

code = {load_of(code)}
print(signature(code), spectrum(code).singular_values, TannerGraph(code).girth)
"""


def prune_command(codes: list[LinearCode], how: str, ratio: float) -> str:
    """The commands that print the masks of these codes."""
    return "\n".join(
        f"python -m sapcore prune {shlex.quote(source_of(code))} --ratio {ratio:g} --how {how} --json" for code in codes
    )


def recover_command(code: LinearCode, how: str, ratio: float, rank: int, steps: int, seed: int) -> str:
    """The command that trains the same adapter."""
    return (
        f"python -m sapcore recover {shlex.quote(source_of(code))} --ratio {ratio:g} --how {how} --rank {rank} "
        f"--steps {steps} --seed {seed} --json"
    )


def prune_lines(codes: list[LinearCode], how: str, ratio: float) -> str:
    """The same from Python."""
    loads = "\n".join(f"    {load_of(code)}," for code in codes)
    return f"""from sapcore.codes import load
from sapcore.pruning.masks import mask_source

codes = [
{loads}
]
source = mask_source()
for code in codes:
    mask = source.mask({how!r}, code, {ratio!r})
    print(code.name, mask.heads.sum(axis=1), mask.channels.sum(axis=1), source.library.retrieve(code).nearest.code)
"""


def mask_difference_lines(first: tuple[LinearCode, str, float], second: tuple[LinearCode, str, float]) -> str:
    """The lines that count what two masks keep, each (code, how it is chosen, ratio)."""
    masks = "\n".join(f"    source.mask({how!r}, {load_of(code)}, {ratio!r})," for code, how, ratio in (first, second))
    return f"""from sapcore.codes import load
from sapcore.pruning.mask_difference import STATES, MaskDifference
from sapcore.pruning.masks import mask_source

source = mask_source()
found = MaskDifference.of(
{masks}
)
for part, counts in found.counts().items():
    print(part, dict(zip(STATES, counts.sum(axis=0).tolist())))
"""


def sparsity_command(code: LinearCode, plan: SparsityPlan) -> str:
    """The command that prints what a sparsity keeps and costs."""
    return f"python -m sapcore prune {shlex.quote(source_of(code))} --sparsity {plan} --json"


def sparsify_command(code: LinearCode, plan: SparsityPlan, card: Mapping[str, object] | None) -> str:
    """The command that learns what a sparsity needs, as its `card` was made where there is one."""
    steps, seed = (card["recipe"]["steps"], card["seed"]) if card else (None, 0)
    return learn_command(DEFAULT_BACKBONE, plan, source_of(code), steps, seed)


def sparsity_lines(
    code: LinearCode,
    plan: NToMPlan,
    pattern: PatternPlan | None,
    layer: str,
    window: tuple[slice, slice],
    learned: bool,
) -> str:
    """The lines that compare the orders of channels and print the masks of a window of a layer.

    `pattern` None leaves the pattern out; `learned` takes the learned orders in.
    """
    place = "".join(f"slice({part.start}, {part.stop}), " for part in window).removesuffix(", ")
    ways = dict.fromkeys(["none", plan.permutation] if learned or not plan.learned else ["none"])
    lines = [
        "from sapcore.codes import load",
        "from sapcore.decoders.backbones import load_backbone",
        "from sapcore.pruning.measured_scores import measure_scores",
        "from sapcore.pruning.n_to_m import NToM",
        *(["from sapcore.pruning.n_to_m_plan import NToMPlan"] if learned else []),
        "from sapcore.pruning.order_comparison import compare_orders",
        *(["from sapcore.pruning.orders import find_orders, load_orders, orders_card"] if learned else []),
        *(["from sapcore.pruning.pattern_plan import PatternPlan"] if pattern else []),
        *(["from sapcore.pruning.pattern_weights import projected_masks"] if pattern else []),
        "",
        f"code, network = {load_of(code)}, load_backbone({DEFAULT_BACKBONE!r})",
        f"compared = compare_orders(measure_scores(network, code, {plan.score!r}), NToM.parse({str(plan.n_to_m)!r}))",
    ]
    if learned:
        name = str(replace(plan, permutation=LEARNABLE))
        lines += [
            f"path = find_orders({DEFAULT_BACKBONE!r}, NToMPlan.parse({name!r}), code)",
            f"compared = compared.with_orders({LEARNABLE!r}, load_orders(path))",
            'print(orders_card(path)["held_out"], orders_card(path)["best_step"])',
        ]
    lines += [
        "for way, kept in compared.kept.items():",
        "    print(way, kept)",
        f"layer, window = {layer!r}, ({place})",
        f"for way in {list(ways)}:",
        "    print(way, compared.layer_kept(way, layer), compared.mask(way, layer)[window].astype(int))",
    ]
    if pattern:
        lines += [
            f"masks = projected_masks(network, PatternPlan.parse({str(pattern)!r}))",
            "print(masks[layer][window].astype(int))",
        ]
    return "\n".join(lines) + "\n"


def decode_lines(source: FrameSource, index: int, decoders: tuple[str, str], layer: int, head: int) -> str:
    """The lines that decode one frame and print what the decode page shows of it; `layer` and `head` from 0."""
    flipped = f", flipped={source.flipped}" if source.flipped else ""
    return f"""from sapcore.codes import load
from sapcore.inspection import Decision, FrameSource, edge_attention, nearest_word_decoder
from sapcore.inspection.network import TracedNetwork
from sapcore.spectra import TannerGraph

code = {load_of(source.code)}
frame = FrameSource(code, {source.ebn0_db!r}, seed={source.seed}{flipped}).frame({index})
print(frame.received, frame.wrong.sum(), frame.syndrome.sum())
networks = [TracedNetwork.of(spec, code) for spec in {list(decoders)}]
decisions = [Decision.of(network.decoder, frame) for network in networks]
if nearest := nearest_word_decoder(code):
    decisions.append(Decision.of(nearest[1], frame))
for decision in decisions:
    print(decision.bits, decision.wrong.sum(), decision.is_codeword, decision.squared_distance)
if frame.syndrome.any():  # else no network runs
    for network in networks:
        logits, edge_shares = network.summary(frame.received)
        print(logits, edge_shares)
        if network.has({layer}, {head}):  # layer and head from 0
            attention = network.attention(frame.received, {layer}, {head})
            print(edge_attention(attention, TannerGraph(code).edges, code.n))
"""
