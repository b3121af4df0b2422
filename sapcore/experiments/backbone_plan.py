"""What the experiment on the backbone that ships measures: its error rates beside those of ML, BP and publications.

The network, ML and OSD use the received values alone, so that one radial estimate, see `sapcore.simulation.radial`,
serves every Eb/N0, also where errors are too rare to be counted. BP is told the noise level, and is counted. The most
likely codeword depends on the code alone, so ML and OSD are measured on the standard H, once for all forms.
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
from sapcore.experiments.sap_plan import PASSES, in_passes
from sapcore.simulation import StoppingRule, has_union_bound
from sapcore.variants import DecoderSpec, check_decodable

LONGER = "BCH(63,45)", "BCH(63,51)", "Polar(64,48)", "Polar(64,32)", "LDPC(49,24)"  # networks are published on these
SHORT = 32  # bits at most
EBN0 = 3.0, 4.0, 5.0, 6.0  # dB of the estimates
SHOWN_EBN0 = 4.0, 5.0, 6.0  # dB of the tables; 3 dB is for where curves cross
LEVELS = 1e-2, 1e-3  # frame error rates at which dB are compared
FRAME_ERRORS = 100  # a point that is worth fewer is marked
RULE = StoppingRule(FRAME_ERRORS, 50_000)  # of what is counted
RELATIVE_WIDTH = 0.4  # of the interval of an estimated BER
MOST_FRAMES = 60_000, 30_000, 100_000  # of an estimate, for all Eb/N0 together: up to SHORT bits, beyond, on LONGER

DECODER = str(DecoderSpec("fecct", precision="bf16"))  # half the time of float32
SAME = in_passes(DECODER, fresh=False)  # sees the checks that BP on the same H sees
SEVERAL = in_passes(DECODER)
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
    """What is measured together: `decoders` are counted for one matrix, at each Eb/N0 in dB, others are estimated.

    Attributes:
        estimated: matrices by name, and decoders as specs, of the estimates, at each of EBN0.
    """

    code: str
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]
    estimated: tuple[tuple[str, str], ...] = ()


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
    """The form of one of LONGER with 2n checks, or all that are found if fewer; None where that is the default form."""
    code = find(name)
    wanted = min(2 * code.n, most_rows(code))
    return f"{name}-r{wanted}" if wanted > code.redundant().rows else None


@lru_cache(maxsize=256)
def union(form: str) -> str | None:
    """The form whose checks hold all that SEVERAL looks at under a redundant form; None where it has them itself."""
    code = find(form)
    rows = sum(matrix.rows for matrix in further_matrices(code))
    return f"{code.standard.name}-r{rows}" if rows > code.rows else None


def most_frames(form: str) -> int:
    """The frames of an estimate under the matrix `form`, at most."""
    short, others, longer = MOST_FRAMES
    code = find(form)
    return longer if (code.standard or code).name in LONGER else short if code.n <= SHORT else others


def groups() -> Iterator[Group]:
    """Everything that is measured, code by code, what the findings rest on first. It takes hours.

    The backbone under the default redundant and the standard form, what stands for maximum likelihood, and BP under
    both forms; for LONGER also the backbone under more checks, and BP on all checks that SEVERAL looks at.
    """
    for name in codes():
        yield from _of_code(name)


def points() -> tuple[tuple[str, str, float], ...]:
    """Code, decoder and Eb/N0 in dB of everything that is counted."""
    return tuple((group.code, spec, ebn0) for group in groups() for spec in group.decoders for ebn0 in group.ebn0)


def estimates() -> tuple[tuple[str, str], ...]:
    """Code and decoder of every estimate."""
    return tuple(one for group in groups() for one in group.estimated)


def _of_code(name: str) -> Iterator[Group]:
    """The slowest estimates first, for several are made at once."""
    redundant, several = f"{name}-r", (SEVERAL, DECODER, SAME) if name in LONGER else (SEVERAL, DECODER)
    denser = more_checks(name) if name in LONGER else None
    forms = [(denser, several[:2])] * bool(denser) + [(redundant, several), (name, (nearest(find(name)), DECODER))]
    estimated = tuple((form, decoder) for form, decoders in forms for decoder in decoders)
    yield Group(redundant, (PEER,), SHOWN_EBN0, estimated)
    yield Group(name, (PEER,), SHOWN_EBN0)
    if name in LONGER and (form := union(redundant)):
        yield Group(form, (PEER,), SHOWN_EBN0[:2])


def _known() -> list[str]:
    longest = max(find(name).n for name in backbone_card(DEFAULT_BACKBONE)["codes"])
    return [name for name in names() if find(name).n <= longest]


def _first() -> list[str]:
    short = [name for name in _known() if find(name).n <= SHORT]
    trained, held_out = ([name for name in short if training(find(name)) == kind] for kind in (TRAINED, HELD_OUT))
    return list(dict.fromkeys((*trained, *LONGER, *held_out)))
