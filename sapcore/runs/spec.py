"""What a background run is asked to measure."""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import PointKey, StoppingRule
from sapcore.variants import DecoderSpec, check_decodable, decoder_digest

EBN0_LIMITS = (-20.0, 40.0)  # dB
MAX_POINTS = 2000
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class RunSpec:
    """Every code under every decoder at every Eb/N0, each point until `rule` is satisfied.

    Fields are brought to one form, so that the same request in another order is the same run: decoders as
    `str(DecoderSpec)`, Eb/N0 ascending, nothing twice.

    A decoder is its spec and, for each code, the digest it has when the request is made. The same words after a
    backbone was trained anew are another request, and a request can be read back when its decoder is gone.

    Attributes:
        codes: digests of codes that the store holds (`Store.put_code`).
        decoders: decoder specs as text.
        ebn0: Eb/N0 in dB.
        rule: when a point has been measured long enough.
        seed: of the frames; points of equal length and seed see the same frames.
        decoder_digests: of the decoders for the first code, then of those for the second, and so on; see `of`.

    Raises:
        InputError: a list is empty, a number is out of range, or there are too many points.
    """

    codes: tuple[str, ...]
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]
    rule: StoppingRule
    seed: int
    decoder_digests: tuple[str, ...]

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
        digests = dict(zip(product(self.codes, self.decoders), self.decoder_digests, strict=True))
        object.__setattr__(self, "codes", tuple(dict.fromkeys(self.codes)))
        object.__setattr__(self, "decoders", tuple(dict.fromkeys(self.decoders)))
        object.__setattr__(self, "decoder_digests", tuple(digests.values()))
        object.__setattr__(self, "ebn0", tuple(sorted({float(value) + 0.0 for value in self.ebn0})))  # -0.0 to 0.0
        count = len(digests) * len(self.ebn0)
        if count > MAX_POINTS:
            raise InputError(f"The run has {count} points; at most {MAX_POINTS} are allowed.")

    @classmethod
    def of(
        cls,
        codes: Sequence[LinearCode],
        decoders: Iterable[str],
        ebn0: Iterable[float],
        rule: StoppingRule,
        seed: int = 0,
    ) -> "RunSpec":
        """The request for these codes under the decoders as they are now.

        Raises:
            InputError: a decoder does not exist or cannot be had for a code, or as the class says.
        """
        specs = [DecoderSpec.parse(text) for text in decoders]
        for code, spec in product(codes, specs):
            check_decodable(spec, code)
        digests = tuple(decoder_digest(spec, code) for code in codes for spec in specs)
        return cls(tuple(code.digest for code in codes), tuple(map(str, specs)), tuple(ebn0), rule, seed, digests)

    @property
    def digests(self) -> dict[tuple[str, str], str]:
        """Digest of every decoder, by digest of the code and spec of the decoder."""
        return dict(zip(product(self.codes, self.decoders), self.decoder_digests, strict=True))

    def check_decoders(self, codes: Iterable[LinearCode]) -> None:
        """Make sure that the decoders here are those of the request, whose codes are `codes`.

        Raises:
            InputError: one is gone, or is another one by now.
        """
        for code in codes:
            for decoder in self.decoders:
                if decoder_digest(decoder, code) != self.digests[code.digest, decoder]:
                    raise InputError(f"{decoder} is not the decoder it was when this was asked for; ask for it anew.")

    @property
    def id(self) -> str:
        """16 hexadecimal digits of SHA-256 over the request, whatever the order of its codes and decoders."""
        decoders = sorted((*pair, digest) for pair, digest in self.digests.items())
        canonical = {"decoders": decoders, "ebn0": self.ebn0, "rule": asdict(self.rule), "seed": self.seed}
        return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()[:16]

    def point_keys(self) -> Iterator[PointKey]:
        """The points as the store knows them, in the order of `points`."""
        digests = self.digests
        for code, decoder, ebn0 in self.points():
            yield PointKey(code, digests[code, decoder], ebn0, self.seed)

    def points(self) -> Iterator[tuple[str, str, float]]:
        """(code digest, decoder, Eb/N0 in dB), curve by curve."""
        yield from product(self.codes, self.decoders, self.ebn0)

    def to_json(self) -> str:
        """The request as JSON text; `from_json` reads it back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "RunSpec":
        """The request that `to_json` wrote."""
        fields = json.loads(text)
        digests = tuple(fields["decoder_digests"])
        if len(digests) == len(fields["decoders"]):  # as stores of earlier versions have them: one for all codes
            digests *= len(fields["codes"])
        return cls(
            codes=tuple(fields["codes"]),
            decoders=tuple(fields["decoders"]),
            ebn0=tuple(fields["ebn0"]),
            rule=StoppingRule(**fields["rule"]),
            seed=fields["seed"],
            decoder_digests=digests,
        )
