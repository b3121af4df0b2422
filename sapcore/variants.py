"""Every decoder there is, by name: the one text that stands in URLs, the command line, the store and legends."""

import copy
import re
import shlex
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sapcore.codes import LinearCode, source_of
from sapcore.complexity import Complexity, complexity, sparse_complexity
from sapcore.decoders import Decoder, identity_digest
from sapcore.decoders.fecct_config import MOST_PASSES
from sapcore.decoders.registry import CLASSICAL
from sapcore.errors import InputError, quoted
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.masks import mask_source
from sapcore.pruning.patterns import PATTERNS
from sapcore.pruning.sparse_backbone import sparse_backbone, sparse_digest
from sapcore.pruning.sparsity import SparsityPlan, parse_sparsity
from sapcore.pruning.sparsity import grammar as sparsity_grammar
from sapcore.pruning.structured_mask import LARGEST_RATIO, StructuredMask

if TYPE_CHECKING:
    from sapcore.decoders.fecct import Fecct

_GRAMMAR = re.compile(
    r"(?P<base>[a-z]+)(:(?P<argument>[^/]*))?(?P<layered>/layered)?"
    rf"(/(?P<sparsity>([0-9]+:|({'|'.join(PATTERNS)})@)[^/]*)|/(?P<how>[a-z]+)@(?P<ratio>[0-9.]+))?(?P<lora>/lora)?"
    r"(/passes:(?P<passes>[0-9]{1,3})(?P<fresh>\+fresh)?)?(/(?P<precision>bf16))?"
)


@dataclass(frozen=True)
class DecoderSpec:
    """The name of a decoder.

    The names of `CLASSICAL`, such as `uncoded`, `ml`, `bp:50` and `bp:50/layered`, and `fecct` (the default backbone)
    and `fecct:BACKBONE`. After a fecct may follow, in this order: how its mask is chosen and the pruning ratio,
    `/sap@0.5`, or the sparsity of its matrices, `/2:4+lsa` or `/tile@0.5`, see `NToMPlan` and `PatternPlan`; `/lora`,
    its adapter; `/passes:4`, up to so many passes, or `/passes:4+fresh` with other redundant checks in each, see
    `Passes`; `/bf16`, linear layers rounded to bfloat16, which is faster and may decide a rare frame differently.
    Text and spec are one: `DecoderSpec.parse(str(spec)) == spec`. Raises InputError for a decoder that does not exist,
    or whose sparsity does not fit its backbone.

    >>> DecoderSpec.parse("fecct/sap@0.5/lora").how
    'sap'
    >>> DecoderSpec.parse("fecct/2:4+lsa").plan.permutation
    'lsa'
    """

    base: str
    argument: str | None = None
    how: str | None = None
    ratio: float | None = None
    lora: bool = False
    precision: str | None = None
    layered: bool = False
    sparsity: str | None = None
    passes: int | None = None
    fresh: bool = False

    def __post_init__(self) -> None:
        if not self._exists():
            raise _refusal(str(self))

    @classmethod
    def parse(cls, text: str) -> "DecoderSpec":
        """Read a spec from its text."""
        match = _GRAMMAR.fullmatch(text)
        if match:
            parts = match.groupdict()
            flags = {name: parts[name] is not None for name in ("layered", "lora", "fresh")}
            passes = None if parts["passes"] is None else int(parts["passes"])
            spec = parts | flags | {"ratio": _ratio(parts["ratio"] or ""), "passes": passes}
            if _text(**spec) == text:
                return cls(**spec)
        raise _refusal(text)

    def __str__(self) -> str:
        return _text(**vars(self))

    @property
    def backbone(self) -> str:
        """The name of the backbone of a fecct."""
        from sapcore.decoders.backbones import DEFAULT_BACKBONE

        return self.argument or DEFAULT_BACKBONE

    @property
    def plan(self) -> SparsityPlan | None:
        """How zeros come into the matrices of a fecct, None where none do."""
        return None if self.sparsity is None else parse_sparsity(self.sparsity)

    @property
    def is_pruned(self) -> bool:
        """Whether something of the backbone has been pruned."""
        return self.how is not None or self.sparsity is not None

    def mask(self, code: LinearCode) -> StructuredMask:
        """The mask that a pruned fecct has for `code`; raises InputError if it cannot be had."""
        return mask_source(self.backbone).mask(self.how, code, self.ratio)

    def _exists(self) -> bool:
        if self.base in CLASSICAL:
            kind = CLASSICAL[self.base]
            of_networks = (field for field in fields(self) if field.name not in ("base", "argument", "layered"))
            plain = all(getattr(self, field.name) == field.default for field in of_networks)
            return kind.takes(self.argument) and plain and self.layered <= kind.layered
        if self.base != "fecct" or self.layered:
            return False
        from sapcore.decoders.backbones import backbone_config, is_backbone

        known = self.argument != "" and is_backbone(self.backbone)
        if not known or self.precision not in (None, "bf16"):
            return False
        if not (2 <= self.passes <= MOST_PASSES if self.passes is not None else not self.fresh):
            return False
        unmasked = self.how is None and self.ratio is None
        if self.plan is not None:
            self.plan.check(backbone_config(self.backbone))
            return unmasked
        pruned = self.how in CHOICES and self.ratio is not None and 0 <= self.ratio <= LARGEST_RATIO
        pruned = pruned and _ratio(f"{self.ratio:g}") == self.ratio  # else text and spec were not one
        return pruned or (unmasked and not self.lora)


