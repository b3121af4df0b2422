"""Every decoder there is, by name: the one text that stands in URLs, the command line, the store and legends."""

import re
from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.decoders import Decoder, MaximumLikelihood, Uncoded, identity_digest
from sapcore.decoders.protocol import MOST_ITERATIONS
from sapcore.errors import InputError


@dataclass(frozen=True)
class DecoderSpec:
    """The name of a decoder: a base, and after a colon its argument.

    `uncoded`, `ml`, `bp:ITERATIONS`, `fecct` (the default backbone) and `fecct:BACKBONE`. The argument is kept as text;
    `DecoderSpec.parse(str(spec)) == spec`. Raises InputError for a decoder that does not exist.

    >>> DecoderSpec.parse("bp:50")
    DecoderSpec(base='bp', argument='50')
    """

    base: str
    argument: str | None = None

    def __post_init__(self) -> None:
        if not _exists(self.base, self.argument):
            raise InputError(f"There is no decoder {str(self)!r}; there are {_available()}.")

    @classmethod
    def parse(cls, text: str) -> "DecoderSpec":
        """Read a spec from its text."""
        base, colon, argument = text.partition(":")
        return cls(base, argument if colon else None)

    def __str__(self) -> str:
        return self.base if self.argument is None else f"{self.base}:{self.argument}"


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
            from sapcore.decoders.fecct import FecctDecoder

            return FecctDecoder(code, backbones.load_backbone(_backbone_name(spec.argument)), decoder_digest(spec))


def decoder_digest(spec: DecoderSpec | str) -> str:
    """Return the digest that the built decoder has, without building it."""
    spec = _as_spec(spec)
    if spec.base == "fecct":
        from sapcore.decoders import backbones

        return identity_digest(f"fecct:{backbones.backbone_digest(_backbone_name(spec.argument))}")
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
    return f"{classical}, {default}and fecct:BACKBONE with BACKBONE one of {', '.join(names)}"
