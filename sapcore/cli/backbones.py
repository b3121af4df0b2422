"""`backbones`: list the backbones at hand, take one in from files, remove one's own."""

import argparse
import sys
from pathlib import Path
from typing import Any

from sapcore.cli.output import add_json_option, add_verb, print_json, print_table

COLUMNS = ("name", "layers", "width", "heads", "codes", "frames", "bytes", "digest", "from")


def add_parser(verbs: Any) -> None:
    """Add the verb and its actions."""
    parser = add_verb(
        verbs, "backbones", "List backbones, add and remove one's own.", "python -m sapcore backbones list"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = add_verb(
        actions,
        "list",
        "List those that ship and one's own: size, codes and frames of the last training, weights.",
        "python -m sapcore backbones list --json",
    )
    add_json_option(listing)
    listing.set_defaults(function=list_all)
    adding = add_verb(
        actions,
        "add",
        "Check a backbone and take it into the data folder, where it is at hand as fecct:NAME.",
        "python -m sapcore backbones add other.safetensors other.json --name other",
    )
    adding.add_argument("weights", type=Path, metavar="WEIGHTS", help="safetensors file of its tensors")
    adding.add_argument(
        "card",
        type=Path,
        metavar="CARD",
        help='JSON file, at least {"config": {"layers": L, "width": D, "heads": H}}; with a digest, codes and frames '
        "where train made it",
    )
    adding.add_argument("--name", required=True, metavar="NAME", help="what to call it")
    add_json_option(adding)
    adding.set_defaults(function=add)
    removing = add_verb(
        actions, "remove", "Remove a backbone from the data folder.", "python -m sapcore backbones remove other"
    )
    removing.add_argument("name", metavar="NAME", help="of the backbone")
    removing.set_defaults(function=remove)


def list_all(arguments: argparse.Namespace) -> int:
    """List all backbones."""
    from sapcore.decoders.backbones import backbone_rows

    rows = backbone_rows()
    if arguments.json:
        print_json(rows)
        return 0
    print_table([_line(row) for row in rows], COLUMNS)
    for row in rows:
        if row["problem"]:
            print(row["problem"], file=sys.stderr)
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Take one in."""
    from sapcore.contents import read_at_most
    from sapcore.decoders.backbones import backbone_row
    from sapcore.decoders.own_backbones import MOST_CARD_BYTES, MOST_WEIGHTS_BYTES, add_backbone

    weights = read_at_most(arguments.weights, "weights file", MOST_WEIGHTS_BYTES)
    card = add_backbone(arguments.name, weights, read_at_most(arguments.card, "card", MOST_CARD_BYTES))
    if arguments.json:
        print_json(backbone_row(arguments.name))
    else:
        print(f"fecct:{card['name']}: weights {card['digest']}.")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Remove one."""
    from sapcore.decoders.own_backbones import remove_backbone

    remove_backbone(arguments.name)
    print(f"The backbone {arguments.name!r} is removed.", file=sys.stderr)
    return 0


def _line(row: dict[str, Any]) -> dict[str, Any]:
    codes = None if row["codes"] is None else len(row["codes"])
    return row | {"codes": codes, "from": "ships" if row["ships"] else "own"}