def build_decoder(spec: DecoderSpec | str, code: LinearCode) -> Decoder:
    """Build the decoder `spec` for `code`; raises InputError if there is none or it cannot decode this code."""
    spec = _as_spec(spec)
    if spec.base in CLASSICAL:
        return CLASSICAL[spec.base].build(code, spec.argument, spec.layered)
    from sapcore.decoders.fecct_decoder import FecctDecoder
    from sapcore.decoders.passes import Passes, further_matrices

    network, digest = build_network(spec, code), decoder_digest(spec, code)
    matrices = further_matrices(code) if spec.fresh else [code]
    decoders = [FecctDecoder(matrix, network, digest, spec.precision or "float32") for matrix in matrices]
    return decoders[0] if spec.passes is None else Passes(decoders, spec.passes, digest)


def build_network(spec: DecoderSpec | str, code: LinearCode) -> "Fecct":
    """The network of a fecct for `code`, in float32: what its mask leaves, its adapter merged.

    Raises:
        InputError: the decoder has no network, or its mask or adapter cannot be had.
    """
    spec = _as_spec(spec)
    if spec.base != "fecct":
        raise InputError(f"{spec} has no network; fecct and its pruned forms have one.")
    from sapcore.decoders.backbones import load_backbone

    network = load_backbone(spec.backbone)
    if spec.how:
        return _compact(network, spec, code)
    return _sparse(spec, code) if spec.sparsity else network


def check_decodable(spec: DecoderSpec | str, code: LinearCode) -> None:
    """Make sure that `build_decoder` can build `spec` for `code`, without building it.

    Raises:
        InputError: the decoder cannot decode this code, or its mask or adapter cannot be had.
    """
    spec = _as_spec(spec)
    if spec.base in CLASSICAL:
        CLASSICAL[spec.base].check(code, spec.argument)
    else:
        from sapcore.decoders.fecct_config import check_nodes

        check_nodes(code)
        decoder_digest(spec, code)
        if spec.fresh:
            from sapcore.decoders.passes import check_redundant

            check_redundant(code)


def ignores_noise_level(spec: DecoderSpec | str) -> bool:
    """Whether the bits that a decoder gives follow from the received values alone, whatever noise level it is told."""
    spec = _as_spec(spec)
    return spec.base == "fecct" or CLASSICAL[spec.base].scale_free


