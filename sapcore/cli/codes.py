"""`codes`: the catalogue, every code in its standard form and under redundant checks."""

import argparse
from typing import Any

from sapcore.cli.output import add_json_option, add_verb, print_json, print_table

COLUMNS = ("name", "family", "n", "k", "rows", "rank", "ones", "dmin", "signature")


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(verbs, "codes", "List the catalogue.", "python -m sapcore codes --json")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """List the catalogue."""
    from sapcore.codes import catalogue
    from sapcore.spectra import signature

    rows = [
        {
            "name": code.name,
            "family": code.family,
            "n": code.n,
            "k": code.k,
            "rows": code.rows,
            "rank": code.rank,
            "ones": code.ones,
            "dmin": code.minimum_distance,
            "signature": list(signature(code)),
        }
        for code in catalogue()
    ]
    if arguments.json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
    return 0
