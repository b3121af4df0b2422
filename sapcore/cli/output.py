"""Results on standard output: JSON to full precision, or an aligned table."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CODE_HELP = (
    "name of a code (python -m sapcore codes lists the catalogue) or path of a matrix file; NAME-r is the code under "
    "its default number of redundant checks, NAME-rROWS under ROWS of them, such as 'BCH(31,16)-r93'; likewise after a "
    "path"
)

RUN_HELP = "run id, or the first digits of it"


def add_verb(verbs: Any, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Add a verb whose help ends with an example."""
    return verbs.add_parser(
        name,
        help=summary.replace("%", "%%"),  # argparse formats the one and not the other
        description=summary,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def print_json(value: Any) -> None:
    """Print `value` as JSON."""
    print(json.dumps(value, indent=2))


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print the named columns of `rows`, right-aligned but for text; a dash stands for None."""
    texts = [[_text(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *texts]) for i in range(len(columns))]
    left = [bool(rows) and isinstance(rows[0][column], str) for column in columns]
    for line in [list(columns), *texts]:
        _print_line(line, widths, left)


def print_as_they_come(rows: Iterable[Mapping[str, Any]], widths: Mapping[str, int]) -> None:
    """Print each of `rows` as soon as it is there, in columns at least as wide as their names and as `widths`."""
    for number, row in enumerate(rows):
        least = [max(len(column), widths.get(column, 0)) for column in row]
        left = [isinstance(value, str) for value in row.values()]
        for line in [list(row)] * (number == 0) + [[_text(value) for value in row.values()]]:
            _print_line(line, least, left)


def _print_line(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> None:
    """Print one line of a table at once, also where nobody reads along."""
    placed = zip(cells, widths, left, strict=True)
    print("  ".join(text.ljust(w) if at_left else text.rjust(w) for text, w, at_left in placed).rstrip(), flush=True)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if value == 0 or abs(value) >= 0.1 else f"{value:.3e}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    return str(value)
