"""`bench`: the speed of decoders."""

import argparse
from dataclasses import asdict
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json, print_table


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "bench",
        "Measure the speed, latency and memory of decoders on one core, beside the same backbone in plain PyTorch, on "
        "frames of non-zero syndrome at 4 dB. Leave the machine idle meanwhile; it takes minutes.",
        "python -m sapcore bench --code 'BCH(63,45)-r' --decoder fecct fecct/bf16 --batch 1 256 --json",
    )
    many = {"nargs": "+", "action": "extend"}
    parser.add_argument(
        "--code", **many, metavar="CODE", dest="codes", help=f"{CODE_HELP}; default BCH(31,16)-r and BCH(63,45)-r"
    )
    parser.add_argument(
        "--decoder", **many, metavar="SPEC", dest="decoders", help="as for simulate (default: dense and pruned fecct)"
    )
    parser.add_argument(
        "--batch", **many, type=int, metavar="B", dest="batches", help="frames decoded together (default 1 64 256)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="processor time for each measurement (default 2)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.experiments.speed import CODES, Bench

    given = {name: getattr(arguments, name) for name in ("decoders", "batches", "seconds")}
    given = {name: value for name, value in given.items() if value is not None}
    bench = Bench([load(text) for text in dict.fromkeys(arguments.codes or CODES)], **given)
    with tqdm(total=bench.steps, unit="step", disable=arguments.json or None) as bar:
        rows = [asdict(row) for row in bench.measure(bar.update)]
    if arguments.json:
        print_json(rows)
    else:
        print_table(rows, list(rows[0]))
    return 0
