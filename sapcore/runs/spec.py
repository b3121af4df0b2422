"""What a background run is asked to measure."""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sapcore.errors import InputError
from sapcore.simulation import PointKey, StoppingRule
from sapcore.variants import DecoderSpec, decoder_digest

EBN0_LIMITS = (-20.0, 40.0)  # dB
MAX_POINTS = 2000
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class RunSpec:
    """Every code under every decoder at every Eb/N0, each point until `rule` is satisfied.

    Fields are brought to one form, so that the same request in another order is the same run: decoders as
    `str(DecoderSpec)`, Eb/N0 ascending, nothing twice.

    A decoder is its spec and the digest it has when the request is made. The same words after a backbone was trained
    anew are another request, and a request can be read back when its decoder is gone.

    Attributes:
        codes: digests of codes that the store holds (`Store.put_code`).
        decoders: decoder specs as text.
        ebn0: Eb/N0 in dB.
        rule: when a point has been measured long enough.
        seed: of the frames; points of equal length and seed see the same frames.
        decoder_digests: one for each decoder. Where none are given they are looked up, and the decoders must exist.

    Raises:
        InputError: a list is empty, a decoder is unknown, a number is out of range, or there are too many points.
    """

    codes: tuple[str, ...]
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]
    rule: StoppingRule
    seed: int = 0
    decoder_digests: tuple[str, ...] = ()

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
        decoders = self._decoders_by_digest()
        object.__setattr__(self, "codes", tuple(dict.fromkeys(self.codes)))
        object.__setattr__(self, "decoders", tuple(decoders))
        object.__setattr__(self, "decoder_digests", tuple(decoders.values()))
        object.__setattr__(self, "ebn0", tuple(sorted({float(value) + 0.0 for value in self.ebn0})))  # -0.0 to 0.0
        count = len(self.codes) * len(self.decoders) * len(self.ebn0)
        if count > MAX_POINTS:
            raise InputError(f"The run has {count} points; at most {MAX_POINTS} are allowed.")

    def _decoders_by_digest(self) -> dict[str, str]:
        """Spec and digest of every decoder."""
        if self.decoder_digests:
            return dict(zip(self.decoders, self.decoder_digests, strict=True))
        return {str(spec): decoder_digest(spec) for spec in map(DecoderSpec.parse, self.decoders)}

    def check_decoders(self) -> None:
        """Make sure that the decoders here are those of the request.

        Raises:
            InputError: one is gone, or is another one by now.
        """
        for decoder, digest in zip(self.decoders, self.decoder_digests, strict=True):
            if decoder_digest(decoder) != digest:
                raise InputError(f"{decoder} is not the decoder it was when this was asked for; ask for it anew.")

    @property
    def id(self) -> str:
        """16 hexadecimal digits of SHA-256 over the request, whatever the order of its codes and decoders."""
        decoders = sorted(zip(self.decoders, self.decoder_digests, strict=True))
        canonical = {**asdict(self), "codes": sorted(self.codes), "decoders": decoders}
        del canonical["decoder_digests"]
        return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()[:16]

    def point_keys(self) -> Iterator[PointKey]:
        """The points as the store knows them, in the order of `points`."""
        digests = dict(zip(self.decoders, self.decoder_digests, strict=True))
        for code, decoder, ebn0 in self.points():
            yield PointKey(code, digests[decoder], ebn0, self.seed)

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
            decoder_digests=tuple(fields["decoder_digests"]),
        )
