"""What the experiment on the backbone that ships measures: its error rates beside those of ML, BP and publications.

All decoders of a code see the same frames, for the noise of a block depends on its length, seed and index alone. The
most likely codeword depends on the code alone, so ML and OSD are measured on the standard H, once for all forms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sapcore.codes import LinearCode, find
from sapcore.codes.catalogue import names
from sapcore.codes.redundant import most_rows
from sapcore.codes.weights import weight_distribution
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
from sapcore.decoders.passes import further_matrices
from sapcore.errors import InputError
from sapcore.simulation import StoppingRule, has_union_bound
from sapcore.variants import DecoderSpec, check_decodable

LONGER = "BCH(63,45)", "BCH(63,51)", "Polar(64,48)", "Polar(64,32)", "LDPC(49,24)"  # networks are published on these
SHORT = 32  # bits at most
EBN0 = (4.0, 5.0), (3.0,), (6.0,)  # dB, in the order in which they are measured
SHOWN_EBN0 = 4.0, 5.0, 6.0  # dB of the tables; 3 dB is for where curves cross
LEVELS = 1e-2, 1e-3  # frame error rates at which dB are compared
FRAME_ERRORS = 200
MOST_FRAMES, MOST_FRAMES_AT_6 = 100_000, 200_000

PASSES = 8
DECODER = str(DecoderSpec("fecct", precision="bf16"))  # half the time of float32
SAME = str(DecoderSpec("fecct", passes=PASSES, precision="bf16"))  # sees the checks that BP on the same H sees
SEVERAL = str(DecoderSpec("fecct", passes=PASSES, fresh=True, precision="bf16"))
WAYS = {  # how the backbone decodes, in the words of a sentence
    DECODER: "in one pass",
    SAME: f"in up to {PASSES} passes with the same checks",
    SEVERAL: f"in up to {PASSES} passes with fresh checks",
}
PEER = "bp:50"
NEAREST = "ml", "osd:3"  # the first within reach stands for maximum likelihood

TRAINED, HELD_OUT, NOT_TRAINED = "trained", "held out", "not trained"


@dataclass(frozen=True)
class Group:
    """Decoders that are measured for one code, at each Eb/N0 in dB."""

    code: str
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]


def rule(ebn0: float) -> StoppingRule:
    """When a point at `ebn0` dB has been measured long enough."""
    return StoppingRule(FRAME_ERRORS, MOST_FRAMES_AT_6 if ebn0 >= 6 else MOST_FRAMES)


def training(code: LinearCode) -> str:
    """Whether the backbone was trained on a code, under whatever H: TRAINED, HELD_OUT or NOT_TRAINED.

    A card that names codes which are held out for ever, under "held_out_codes", sets these apart from others that were
    not trained; without it all of them are held out.
    """
    card, name = backbone_card(DEFAULT_BACKBONE), (code.standard or code).name
    if name in card["codes"]:
        return TRAINED
    held_out = card.get("held_out_codes")
    return HELD_OUT if held_out is None or name in held_out else NOT_TRAINED


def like(code: LinearCode) -> str | None:
    """The trained code of as many codewords of each weight as an untrained one, None where there is none.

    The two may be one code with its bits in another order, which a decoder that knows no order has then seen.
    """
    code = code.standard or code
    trained = [find(name) for name in backbone_card(DEFAULT_BACKBONE)["codes"]]
    alike = [other for other in trained if (other.n, other.k) == (code.n, code.k)]
    if not has_union_bound(code) or code.name in {other.name for other in alike}:
        return None
    ours = weight_distribution(code, code.n)
    return next((other.name for other in alike if weight_distribution(other, code.n) == ours), None)


def nearest(code: LinearCode) -> str:
    """The decoder that stands for maximum likelihood: `ml` where it is within reach."""
    for spec in NEAREST[:-1]:
        try:
            check_decodable(spec, code)
        except InputError:
            continue
        return spec
    return NEAREST[-1]


def codes() -> tuple[str, ...]:
    """The standard forms: the catalogue up to the longest trained code, and LONGER; what findings rest on first."""
    return tuple(dict.fromkeys((*_first(), *_known())))


def more_checks(name: str) -> str | None:
    """The form with 4n checks of a code of up to SHORT bits, 2n of a longer one, or all that are found if fewer.

    None where that is the default form.
    """
    code = find(name)
    wanted = min(code.n * (4 if code.n <= SHORT else 2), most_rows(code))
    return f"{name}-r{wanted}" if wanted > code.redundant().rows else None


@lru_cache(maxsize=256)
def union(form: str) -> str | None:
    """The form whose checks hold all that SEVERAL looks at under a redundant form; None where it has them itself."""
    code = find(form)
    rows = sum(matrix.rows for matrix in further_matrices(code))
    return f"{code.standard.name}-r{rows}" if rows > code.rows else None


def groups() -> Iterator[Group]:
    """Everything that is measured, what the findings rest on first. It takes hours.

    Redundant forms of the trained codes up to SHORT bits, of LONGER and of the held-out codes up to SHORT bits, and
    then what they are compared with, at 4 and 5 dB, then 3, then 6; the trained ones of these and LONGER under more
    checks; the standard forms; and both forms of the codes that are left.
    """
    first = _first()
    others = [name for name in codes() if name not in first]
    denser = [more_checks(name) for name in first if name in LONGER or training(find(name)) == TRAINED]
    yield from _redundant(first)
    yield from (Group(name, (DECODER, SEVERAL, PEER), ebn0) for name in denser if name for ebn0 in EBN0)
    yield from (Group(name, (DECODER,), ebn0) for ebn0 in EBN0 for name in first)
    yield from _redundant(others)
    yield from (Group(name, (DECODER,), ebn0) for ebn0 in EBN0 for name in others)


def points() -> tuple[tuple[str, str, float], ...]:
    """Code, decoder and Eb/N0 in dB of everything that is measured."""
    return tuple((group.code, spec, ebn0) for group in groups() for spec in group.decoders for ebn0 in group.ebn0)


def _redundant(standard: list[str]) -> Iterator[Group]:
    """The backbone on the default redundant forms, and then what it is compared with, at each Eb/N0."""
    for ebn0 in EBN0:
        for name in standard:
            yield Group(f"{name}-r", tuple(WAYS) if name in LONGER else (DECODER, SEVERAL), ebn0)
        for name in standard:
            yield from _compared(name, ebn0)


def _compared(name: str, ebn0: tuple[float, ...]) -> Iterator[Group]:
    """BP on the default redundant form, and what stands for maximum likelihood and BP on the standard one.

    For LONGER also BP on all checks that SEVERAL looks at, at the first of EBN0.
    """
    yield Group(f"{name}-r", (PEER,), ebn0)
    yield Group(name, (nearest(find(name)), PEER), ebn0)
    if name in LONGER and ebn0 == EBN0[0] and (form := union(f"{name}-r")):
        yield Group(form, (PEER,), ebn0)


def _known() -> list[str]:
    longest = max(find(name).n for name in backbone_card(DEFAULT_BACKBONE)["codes"])
    return [name for name in names() if find(name).n <= longest]


def _first() -> list[str]:
    short = [name for name in _known() if find(name).n <= SHORT]
    trained, held_out = ([name for name in short if training(find(name)) == kind] for kind in (TRAINED, HELD_OUT))
    return list(dict.fromkeys((*trained, *LONGER, *held_out)))
