"""`spectrum`: the spectrum of one code's Tanner graph."""

import argparse
from collections import Counter
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json, print_table

SHOWN_VALUES = 10


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "spectrum",
        "Show the spectrum of a code's Tanner graph. It belongs to the parity-check matrix, not to the code alone.",
        "python -m sapcore spectrum 'BCH(31,16)' --json",
    )
    parser.add_argument("code", metavar="CODE", help=CODE_HELP)
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Show one spectrum."""
    from sapcore.codes import load
    from sapcore.spectra import TannerGraph, signature, spectrum

    code = load(arguments.code)
    graph = TannerGraph(code)
    values = [float(value) for value in spectrum(code).singular_values]
    result = {
        "name": code.name,
        "n": code.n,
        "k": code.k,
        "rows": code.rows,
        "rank": code.rank,
        "ones": code.ones,
        "digest": code.digest,
        "signature": list(signature(code)),
        "singular_values": values,
        "girth": graph.girth,
        "components": graph.components,
        "variable_degrees": _histogram(graph.variable_degrees),
        "check_degrees": _histogram(graph.check_degrees),
    }
    if arguments.json:
        print_json(result)
        return 0
    more = f", … ({len(values)} in all)" if len(values) > SHOWN_VALUES else ""
    shown = {
        **result,
        "singular_values": ", ".join(f"{value:.3f}" for value in values[:SHOWN_VALUES]) + more,
        "variable_degrees": _profile(result["variable_degrees"]),
        "check_degrees": _profile(result["check_degrees"]),
    }
    print_table([{"property": name, "value": value} for name, value in shown.items()], ("property", "value"))
    return 0


def _histogram(degrees: Any) -> dict[str, int]:
    """How many nodes have each degree, by ascending degree."""
    return {str(degree): count for degree, count in sorted(Counter(degrees.tolist()).items())}


def _profile(histogram: dict[str, int]) -> str:
    return ", ".join(f"{count} of degree {degree}" for degree, count in histogram.items())
