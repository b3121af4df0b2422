"""`prune`: the mask of one code, and what it saves."""

import argparse
from typing import TYPE_CHECKING, Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json, print_table
from sapcore.errors import InputError, quoted

if TYPE_CHECKING:
    from sapcore.codes import LinearCode
    from sapcore.variants import DecoderSpec


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
    """Add how a backbone is pruned: CODE, --ratio and --how, or --sparsity, and --backbone."""
    from sapcore.pruning.choices import CHOICES

    ways = ", ".join(f"{how} ({text})" for how, text in CHOICES.items())
    parser.add_argument("code", metavar="CODE", help=CODE_HELP)
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--ratio", type=float, metavar="R", help="fraction of heads and of channels removed, 0 to 0.9")
    amount.add_argument("--sparsity", metavar="S", help="instead zeros in the matrices, such as 2:4+lsa or tile@0.5")
    parser.add_argument("--how", help=f"how the mask of a --ratio is chosen: {ways}; default sap")
    add_backbone_option(parser)


def add_backbone_option(parser: argparse.ArgumentParser) -> None:
    """Add --backbone."""
    parser.add_argument("--backbone", metavar="NAME", help="the backbone to prune (default: that of fecct)")


def pruned_spec(arguments: argparse.Namespace, lora: bool = False) -> "DecoderSpec":
    """The decoder that the mask options name.

    Raises:
        InputError: there is none, or the options do not go together.
    """
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
    from sapcore.pruning.choices import CHOICES
    from sapcore.pruning.structured_mask import checked_ratio
    from sapcore.variants import DecoderSpec

    backbone_card(arguments.backbone or DEFAULT_BACKBONE)  # each option has its own sentence, before the whole spec's
    if arguments.sparsity is not None:
        if arguments.how is not None:
            raise InputError("--how chooses the mask of a --ratio; --sparsity says all itself, as in 2:4+ria.")
        return DecoderSpec("fecct", arguments.backbone, lora=lora, sparsity=arguments.sparsity)
    if float(f"{checked_ratio(arguments.ratio):g}") != arguments.ratio:
        raise InputError(f"A pruning ratio has at most six digits, not {arguments.ratio}.")
    how = arguments.how or "sap"
    if how not in CHOICES:
        raise InputError(f"There is no way {quoted(how)} to choose a mask; there are {', '.join(CHOICES)}.")
    return DecoderSpec("fecct", arguments.backbone, how, arguments.ratio, lora)


def run(arguments: argparse.Namespace) -> int:
    """Choose one mask."""
    from sapcore.codes import load
    from sapcore.threads import use_one_thread

    use_one_thread()
    code = load(arguments.code)
    spec = pruned_spec(arguments)
    result = _structured(spec, code) if spec.how else _sparse(spec, code)
    if arguments.json:
        print_json(result)
        return 0
    if spec.how:
        heads, channels = result["jaccard_dedicated"].values()
        result["jaccard_dedicated"] = f"{heads:.3f} of heads, {channels:.3f} of channels"
    print_table([{"property": name, "value": value} for name, value in result.items()], ("property", "value"))
    return 0


def _structured(spec: "DecoderSpec", code: "LinearCode") -> dict[str, object]:
    from sapcore.pruning.masks import mask_source

    source = mask_source(spec.backbone)
    mask = spec.mask(code)
    match = source.library.retrieve(code)
    lends = {"sap": 0, "far": -1}.get(spec.how)
    heads, channels = mask.jaccard(source.mask("dedicated", code, spec.ratio))
    return {
        "code": code.name,
        "decoder": str(spec),
        "donor": None if lends is None else match.donors[lends].code,
        "distance": None if lends is None else match.distances[lends],
        "heads_kept": int(mask.heads.sum()),
        "heads": mask.heads.size,
        "channels_kept": int(mask.channels.sum()),
        "channels": mask.channels.size,
        "jaccard_dedicated": {"heads": heads, "channels": channels},
        **_cost(spec, code),
    }


def _sparse(spec: "DecoderSpec", code: "LinearCode") -> dict[str, object]:
    from sapcore.pruning.sparse_backbone import sparse_backbone

    pruned = sparse_backbone(spec.backbone, spec.plan, code)
    return {
        "code": code.name,
        "decoder": str(spec),
        "weights_kept": sum(int(mask.sum()) for mask in pruned.masks.values()),
        "weights": sum(mask.size for mask in pruned.masks.values()),
        "score_kept": pruned.score_kept,
        **_cost(spec, code),
    }


def _cost(spec: "DecoderSpec", code: "LinearCode") -> dict[str, object]:
    from sapcore.complexity import complexity
    from sapcore.decoders.backbones import backbone_config
    from sapcore.variants import decoder_complexity

    cost = decoder_complexity(spec, code)
    dense = complexity(backbone_config(spec.backbone), code)
    return {"macs": cost.macs, "macs_dense": dense.macs, "parameters": cost.parameters, "bytes": cost.bytes}
