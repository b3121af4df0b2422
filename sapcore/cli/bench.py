"""`bench`: the speed of decoders."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_as_they_come, print_json

if TYPE_CHECKING:
    from tqdm import tqdm

DECODERS = ("fecct", "fecct/sap@0.5")
BATCHES = (1, 256)
SECONDS = 1.0


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
        "--decoder",
        **many,
        metavar="SPEC",
        dest="decoders",
        help=f"as for simulate (default {' '.join(DECODERS)})",
    )
    parser.add_argument(
        "--batch",
        **many,
        type=int,
        metavar="B",
        dest="batches",
        help=f"frames decoded together (default {' '.join(map(str, BATCHES))})",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="S",
        help=f"processor time for each measurement (default {SECONDS:g})",
    )
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.experiments.speed import CODES, Bench

    codes = [load(text) for text in dict.fromkeys(arguments.codes or CODES)]
    bench = Bench(codes, arguments.decoders or DECODERS, arguments.batches or BATCHES, arguments.seconds)
    with tqdm(total=bench.steps, unit="step", disable=arguments.json or None) as bar:
        rows = map(asdict, bench.measure(bar.update))
        if arguments.json:
            print_json(list(rows))
        else:
            widths = {"decoder": max(map(len, bench.contestants)), "code": max(len(code.name) for code in codes)}
            print_as_they_come(_beside(bar, rows), widths | {"macs": 9, "bytes": 8})
    return 0


def _beside(bar: "tqdm", rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, the bar out of their way."""
    for row in rows:
        bar.clear()
        yield row
