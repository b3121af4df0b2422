"""What the experiment on redundant checks measures: how many of them, and which, make the universal decoder good.

All decoders of a code see the same frames under every matrix, for the noise of a block depends on its length, seed and
index alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sapcore.codes import find
from sapcore.codes.redundant import most_rows
from sapcore.experiments.checks_sets import IN_ORDER, check_sets
from sapcore.experiments.sap_plan import in_passes
from sapcore.simulation import StoppingRule
from sapcore.variants import DecoderSpec

CODES = "BCH(31,16)", "RM(32,16)", "Golay(24,12)", "LDPC(49,24)", "BCH(63,45)", "Polar(64,32)"
EBN0 = 4.0  # dB
RULE = StoppingRule(frame_errors=100, max_frames=30_000)

CHECKS = 0.5, 1, 1.5, 2, 3, 4, 6  # checks a bit; at least n - k checks
SHORT = 32  # bits at most
MOST_CHECKS_OF_LONGER = 4  # checks a bit

DENSE = str(DecoderSpec("fecct", precision="bf16"))
SEVERAL = in_passes(DENSE)
PRUNED = str(DecoderSpec("fecct", how="sap", ratio=0.5, precision="bf16"))
PEER = "bp:50"
BY_NUMBER = DENSE, SEVERAL, PRUNED, PEER
BY_SET = DENSE, PEER


@dataclass(frozen=True)
class Group:
    """Decoders that are measured under one matrix, at each Eb/N0 in dB.

    Attributes:
        code: the name of the matrix, see `matrix`.
        decoders: as specs.
        standard: the name of the code.
        kind: which of KINDS its checks are.
        ebn0: in dB.
    """

    code: str
    decoders: tuple[str, ...]
    standard: str
    kind: str
    ebn0: tuple[float, ...] = (EBN0,)


def forms(name: str) -> tuple[str, ...]:
    """The redundant forms of a code whose number of checks are compared, by rising number."""
    code = find(name)
    most = min(most_rows(code), round((max(CHECKS) if code.n <= SHORT else MOST_CHECKS_OF_LONGER) * code.n))
    wanted = {max(code.rank, round(share * code.n)) for share in CHECKS}
    return tuple(code.redundant(rows).name for rows in sorted(wanted) if rows <= most)


def groups() -> Iterator[Group]:
    """Everything that is measured: how many checks, then which. It takes hours."""
    for name in CODES:
        yield from (Group(form, BY_NUMBER, name, IN_ORDER) for form in forms(name))
    for name in CODES:
        yield from (Group(one.code.name, BY_SET, name, one.kind) for one in check_sets(name))


def planned_points() -> int:
    """How many points the whole experiment has."""
    return sum(len(group.decoders) * len(group.ebn0) for group in groups())
