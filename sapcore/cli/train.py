"""`train`: train a backbone."""

import argparse
from typing import Any

from sapcore.cli.output import add_verb


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "train",
        "Train a backbone, one FECCT for all the codes named.",
        "python -m sapcore train --backbone small --codes 'BCH(31,16)-r,Golay(24,12)-r' --minutes 30",
    )
    parser.add_argument("--backbone", required=True, metavar="NAME", help="name under which the backbone is kept")
    parser.add_argument(
        "--codes",
        required=True,
        type=split_names,
        metavar="A,B,…",
        help="catalogue names or matrix files, separated by commas",
    )
    parser.add_argument("--minutes", required=True, type=float, metavar="M", help="length of the whole training")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of weights and frames (default 0)")
    parser.add_argument("--threads", type=int, metavar="T", help="torch threads (default: torch's own choice)")
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
    import math

    from sapcore.codes import load
    from sapcore.errors import InputError

    if not (math.isfinite(arguments.minutes) and arguments.minutes > 0):
        raise InputError(f"--minutes is {arguments.minutes:g}; a number above 0 is allowed.")
    if arguments.threads is not None and arguments.threads < 1:
        raise InputError(f"--threads is {arguments.threads}; 1 or more is allowed.")
    for name in arguments.codes:
        load(name)

    from sapcore.training import train

    train(
        backbone=arguments.backbone,
        codes=arguments.codes,
        minutes=arguments.minutes,
        resume=arguments.resume,
        seed=arguments.seed,
        threads=arguments.threads,
    )
    return 0
