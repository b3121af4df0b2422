"""Decoder specs in words, for readers who do not know their grammar."""

from __future__ import annotations

from sapcore.decoders.registry import CLASSICAL
from sapcore.errors import InputError
from sapcore.pruning.choices import CHOICES
from sapcore.variants import DecoderSpec


def decoder_in_words(text: str) -> str:
    """What a spec names, part by part.

    >>> decoder_in_words("osd:2")
    'ordered statistics; order 2'
    >>> decoder_in_words("bp:50/layered")
    'belief propagation, sum-product; iterations 50; layered schedule'
    """
    try:
        spec = DecoderSpec.parse(text)
    except InputError:  # its counts are in the store all the same
        return "a decoder that is no longer installed here"
    return "; ".join(_classical(spec) if spec.base in CLASSICAL else _network(spec))


def _classical(spec: DecoderSpec) -> list[str]:
    kind = CLASSICAL[spec.base]
    parts = [kind.about]
    if kind.argument is not None:
        parts.append(f"{kind.argument.lower()} {spec.argument}")
    return parts + ["layered schedule"] * spec.layered


def _network(spec: DecoderSpec) -> list[str]:
    parts = [f"FECCT, backbone {spec.backbone}"]
    if spec.how is not None:
        parts.append(f"{spec.ratio:.0%} of heads and channels removed by {CHOICES[spec.how]}")
    if spec.sparsity is not None:
        parts.append(f"sparsity {spec.sparsity}")
    if spec.lora:
        parts.append("with its LoRA adapter")
    if spec.passes is not None:
        parts.append(f"up to {spec.passes} passes" + ", other redundant checks in each" * spec.fresh)
    return parts + ["linear layers in bfloat16"] * (spec.precision == "bf16")
