"""`estimate`: error rates too low to be counted, by radial importance sampling."""

import argparse
from typing import TYPE_CHECKING, Any

from sapcore.cli.follow import INTERVALS
from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json, print_table
from sapcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sapcore.simulation import RadialEstimate


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "estimate",
        "Estimate error rates by radial importance sampling, at Eb/N0 where errors are too rare to be counted. "
        "For decoders whose bits do not depend on the noise level, such as fecct, ml and osd:2. Blocks are kept.",
        "python -m sapcore estimate --code 'BCH(31,16)-r' --decoder fecct --ebn0 5 6 --json",
    )
    parser.add_argument("--code", required=True, metavar="CODE", help=CODE_HELP)
    parser.add_argument("--decoder", required=True, metavar="SPEC", help="such as ml, osd:2, fecct, fecct/sap@0.5")
    parser.add_argument("--ebn0", nargs="+", required=True, type=float, metavar="DB", help="Eb/N0 in dB")
    parser.add_argument(
        "--relative-width",
        type=float,
        default=0.3,
        metavar="W",
        help="stop when the 95 %% interval of the bit error rate is no wider than W times the rate (0.3)",
    )
    parser.add_argument(
        "--max-frames", type=int, default=1_000_000, metavar="M", help="at most so many, in whole blocks of 1024 (1e6)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the frames (default 0)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Estimate one curve."""
    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.decoders.registry import CLASSICAL
    from sapcore.simulation import Store, radial_estimates
    from sapcore.threads import use_one_thread
    from sapcore.variants import DecoderSpec, build_decoder, ignores_noise_level

    use_one_thread()
    spec = DecoderSpec.parse(arguments.decoder)
    if not ignores_noise_level(spec):
        able = ", ".join(kind.grammar(name) for name, kind in CLASSICAL.items() if kind.scale_free)
        raise InputError(
            f"{spec} decodes by the noise level, so there is no radial estimate; there are those of {able} and fecct."
        )
    code = load(arguments.code)
    with Store() as store, tqdm(unit="frame", unit_scale=True, disable=arguments.json or None) as bar:

        def watch(estimates: "Sequence[RadialEstimate]") -> None:
            widest = max(estimate.relative_width for estimate in estimates)
            bar.update(estimates[0].frames - bar.n)
            bar.set_postfix_str(f"relative width {widest:.2f}")

        found = radial_estimates(
            code,
            build_decoder(spec, code),
            arguments.ebn0,
            arguments.relative_width,
            arguments.max_frames,
            arguments.seed,
            store,
            watch,
        )
    rows = [{"code": code.name, "decoder": str(spec), **estimate.row()} for estimate in found]
    if arguments.json:
        print_json(rows)
    else:
        print_table(rows, ("code", "decoder", "ebn0", "frames", "effective_errors", *INTERVALS))
    return 0
