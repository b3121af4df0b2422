"""`runs report`: what a run has measured, as one HTML file."""

import argparse
from typing import Any

from sapcore.cli.output import RUN_HELP, add_verb


def add_action(actions: Any) -> None:
    """Add it to the actions of `runs`."""
    parser = add_verb(
        actions,
        "report",
        "Write what a run has measured so far as one HTML file: curves, comparison, trade-off, sources, commands. It "
        "opens in any browser, without a network.",
        "python -m sapcore runs report 3fa9c1 --out report.html --metric BER --against ml",
    )
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "--out", metavar="FILE", help="where to write it (default report-RUN.html); an existing file is replaced"
    )
    parser.add_argument("--metric", default="FER", metavar="RATE", help="FER or BER, of curves and gaps (default FER)")
    parser.add_argument("--floor", type=float, metavar="P", help="lowest rate shown (default as low as the data go)")
    parser.add_argument(
        "--window", type=float, nargs=2, metavar=("LOW", "HIGH"), help="Eb/N0 in dB shown (default all measured)"
    )
    parser.add_argument(
        "--beside",
        nargs="*",
        metavar="WHAT",
        help="beside the measured curves, such as 'published ML' and 'union bound'; nothing without a WHAT",
    )
    parser.add_argument(
        "--against", metavar="WHAT", help="decoder, or curve 'CODE, SPEC', to compare with (default the first)"
    )
    parser.add_argument("--rate", type=float, metavar="P", help="error rate at which gaps are taken (default 0.01)")
    parser.add_argument("--cost", default="MACs", metavar="COST", help="of the trade-off: MACs, bytes or time (MACs)")
    parser.add_argument("--at", type=float, metavar="DB", help="Eb/N0 of the trade-off (default the highest)")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and print its path."""
    from pathlib import Path

    from sapcore.errors import InputError
    from sapcore.report.beside import DEFAULT
    from sapcore.report.page import Report
    from sapcore.report.view import DEFAULT_RATE, View
    from sapcore.runs import get_run
    from sapcore.simulation import Store

    view = View(
        metric=arguments.metric,
        floor=arguments.floor,
        window=arguments.window and tuple(arguments.window),
        beside=DEFAULT if arguments.beside is None else tuple(arguments.beside),
        against=arguments.against,
        rate=DEFAULT_RATE if arguments.rate is None else arguments.rate,
        cost=arguments.cost,
        at=arguments.at,
    )
    report = Report(get_run(Store(), arguments.run), view)
    path, text = Path(arguments.out or report.file_name), report.html()
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    print(path)
    return 0