def decoder_digest(spec: DecoderSpec | str, code: LinearCode) -> str:
    """Return the digest that the built decoder has for `code`, without building it.

    Raises:
        InputError: a pruned decoder's mask or adapter cannot be had for this code.
    """
    spec = _as_spec(spec)
    if spec.base != "fecct":
        return identity_digest(str(spec))
    from sapcore.decoders.backbones import backbone_digest

    identity = f"fecct:{backbone_digest(spec.backbone)}"
    if spec.is_pruned:
        pruning = pruning_digest(spec, code)
        identity += f"/{pruning}"
        if spec.lora:
            identity += f"/{adapter_digest(spec, code, pruning)}"
    if spec.passes is not None:
        identity += f"/passes:{spec.passes}" + "+fresh" * spec.fresh
    return identity_digest(identity + (f"/{spec.precision}" if spec.precision else ""))


def decoder_complexity(spec: DecoderSpec | str, code: LinearCode) -> Complexity | None:
    """What a fecct, pruned or not, costs under the matrix of `code`; None for decoders without a network.

    An adapter is merged and costs nothing beyond; `/bf16` is counted as float32; of several passes the first is
    counted, which is all that most frames need. For sparse matrices see `sparse_complexity`.

    Raises:
        InputError: the mask of a pruned decoder cannot be had for this code.
    """
    spec = _as_spec(spec)
    if spec.base != "fecct":
        return None
    from sapcore.decoders.backbones import backbone_config

    dense = backbone_config(spec.backbone)
    if spec.plan is not None:
        return sparse_complexity(dense, code, spec.plan.pruned_weights(dense), spec.plan.place_bits(dense))
    return complexity(spec.mask(code).pruned(dense) if spec.how else dense, code)


def pruning_digest(spec: DecoderSpec, code: LinearCode) -> str:
    """The digest of what a pruned decoder leaves of its backbone for `code`, which its adapter is tied to.

    Raises:
        InputError: its mask, or what its sparsity has to learn before, cannot be had.
    """
    return spec.mask(code).digest if spec.how else sparse_digest(spec.backbone, spec.plan, code)


def adapter_digest(spec: DecoderSpec, code: LinearCode, pruning: str) -> str:
    """The digest of the adapter of `spec` for `code`, where its pruning has that digest.

    Raises:
        InputError: there is none.
    """
    from sapcore.recovery.adapter import adapter_card

    return adapter_card(_adapter(spec, code, pruning))["digest"]


def _compact(network: "Fecct", spec: DecoderSpec, code: LinearCode) -> "Fecct":
    """The network that the mask of `spec` leaves for `code`, its adapter merged."""
    from sapcore.pruning.compaction import compact
    from sapcore.recovery.adapter import load_adapter, merged

    mask = spec.mask(code)
    small = compact(network, mask)
    return merged(load_adapter(small, _adapter(spec, code, mask.digest), mask.digest)) if spec.lora else small


def _sparse(spec: DecoderSpec, code: LinearCode) -> "Fecct":
    """The backbone with the zeros of the plan of `spec` for `code`, its adapter merged under them."""
    from sapcore.recovery.adapter import adapter_card, load_adapter
    from sapcore.recovery.masked import masks_digest, merged_under

    digest = sparse_digest(spec.backbone, spec.plan, code)
    folder = _adapter(spec, code, digest) if spec.lora else None
    pruned = sparse_backbone(spec.backbone, spec.plan, code)
    if folder is None:
        return pruned.network
    if adapter_card(folder).get("masks") != masks_digest(pruned.masks):
        raise InputError(f"The adapter {folder.name!r} was trained under other masks than are found here.")
    return merged_under(pruned.masks, pruned.network, load_adapter(copy.deepcopy(pruned.network), folder, digest))


