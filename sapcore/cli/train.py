"""`train`: train a backbone."""

import argparse
from typing import Any

from sapcore.cli.output import CODE_HELP, add_verb
from sapcore.errors import InputError

SIZES = {"layers": "blocks", "width": "width of a token", "heads": "attention heads a block"}


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "train",
        "Train a backbone, one FECCT for all the codes named.",
        "python -m sapcore train --backbone small --codes 'BCH(31,16),Golay(24,12)' --minutes 30",
    )
    parser.add_argument("--backbone", required=True, metavar="NAME", help="name under which the backbone is kept")
    parser.add_argument(
        "--codes",
        required=True,
        type=split_names,
        metavar="A,B,…",
        help=f"codes, separated by commas; each the {CODE_HELP}",
    )
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, metavar="M", help="length of the whole training, before a resume too")
    length.add_argument("--steps", type=int, metavar="S", help="or its length in optimiser steps")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of weights and frames (default 0)")
    parser.add_argument("--start", metavar="NAME", help="begin from the weights of this backbone (default: random)")
    for name, text in SIZES.items():
        parser.add_argument(f"--{name}", type=int, metavar="N", help=f"{text} (default: that of FecctConfig)")
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument("--threads", type=int, metavar="T", help="torch threads (default: torch's own choice)")
    speed.add_argument(
        "--processes",
        type=int,
        metavar="P",
        help="processes of one thread each that train together, P times the frames "
        "a step; on a CPU faster than as many threads",
    )
    parser.set_defaults(function=run)


def split_names(text: str) -> list[str]:
    """Split at the commas outside brackets: "BCH(31,16),RM(32,16)" is two names."""
    names, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            names.append("")
        else:
            names[-1] += character
    return [name.strip() for name in names]


def run(arguments: argparse.Namespace) -> int:
    """Train, once the input is known to be usable."""
    if arguments.threads is not None and arguments.threads < 1:
        raise InputError(f"--threads is {arguments.threads}; 1 or more is allowed.")

    from sapcore.decoders.fecct_config import FecctConfig
    from sapcore.training import train, train_together

    given = {name: value for name in SIZES if (value := getattr(arguments, name)) is not None}

    options = {name: getattr(arguments, name) for name in ("minutes", "steps", "resume", "seed", "start")}
    options["config"] = FecctConfig(**given)
    if arguments.processes is not None:
        card = train_together(arguments.processes, arguments.backbone, arguments.codes, **options)
    else:
        card = train(arguments.backbone, arguments.codes, threads=arguments.threads, **options)
    print(f"fecct:{card['name']}: {card['steps']} steps, {card['frames']} frames, {card['minutes']} minutes.")
    return 0
