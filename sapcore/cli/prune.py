"""`prune`: the mask of one code, and what it saves."""

import argparse
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json, print_table
from sapcore.errors import InputError


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "prune",
        "Choose the mask of a code and count what the pruned decoder costs.",
        "python -m sapcore prune 'BCH(31,16)-r' --ratio 0.5 --json",
    )
    add_mask_options(parser)
    add_json_option(parser)
    parser.set_defaults(function=run)


def add_mask_options(parser: argparse.ArgumentParser) -> None:
    """Add what a mask is chosen by: CODE, --ratio, --how and --backbone."""
    from sapcore.pruning.choices import CHOICES

    ways = ", ".join(f"{how} ({text})" for how, text in CHOICES.items())
    parser.add_argument("code", metavar="CODE", help=CODE_HELP)
    parser.add_argument(
        "--ratio", type=float, required=True, metavar="R", help="fraction of heads and of channels removed, 0 to 0.9"
    )
    parser.add_argument("--how", default="sap", help=f"how the mask is chosen: {ways}; default sap")
    parser.add_argument("--backbone", metavar="NAME", help="the backbone to prune (default: that of fecct)")


def spec_text(arguments: argparse.Namespace, lora: bool = False) -> str:
    """The decoder that the mask options name."""
    from sapcore.variants import DecoderSpec

    if float(f"{arguments.ratio:g}") != arguments.ratio:
        raise InputError(f"A pruning ratio has at most six digits, not {arguments.ratio}.")
    return str(DecoderSpec("fecct", arguments.backbone, arguments.how, arguments.ratio, lora))


def run(arguments: argparse.Namespace) -> int:
    """Choose one mask."""
    from sapcore.codes import load
    from sapcore.complexity import complexity
    from sapcore.decoders.backbones import backbone_card
    from sapcore.decoders.fecct_config import FecctConfig
    from sapcore.pruning.masks import mask_source
    from sapcore.threads import use_one_thread

    use_one_thread()
    code, source = load(arguments.code), mask_source(arguments.backbone)
    mask = source.mask(arguments.how, code, arguments.ratio)
    match = source.library.retrieve(code)
    dense = FecctConfig(**backbone_card(source.backbone)["config"])
    cost = complexity(mask.pruned(dense), code)
    lends = {"sap": 0, "far": -1}.get(arguments.how)
    heads, channels = mask.jaccard(source.mask("dedicated", code, arguments.ratio))
    result = {
        "code": code.name,
        "decoder": spec_text(arguments),
        "donor": None if lends is None else match.donors[lends].code,
        "distance": None if lends is None else match.distances[lends],
        "heads_kept": int(mask.heads.sum()),
        "heads": mask.heads.size,
        "channels_kept": int(mask.channels.sum()),
        "channels": mask.channels.size,
        "jaccard_dedicated": {"heads": heads, "channels": channels},
        "macs": cost.macs,
        "macs_dense": complexity(dense, code).macs,
        "parameters": cost.parameters,
        "bytes": cost.bytes,
    }
    if arguments.json:
        print_json(result)
        return 0
    result["jaccard_dedicated"] = f"{heads:.3f} of heads, {channels:.3f} of channels"
    print_table([{"property": name, "value": value} for name, value in result.items()], ("property", "value"))
    return 0
