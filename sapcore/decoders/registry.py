"""The decoders that need no backbone, by the name they have in specs."""

import re
from dataclasses import dataclass
from importlib import import_module

from sapcore.codes import LinearCode
from sapcore.decoders.protocol import MOST_ITERATIONS, Decoder


@dataclass(frozen=True)
class ClassicalDecoder:
    """One line of the registry.

    The class is imported only when it is asked for: torch takes a second, which pages and the command line save. It
    takes the code, then the argument where there is one, then `layered`; its `check`, where it has one, takes the code
    and the argument, and raises InputError for a code it cannot decode.

    Attributes:
        place: module and class.
        about: what it does, for help texts.
        argument: what the number after the colon is, None where there is none.
        low, high: its least and greatest value.
        layered: whether there is also a layered schedule.
        scale_free: whether its bits do not depend on the noise level it is told, only on the received values.
    """

    place: str
    about: str
    argument: str | None = None
    low: int = 0
    high: int = 0
    layered: bool = False
    scale_free: bool = True

    def takes(self, argument: str | None) -> bool:
        """Whether the text after the colon, None where there is no colon, is one it takes."""
        if self.argument is None or argument is None:
            return argument is self.argument
        return re.fullmatch("0|[1-9][0-9]{0,3}", argument) is not None and self.low <= int(argument) <= self.high

    def build(self, code: LinearCode, argument: str | None, layered: bool) -> Decoder:
        """Build it; raises InputError where it cannot decode `code`."""
        return self._class()(code, *_numbers(argument), **({"layered": True} if layered else {}))

    def check(self, code: LinearCode, argument: str | None) -> None:
        """Raise InputError where it cannot decode `code`, without building it."""
        check = getattr(self._class(), "check", None)
        if check is not None:
            check(code, *_numbers(argument))

    def grammar(self, name: str) -> str:
        """How it is written, such as "bp:ITERATIONS with 1 to 1000 iterations"."""
        if self.argument is None:
            return name
        return f"{name}:{self.argument} with {self.low} to {self.high}" + (" and optionally /layered" * self.layered)

    def _class(self) -> type:
        module, name = self.place.split(":")
        return getattr(import_module(f"sapcore.decoders.{module}"), name)


def _numbers(argument: str | None) -> list[int]:
    return [] if argument is None else [int(argument)]


_ITERATIVE = {"argument": "ITERATIONS", "low": 1, "high": MOST_ITERATIONS, "layered": True}

CLASSICAL = {
    "uncoded": ClassicalDecoder("uncoded:Uncoded", "hard decision, sent without a code"),
    "ml": ClassicalDecoder("maximum_likelihood:MaximumLikelihood", "exact maximum likelihood"),
    "osd": ClassicalDecoder("ordered_statistics:OrderedStatistics", "ordered statistics", "ORDER", 0, 3),
    "bdd": ClassicalDecoder("bounded_distance:BoundedDistance", "bounded distance, hard decisions"),
    "bp": ClassicalDecoder(
        "belief_propagation:BeliefPropagation", "belief propagation, sum-product", **_ITERATIVE, scale_free=False
    ),
    "ms": ClassicalDecoder("min_sum:MinSum", "belief propagation, normalised min-sum", **_ITERATIVE),
    "sc": ClassicalDecoder(
        "successive_cancellation:SuccessiveCancellation", "successive cancellation of polar codes", scale_free=False
    ),
    "scl": ClassicalDecoder(
        "successive_cancellation_list:SuccessiveCancellationList",
        "successive cancellation of polar codes, with a list",
        "SIZE",
        1,
        32,
        scale_free=False,
    ),
}
