"""The command line: `python -m sapcore VERB …`, one module a verb.

What a verb needs is imported when it runs, so that help and short verbs do not wait for torch.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from sapcore.cli import (
    backbones,
    bench,
    codes,
    compare,
    estimate,
    export,
    prune,
    recover,
    reproduce,
    runs,
    selftest,
    simulate,
    sparsify,
    spectrum,
    train,
)
from sapcore.cli.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from sapcore.cli.output import CODE_HELP
from sapcore.errors import InputError

VERBS = (
    codes,
    spectrum,
    simulate,
    compare,
    estimate,
    runs,
    train,
    backbones,
    prune,
    sparsify,
    recover,
    export,
    bench,
    reproduce,
    selftest,
)


class _Parser(argparse.ArgumentParser):
    """Answers what it cannot read with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print it and end."""
        self.exit(EXIT_USAGE, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs; a parsed verb's `function` takes the namespace and returns the exit code."""
    top = _Parser(
        prog="python -m sapcore",
        description="Codes, their spectra, and the error rates of their decoders.",
        epilog=f"CODE: {CODE_HELP}.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        verb.add_parser(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 only on success, 2 where the input cannot be used."""
    namespace = parser().parse_args(arguments)
    try:
        code = namespace.function(namespace)
        sys.stdout.flush()
    except InputError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to say at exit
        return EXIT_FAILED
    return code