def _adapter(spec: DecoderSpec, code: LinearCode, pruning: str) -> Path:
    """The folder of the adapter of `spec` for `code`; InputError where there is none for the present weights."""
    from sapcore.decoders.backbones import backbone_digest, other_weights
    from sapcore.recovery.adapter import adapters_of_other_weights, find_adapter

    folder = find_adapter(spec.backbone, pruning, code.digest)
    if folder is not None:
        return folder
    options = f"--ratio {spec.ratio:g} --how {spec.how}" if spec.how else f"--sparsity {spec.sparsity}"
    command = f"python -m sapcore recover {shlex.quote(source_of(code))} {options}"
    command += f" --backbone {spec.argument}" if spec.argument else ""
    wanted = (spec.how, spec.ratio, spec.sparsity, code.digest)
    present = backbone_digest(spec.backbone)
    for card in adapters_of_other_weights(spec.backbone, present):
        if tuple(map(card.get, ("how", "ratio", "sparsity", "code_digest"))) == wanted:
            pruned = replace(spec, lora=False, passes=None, fresh=False, precision=None)
            what = f"The adapter of {code.name} for {pruned} was"
            raise other_weights(what, card.get("backbone"), present, command)
    raise InputError(
        f"There is no adapter of {code.name} for this {'mask' if spec.how else 'sparsity'}; make it with {command}."
    )


def _as_spec(spec: DecoderSpec | str) -> DecoderSpec:
    return DecoderSpec.parse(spec) if isinstance(spec, str) else spec


def _ratio(text: str) -> float | None:
    """The ratio that a text is, None where it is none."""
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _text(
    base: str,
    argument: str | None,
    how: str | None,
    ratio: float | None,
    lora: bool,
    precision: str | None,
    layered: bool,
    sparsity: str | None,
    passes: int | None,
    fresh: bool,
) -> str:
    """A spec as text, whether or not it exists."""
    parts = [base if argument is None else f"{base}:{argument}"] + ["layered"] * layered
    if how is not None or ratio is not None:
        parts.append(f"{how}@{ratio:g}" if ratio is not None else f"{how}@")
    parts += [sparsity] * (sparsity is not None)
    parts += ["lora"] * lora
    if passes is not None or fresh:
        parts.append(f"passes:{passes}" + "+fresh" * fresh)
    parts += [precision] * (precision is not None)
    return "/".join(parts)


def _refusal(text: str) -> InputError:
    """What to say of a decoder that does not exist: how its kind is written, or which kinds there are."""
    base = re.split("[:/]", text)[0]
    ratio = re.fullmatch(
        rf"fecct(:[^/]+)?/({'|'.join(CHOICES)})@(?P<text>-?\d{{1,9}}(\.\d{{1,9}})?)(/lora)?(/passes:[^/]*)?(/bf16)?",
        text,
    )
    if ratio and not 0 <= float(ratio["text"]) <= LARGEST_RATIO:
        return InputError(
            f"A pruning ratio is a number from 0 to {LARGEST_RATIO}, not {ratio['text']} as in {quoted(text)}."
        )
    if base == "fecct":
        return InputError(f"There is no decoder {quoted(text)}; there is {_networks()}.")
    if base in CLASSICAL:
        return InputError(f"There is no decoder {quoted(text)}; there is {CLASSICAL[base].grammar(base)}.")
    classical = ", ".join(kind.grammar(name) for name, kind in CLASSICAL.items())
    return InputError(f"There is no decoder {quoted(text)}; there are {classical}, and {_networks()}.")


def _networks() -> str:
    """How a fecct is written."""
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_names

    names = backbone_names()
    if not names:
        return "no trained backbone for fecct"
    default = "fecct, or " if DEFAULT_BACKBONE in names else ""
    return (
        f"{default}fecct:BACKBONE with BACKBONE one of {', '.join(names)}, after which may follow /HOW@RATIO with HOW "
        f"one of {', '.join(CHOICES)} and RATIO 0 to {LARGEST_RATIO} in at most six digits, or /SPARSITY "
        f"({sparsity_grammar()}), after that /lora, then /passes:P or /passes:P+fresh with P 2 to {MOST_PASSES}, and "
        "at the end /bf16"
    )
