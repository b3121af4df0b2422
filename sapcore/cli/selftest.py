"""`selftest`: the simulator against what is known."""

import argparse
import sys
from typing import Any

from sapcore.cli.exit_codes import EXIT_FAILED
from sapcore.cli.output import add_json_option, add_verb, print_json, print_table

COLUMNS = ("rung", "code", "decoder", "ebn0", "rate", "measured", "low", "high", "expected", "agrees")


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "selftest",
        "Measure points whose error rates are known, from closed forms, bounds, publications and sionna, and tell "
        "whether all agree at the 99.9 % level. About a minute; nothing is kept.",
        "python -m sapcore selftest",
    )
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Climb the ladder."""
    from tqdm import tqdm

    from sapcore.experiments.selftest import checks
    from sapcore.threads import use_one_thread

    use_one_thread()
    rows = [check.run().row() for check in tqdm(list(checks()), unit="point", disable=arguments.json or None)]
    if arguments.json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
    wrong = [row for row in rows if not row["agrees"]]
    print(f"{len(rows) - len(wrong)} of {len(rows)} points agree.", file=sys.stderr)
    return EXIT_FAILED if wrong else 0
