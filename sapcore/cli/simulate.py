"""`simulate`: measure error rates."""

import argparse
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb
from sapcore.cli.runs import PRIORITIES


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "simulate",
        "Measure error rates. Every code is measured under every decoder at every Eb/N0; finished blocks are kept, "
        "so the same request again goes on where it stopped.",
        "python -m sapcore simulate --code 'BCH(31,16)' --decoder fecct --ebn0 3 4 5 --frame-errors 200 "
        "--max-frames 2000000 --json",
    )
    parser.add_argument(
        "--code",
        nargs="+",
        action="extend",
        required=True,
        metavar="CODE",
        dest="codes",
        help=CODE_HELP,
    )
    parser.add_argument(
        "--decoder",
        nargs="+",
        action="extend",
        required=True,
        metavar="SPEC",
        dest="decoders",
        help="such as ml, osd:2, bp:50, bp:50/layered, scl:8, fecct, fecct:NAME, fecct/sap@0.5",
    )
    parser.add_argument(
        "--ebn0", nargs="+", action="extend", required=True, type=float, metavar="DB", help="Eb/N0 in dB"
    )
    parser.add_argument("--frame-errors", type=int, required=True, metavar="F", help="stop at so many frame errors")
    parser.add_argument(
        "--relative-width",
        type=float,
        metavar="W",
        help="and not before the 95 %% interval of the frame error rate is no wider than W times the rate",
    )
    parser.add_argument(
        "--max-frames", type=int, required=True, metavar="M", help="stop at so many frames, in whole blocks of 1024"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the frames (default 0)")
    parser.add_argument(
        "--priority",
        choices=PRIORITIES,
        help="which runs get workers first (default normal; of a run that exists, what it has)",
    )
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Submit the run, follow it, print its rows."""
    from sapcore.cli.follow import finish, follow
    from sapcore.codes import load
    from sapcore.runs import Priority, request, worker_count
    from sapcore.simulation import StoppingRule, Store

    worker_count()  # refuses a bad SAP_WORKERS before there is a run
    codes = [load(text) for text in arguments.codes]
    rule = StoppingRule(arguments.frame_errors, arguments.max_frames, arguments.relative_width)
    priority = Priority.parse(arguments.priority) if arguments.priority else None
    store = Store()
    run = request(store, codes, arguments.decoders, arguments.ebn0, rule, arguments.seed, priority)
    return finish(follow(store, run.id, arguments.json, cancel_on_interrupt=True), arguments.json)
