"""Every decoder there is, by name: the one text that stands in URLs, the command line, the store and legends."""

import re
from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.decoders import Decoder, MaximumLikelihood, Uncoded, identity_digest
from sapcore.decoders.protocol import MOST_ITERATIONS
from sapcore.errors import InputError


@dataclass(frozen=True)
class DecoderSpec:
    """The name of a decoder: a base, after a colon its argument, after a slash how it computes.

    `uncoded`, `ml`, `bp:ITERATIONS`, `fecct` (the default backbone) and `fecct:BACKBONE`; `/bf16` after a fecct rounds
    its linear layers to bfloat16, which is faster and may decide a rare frame differently. The argument is kept as
    text; `DecoderSpec.parse(str(spec)) == spec`. Raises InputError for a decoder that does not exist.

    >>> str(DecoderSpec.parse("bp:50"))
    'bp:50'
    """

    base: str
    argument: str | None = None
    precision: str | None = None

    def __post_init__(self) -> None:
        precise = self.precision is None or (self.precision == "bf16" and self.base == "fecct")
        if not precise or not _exists(self.base, self.argument):
            raise InputError(f"There is no decoder {str(self)!r}; there are {_available()}.")

    @classmethod
    def parse(cls, text: str) -> "DecoderSpec":
        """Read a spec from its text."""
        name, slash, precision = text.partition("/")
        base, colon, argument = name.partition(":")
        return cls(base, argument if colon else None, precision if slash else None)

    def __str__(self) -> str:
        argument = "" if self.argument is None else f":{self.argument}"
        return f"{self.base}{argument}" + ("" if self.precision is None else f"/{self.precision}")


def build_decoder(spec: DecoderSpec | str, code: LinearCode) -> Decoder:
    """Build the decoder `spec` for `code`; raises InputError if there is none or it cannot decode this code."""
    spec = _as_spec(spec)
    match spec.base:
        case "uncoded":
            return Uncoded(code)
        case "ml":
            return MaximumLikelihood(code)
        case "bp":
            from sapcore.decoders import BeliefPropagation

            return BeliefPropagation(code, int(spec.argument or ""))
        case _:
            from sapcore.decoders import backbones
            from sapcore.decoders.fecct_decoder import FecctDecoder

            network = backbones.load_backbone(_backbone_name(spec.argument))
            return FecctDecoder(code, network, decoder_digest(spec), spec.precision or "float32")


def decoder_digest(spec: DecoderSpec | str) -> str:
    """Return the digest that the built decoder has, without building it."""
    spec = _as_spec(spec)
    if spec.base == "fecct":
        from sapcore.decoders import backbones

        identity = f"fecct:{backbones.backbone_digest(_backbone_name(spec.argument))}"
        return identity_digest(identity + (f"/{spec.precision}" if spec.precision else ""))
    return identity_digest(str(spec))


def _as_spec(spec: DecoderSpec | str) -> DecoderSpec:
    return DecoderSpec.parse(spec) if isinstance(spec, str) else spec


def _backbone_name(argument: str | None) -> str:
    """Return the backbone that an argument of fecct means, the default one where there is none."""
    from sapcore.decoders import backbones

    return backbones.DEFAULT_BACKBONE if argument is None else argument


def _exists(base: str, argument: str | None) -> bool:
    match base:
        case "uncoded" | "ml":
            return argument is None
        case "bp":
            number = re.fullmatch(r"[1-9][0-9]{0,3}", argument or "")
            return number is not None and int(number[0]) <= MOST_ITERATIONS
        case "fecct":
            from sapcore.decoders import backbones

            return _backbone_name(argument) in backbones.backbone_names()
    return False


def _available() -> str:
    """Return the list of what exists, to end a sentence with."""
    from sapcore.decoders import backbones

    classical = f"uncoded, ml, bp:ITERATIONS with 1 to {MOST_ITERATIONS} iterations"
    names = tuple(backbones.backbone_names())
    if not names:
        return f"{classical}, and no trained backbone for fecct"
    default = "fecct, " if backbones.DEFAULT_BACKBONE in names else ""
    fecct = f"{default}and fecct:BACKBONE with BACKBONE one of {', '.join(names)}"
    return f"{classical}, {fecct}; /bf16 after a fecct makes it faster"
