"""How a network is pruned to N:M sparsity, in the words of decoder specs. Needs no weights."""

from dataclasses import dataclass

from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError, quoted
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.permutation_search import SEARCHES
from sapcore.pruning.weight_scores import WEIGHT_SCORES

LEARNABLE = "learnable"
PERMUTATIONS = {name: search.description for name, search in SEARCHES.items()} | {
    LEARNABLE: "learned for the code's loss by entropic matching, from that of lsa on"
}
UPDATES = {
    "none": "kept weights stay as they are",
    "refit": "kept weights re-fitted to the layer's outputs by ADMM, the mask being that of the score",
    "admm": "mask and kept weights both found by ADMM; the score serves the permutation alone",
}
_WORDS = {"score": WEIGHT_SCORES, "permutation": PERMUTATIONS, "update": UPDATES}


@dataclass(frozen=True)
class NToMPlan:
    """A sparsity, the score that chooses what is kept, an order of channels, an update of the kept weights.

    As text the sparsity comes first, then what is not the default, in this order.

    >>> NToMPlan.parse("2:4+ria+lsa")
    NToMPlan(n_to_m=NToM(kept=2, of=4), score='ria', permutation='lsa', update='none')
    >>> str(NToMPlan(NToM(1, 4))), str(NToMPlan(NToM(2, 4), permutation="lsa", update="admm"))
    ('1:4', '2:4+lsa+admm')

    Attributes:
        n_to_m: the sparsity.
        score: one of WEIGHT_SCORES.
        permutation: one of PERMUTATIONS.
        update: one of UPDATES.

    Raises:
        InputError: there is no such score, permutation or update.
    """

    n_to_m: NToM
    score: str = "wanda"
    permutation: str = "none"
    update: str = "none"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                what = {"score": "weight score", "update": "weight update"}.get(name, name)
                raise InputError(f"There is no {what} {getattr(self, name)!r}; there are {', '.join(words)}.")

    @classmethod
    def parse(cls, text: str) -> "NToMPlan":
        """From text such as "2:4+lsa". Raises InputError where it is no such text."""
        sparsity, *words = text.split("+")
        n_to_m = NToM.parse(sparsity)
        chosen = {name: word for name, known in _WORDS.items() for word in words if word in known}
        if set(words) <= set(chosen.values()):
            plan = cls(n_to_m, **chosen)
            if str(plan) == text:
                return plan
        raise InputError(f"There is no sparsity {quoted(text)}; {grammar()}.")

    def __str__(self) -> str:
        default = {name: getattr(NToMPlan, name) for name in _WORDS}
        words = [getattr(self, name) for name in _WORDS if getattr(self, name) != default[name]]
        return "+".join([str(self.n_to_m), *words])

    @property
    def learned(self) -> bool:
        """Whether its orders have to be learned before."""
        return self.permutation == LEARNABLE

    def check(self, config: FecctConfig) -> None:
        """Make sure that M divides the inputs of every layer of a network; raises InputError otherwise."""
        self.n_to_m.check(config.width, "q, k, v and up")
        for heads, channels in zip(config.layer_heads, config.layer_channels, strict=True):
            self.n_to_m.check(heads * config.head_width, "o")
            self.n_to_m.check(channels, "down")

    def pruned_weights(self, config: FecctConfig) -> int:
        """How many weights of a network are pruned."""
        return self._weights(config) - self._kept(config)

    def place_bits(self, config: FecctConfig) -> int:
        """Bits that tell which weights are kept: the place of each in its group."""
        return self._kept(config) * (self.n_to_m.of - 1).bit_length()

    def _kept(self, config: FecctConfig) -> int:
        return self._weights(config) * self.n_to_m.kept // self.n_to_m.of

    def _weights(self, config: FecctConfig) -> int:
        inner, channels = config.head_width * sum(config.layer_heads), sum(config.layer_channels)
        return 4 * config.width * inner + 2 * config.width * channels


def grammar() -> str:
    """How a plan is written, for people."""
    choices = []
    for name, words in _WORDS.items():
        choices.append(" or ".join(f"+{word}" for word in words if word != getattr(NToMPlan, name)))
    return f"N:M such as 2:4 keeps N of M, after which may follow {', '.join(choices)}"
