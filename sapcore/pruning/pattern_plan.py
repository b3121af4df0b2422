"""How a network is pruned to a pattern, in the words of decoder specs. Needs no weights."""

import re
from dataclasses import dataclass

from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError, quoted
from sapcore.pruning.patterns import PATTERNS

TRAININGS = {
    "full": "ADMM, then SR-STE, then the mask fixed",
    "admm": "ADMM, then the mask fixed",
    "srste": "SR-STE, then the mask fixed",
    "oneshot": "the weights projected once, the mask fixed from the first step on",
}
_TEXT = re.compile(r"(?P<pattern>[a-z]+)@(?P<ratio>\d+(\.\d+)?)(\+(?P<training>[a-z]+))?")


@dataclass(frozen=True)
class PatternPlan:
    """A pattern, the share of weights that it prunes, and how the weights are trained to it.

    Pruned are q, k and v of every block, as one matrix, and its up and down; o and what reads the result out stay.

    >>> PatternPlan.parse("tile@0.5+admm")
    PatternPlan(pattern='tile', ratio=0.5, training='admm')
    >>> str(PatternPlan("kernel", 0.25))
    'kernel@0.25'

    Attributes:
        pattern: one of PATTERNS.
        ratio: pruned share of each matrix.
        training: one of TRAININGS; as text, `full` is left out.

    Raises:
        InputError: there is no such pattern or training, or the ratio is not above 0 and below 1.
    """

    pattern: str
    ratio: float
    training: str = "full"

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise InputError(f"There is no pattern {self.pattern!r}; there are {', '.join(PATTERNS)}.")
        if self.training not in TRAININGS:
            raise InputError(f"There is no training {self.training!r} to a pattern; there are {', '.join(TRAININGS)}.")
        if not 0 < self.ratio < 1:
            raise InputError(f"A pattern prunes a share above 0 and below 1, not {self.ratio}.")

    @classmethod
    def parse(cls, text: str) -> "PatternPlan":
        """From text such as "tile@0.5". Raises InputError where it is no such text."""
        match = _TEXT.fullmatch(text)
        if match:
            plan = cls(match["pattern"], float(match["ratio"]), match["training"] or "full")
            if str(plan) == text:
                return plan
        raise InputError(f"There is no sparsity {quoted(text)}; {grammar()}.")

    def __str__(self) -> str:
        return f"{self.pattern}@{self.ratio:g}" + (f"+{self.training}" if self.training != "full" else "")

    @property
    def learned(self) -> bool:
        """Whether something has to be learned before: always."""
        return True

    def check(self, config: FecctConfig) -> None:
        """Make sure that every matrix of a network fits the pattern; raises InputError otherwise."""
        for outputs, inputs in self._matrices(config):
            PATTERNS[self.pattern].check(outputs, inputs, self.ratio)

    def pruned_weights(self, config: FecctConfig) -> int:
        """How many weights of a network are pruned."""
        return round(self.ratio * sum(outputs * inputs for outputs, inputs in self._matrices(config)))

    def place_bits(self, config: FecctConfig) -> int:
        """Bits that tell which weights are kept."""
        pattern = PATTERNS[self.pattern]
        return sum(pattern.place_bits(outputs, inputs, self.ratio) for outputs, inputs in self._matrices(config))

    def _matrices(self, config: FecctConfig) -> list[tuple[int, int]]:
        sizes = []
        for heads, channels in zip(config.layer_heads, config.layer_channels, strict=True):
            sizes += [(3 * heads * config.head_width, config.width), (channels, config.width), (config.width, channels)]
        return sizes


def grammar() -> str:
    """How a plan is written, for people."""
    trainings = " or ".join(f"+{name}" for name in TRAININGS if name != "full")
    return (
        f"PATTERN@RATIO with PATTERN one of {', '.join(PATTERNS)}, such as tile@0.5, after which may follow {trainings}"
    )
