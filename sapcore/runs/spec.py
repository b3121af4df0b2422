"""What a background run is asked to measure."""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sapcore.errors import InputError
from sapcore.simulation import StoppingRule
from sapcore.variants import DecoderSpec

EBN0_LIMITS = (-20.0, 40.0)  # dB
MAX_POINTS = 2000
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class RunSpec:
    """Every code under every decoder at every Eb/N0, each point until `rule` is satisfied.

    Fields are brought to one form, so that the same request in another order is the same run: decoders as
    `str(DecoderSpec)`, Eb/N0 ascending, nothing twice.

    Attributes:
        codes: digests of codes that the store holds (`Store.put_code`).
        decoders: decoder specs as text.
        ebn0: Eb/N0 in dB.
        rule: when a point has been measured long enough.
        seed: of the frames; points of equal length and seed see the same frames.

    Raises:
        InputError: a list is empty, a decoder is unknown, a number is out of range, or there are too many points.
    """

    codes: tuple[str, ...]
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]
    rule: StoppingRule
    seed: int = 0

    def __post_init__(self) -> None:
        for name, values in (("code", self.codes), ("decoder", self.decoders), ("Eb/N0", self.ebn0)):
            if not values:
                raise InputError(f"A run needs at least one {name}.")
        low, high = EBN0_LIMITS
        for value in self.ebn0:
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError(f"Eb/N0 {value} dB is out of range; {low:g} to {high:g} dB are allowed.")
        if not 0 <= self.seed <= MAX_SEED:
            raise InputError(f"Seed {self.seed} is out of range; 0 to {MAX_SEED} are allowed.")
        decoders = [str(DecoderSpec.parse(text)) for text in self.decoders]
        object.__setattr__(self, "codes", tuple(dict.fromkeys(self.codes)))
        object.__setattr__(self, "decoders", tuple(dict.fromkeys(decoders)))
        object.__setattr__(self, "ebn0", tuple(sorted({float(value) + 0.0 for value in self.ebn0})))  # -0.0 to 0.0
        count = len(self.codes) * len(self.decoders) * len(self.ebn0)
        if count > MAX_POINTS:
            raise InputError(f"The run has {count} points; at most {MAX_POINTS} are allowed.")

    @property
    def id(self) -> str:
        """16 hexadecimal digits of SHA-256 over the request, whatever the order of its codes and decoders."""
        canonical = {**asdict(self), "codes": sorted(self.codes), "decoders": sorted(self.decoders)}
        return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()[:16]

    def points(self) -> Iterator[tuple[str, str, float]]:
        """(code digest, decoder, Eb/N0 in dB), curve by curve."""
        for code in self.codes:
            for decoder in self.decoders:
                for ebn0 in self.ebn0:
                    yield code, decoder, ebn0

    def to_json(self) -> str:
        """The request as JSON text; `from_json` reads it back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "RunSpec":
        """The request that `to_json` wrote."""
        fields = json.loads(text)
        return cls(
            codes=tuple(fields["codes"]),
            decoders=tuple(fields["decoders"]),
            ebn0=tuple(fields["ebn0"]),
            rule=StoppingRule(**fields["rule"]),
            seed=fields["seed"],
        )
