"""How a run was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY
from sapcore.decoders.backbones import DEFAULT_BACKBONE
from sapcore.inspection import FrameSource
from sapcore.pruning.learned import learn_command
from sapcore.pruning.n_to_m_plan import LEARNABLE, NToMPlan
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.sparsity import SparsityPlan
from sapcore.runs import RunSpec
from sapcore.ui.codes import file_stem


def command_line(codes: list[LinearCode], spec: RunSpec) -> str:
    """One command that measures the same points with the same frames."""
    parts = ["python -m sapcore simulate", "--code " + " ".join(shlex.quote(_source(code)) for code in codes)]
    parts.append("--decoder " + " ".join(shlex.quote(decoder) for decoder in spec.decoders))
    parts.append("--ebn0 " + " ".join(f"{value!r}".removesuffix(".0") for value in spec.ebn0))
    parts.append(f"--frame-errors {spec.rule.frame_errors} --max-frames {spec.rule.max_frames}")
    if spec.rule.relative_width is not None:
        parts.append(f"--relative-width {spec.rule.relative_width}")
    parts.append(f"--seed {spec.seed} --json")
    return " \\\n  ".join(parts)


def python_lines(codes: list[LinearCode], spec: RunSpec) -> str:
    """The same from Python, in one process."""
    loads = "\n".join(f"    {_load(code)}," for code in codes)
    return f"""from concurrent.futures import ThreadPoolExecutor

from sapcore.codes import load
from sapcore.runs import drive, request
from sapcore.simulation import StoppingRule, Store

codes = [
{loads}
]
rule = {spec.rule}
store = Store()
run = request(store, codes, {list(spec.decoders)}, {list(spec.ebn0)}, rule, seed={spec.seed})
with ThreadPoolExecutor(1) as executor:
    run = drive(store, run.id, executor)
for point in run.points:
    print(point.code_name, point.decoder, point.ebn0_db, point.counts.fer, point.counts.fer_interval)
"""


def compare_command(code: LinearCode, spec: RunSpec, against: str) -> str:
    """The command that compares one decoder of a run with the others on the frames that all of them see."""
    decoders = [against, *(decoder for decoder in spec.decoders if decoder != against)]
    parts = [f"python -m sapcore compare --code {shlex.quote(_source(code))}"]
    parts.append("--decoder " + " ".join(map(shlex.quote, decoders)))
    parts.append("--ebn0 " + " ".join(f"{value!r}".removesuffix(".0") for value in spec.ebn0))
    parts.append(f"--frames {spec.rule.max_frames} --seed {spec.seed} --json")
    return " \\\n  ".join(parts)


def spectrum_command(code: LinearCode) -> str:
    """The command that prints the spectrum of a code."""
    return f"python -m sapcore spectrum {shlex.quote(_source(code))} --json"


def spectrum_lines(code: LinearCode) -> str:
    """The same from Python."""
    return f"""from sapcore.codes import load
from sapcore.spectra import TannerGraph, signature, spectrum

code = {_load(code)}
print(signature(code), spectrum(code).singular_values, TannerGraph(code).girth)
"""


def prune_command(codes: list[LinearCode], how: str, ratio: float) -> str:
    """The commands that print the masks of these codes."""
    return "\n".join(
        f"python -m sapcore prune {shlex.quote(_source(code))} --ratio {ratio:g} --how {how} --json" for code in codes
    )


def recover_command(code: LinearCode, how: str, ratio: float, rank: int, steps: int, seed: int) -> str:
    """The command that trains the same adapter."""
    return (
        f"python -m sapcore recover {shlex.quote(_source(code))} --ratio {ratio:g} --how {how} --rank {rank} "
        f"--steps {steps} --seed {seed} --json"
    )


def prune_lines(codes: list[LinearCode], how: str, ratio: float) -> str:
    """The same from Python."""
    loads = "\n".join(f"    {_load(code)}," for code in codes)
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


def sparsity_command(code: LinearCode, plan: SparsityPlan) -> str:
    """The command that prints what a sparsity keeps and costs."""
    return f"python -m sapcore prune {shlex.quote(_source(code))} --sparsity {plan} --json"


def sparsify_command(code: LinearCode, plan: SparsityPlan, card: Mapping[str, object] | None) -> str:
    """The command that learns what a sparsity needs, as its `card` was made where there is one."""
    steps, seed = (card["recipe"]["steps"], card["seed"]) if card else (None, 0)
    return learn_command(DEFAULT_BACKBONE, plan, _source(code), steps, seed)


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
        f"code, network = {_load(code)}, load_backbone({DEFAULT_BACKBONE!r})",
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

code = {_load(source.code)}
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


def needs_files(codes: list[LinearCode]) -> bool:
    """Whether a recipe for these codes starts from matrix files."""
    return any((code.standard or code).family == FILE_FAMILY for code in codes)


def _source(code: LinearCode) -> str:
    """What `sapcore.codes.load` takes for this code."""
    return f"{file_stem(code)}.alist" if (code.standard or code).family == FILE_FAMILY else code.name


def _load(code: LinearCode) -> str:
    return f"load({_source(code)!r})"
