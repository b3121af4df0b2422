"""`compare`: decoders side by side on the same frames."""

import argparse
import math
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json
from sapcore.errors import InputError


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "compare",
        "Tell decoders of a code apart on the frames they share: the first against each other one, by McNemar's test. "
        "Blocks are kept and shared with simulate.",
        "python -m sapcore compare --code 'BCH(31,16)-r' --decoder fecct/bf16 fecct --ebn0 4 --frames 20000",
    )
    parser.add_argument("--code", required=True, metavar="CODE", help=CODE_HELP)
    parser.add_argument("--decoder", nargs="+", required=True, metavar="SPEC", help="two or more, as for simulate")
    parser.add_argument("--ebn0", nargs="+", required=True, type=float, metavar="DB", help="Eb/N0 in dB")
    parser.add_argument(
        "--frames", type=int, required=True, metavar="F", help="so many for each decoder, in whole blocks of 1024"
    )
    parser.add_argument(
        "--margin",
        type=float,
        default=0.1,
        metavar="X",
        help="also test that the first's frame error rate is below 1 + X times the other's (0.1)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the frames (default 0)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure what is missing, then compare."""
    from sapcore.cli.follow import finish, follow
    from sapcore.codes import load
    from sapcore.runs import request
    from sapcore.simulation import BLOCK_FRAMES, PointKey, StoppingRule, Store, compare
    from sapcore.simulation.comparison import check_margin

    if len(set(arguments.decoder)) < 2:
        raise InputError("compare needs two decoders or more.")
    check_margin(arguments.margin)
    code, store = load(arguments.code), Store()
    rule = StoppingRule(arguments.frames, arguments.frames)  # never so many errors
    asked = request(store, [code], arguments.decoder, arguments.ebn0, rule, arguments.seed)
    ended = follow(store, asked.id, arguments.json, cancel_on_interrupt=True)
    if ended.state != "done":
        return finish(ended, arguments.json)
    first, *others = dict.fromkeys(arguments.decoder)
    digests, rows = asked.spec.digests, []
    for ebn0 in asked.spec.ebn0:
        for other in others:
            keys = (PointKey(code.digest, digests[code.digest, one], ebn0, asked.spec.seed) for one in (first, other))
            found = compare(store, *keys, blocks=math.ceil(arguments.frames / BLOCK_FRAMES))
            if found.frames < arguments.frames:
                raise InputError(
                    f"Only {found.frames} frames at {ebn0:g} dB were kept one by one; the others, merged from a store "
                    "of an earlier version, are counts alone. Use another --seed."
                )
            rows.append(
                {
                    "code": code.name,
                    "first": first,
                    "second": other,
                    "ebn0": ebn0,
                    "frames": found.frames,
                    "both": found.both,
                    "first_only": found.first_only,
                    "second_only": found.second_only,
                    "p_value": found.p_value,
                    "margin": arguments.margin,
                    "not_worse_p_value": found.not_worse_p_value(arguments.margin),
                    "verdict": found.verdict(first, other),
                    "not_worse": found.not_worse(arguments.margin, first, other),
                }
            )
    if arguments.json:
        print_json(rows)
    else:
        for row in rows:
            print(f"{row['ebn0']:g} dB: {row['verdict']} {row['not_worse']}")
    return 0
