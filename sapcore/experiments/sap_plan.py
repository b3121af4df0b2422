"""What the experiment on Spectral-Aligned Pruning measures.

All decoders of a code see the same frames, for the noise of a block depends on its length, seed and index alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sapcore.codes import find
from sapcore.pruning.choices import CHOICES
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.simulation import StoppingRule
from sapcore.variants import DecoderSpec

CODES = (
    *("RM(16,11)-r", "Hamming(15,11)-r", "BCH(15,7)-r", "Golay(24,12)-r", "BCH(31,26)-r", "BCH(31,16)-r"),
    *("BCH(31,21)-r", "Polar(32,21)-r", "eBCH(32,21)-r", "RM(32,16)-r", "LDPC(49,24)-r", "BCH(63,51)-r"),
)
RATIOS = 0.25, 0.5, 0.75
MIDDLE = 0.5  # where every way to choose a mask is also measured after recovery
RECOVERED = "sap", "dedicated", "average"  # after recovery, at every ratio
EBN0 = 4.0, 5.0
RULE = StoppingRule(frame_errors=200, max_frames=400_000)

PASSES = 8  # of the decoders that the experiments measure in several
PASSES_EBN0 = 4.0

CHECKED = "Golay(24,12)", "BCH(31,16)"  # the number of checks against pruning
CHECKS = 1, 1.5, 2, 3, 4  # checks a bit
CHECKED_RATIOS = 0.25, 0.5
CHECKED_EBN0 = 4.0

ABLATED = "BCH(15,7)-r", "BCH(31,21)-r"  # rank and steps of the adapter
RANKS = 1, 2, 4, 8, 16
STEPS = 50, 100, 200, 400, 800
ABLATED_EBN0 = 4.0

RECIPE = RecoveryRecipe()  # of every adapter that is not there to compare recipes
PRECISION = "bf16"  # of every decoder: half the time of float32


@dataclass(frozen=True)
class Group:
    """Decoders that are measured for one code, at each Eb/N0 in dB, for one part of the experiment."""

    part: str
    code: str
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]


def pruned(how: str, ratio: float, lora: bool = False) -> str:
    """A pruned decoder of the experiment, as a spec."""
    return str(DecoderSpec("fecct", how=how, ratio=ratio, lora=lora, precision=PRECISION))


def in_passes(decoder: str, fresh: bool = True) -> str:
    """A decoder of an experiment in several passes, each with fresh checks."""
    return str(replace(DecoderSpec.parse(decoder), passes=PASSES, fresh=fresh))


DENSE = str(DecoderSpec("fecct", precision=PRECISION))
SPECIALISED = pruned("sap", 0.0, lora=True)  # nothing pruned: what an adapter gives the dense backbone on one code
AT_MIDDLE = DENSE, *(pruned(how, MIDDLE, lora) for lora in (False, True) for how in CHOICES)
REPEATED = {
    "dense": DENSE,
    **{how: pruned(how, MIDDLE) for how in CHOICES},
    "sap, LoRA": pruned("sap", MIDDLE, lora=True),
}
"""What is measured in several passes too, by its words."""
ELSEWHERE = tuple(
    pruned(how, ratio, lora)
    for lora in (False, True)
    for ratio in RATIOS
    for how in CHOICES
    if ratio != MIDDLE and (how in RECOVERED or not lora)
)


def groups() -> Iterator[Group]:
    """Everything that is measured under the default recipe, what the findings rest on first.

    It takes hours: the middle ratio at the highest Eb/N0, at the other Eb/N0, there in several passes, the dense
    backbone with adapters, then the other ratios and the checks.
    """
    highest, *others = sorted(EBN0, reverse=True)
    yield from (Group("main", code, AT_MIDDLE, (highest,)) for code in CODES)
    yield from (Group("main", code, AT_MIDDLE, (ebn0,)) for ebn0 in others for code in CODES)
    several = tuple(map(in_passes, REPEATED.values()))
    yield from (Group("passes", code, several, (PASSES_EBN0,)) for code in CODES)
    yield from (Group("main", code, (SPECIALISED,), (highest,)) for code in CODES)
    yield from (Group("main", code, ELSEWHERE, EBN0) for code in CODES)
    with_checks = DENSE, *(pruned("sap", ratio, lora=True) for ratio in CHECKED_RATIOS)
    for name in CHECKED:
        for share in CHECKS:
            code = find(f"{name}-r{round(share * find(name).n)}")
            yield Group("checks", code.name, with_checks, (CHECKED_EBN0,))


def planned_points() -> int:
    """How many points the whole experiment has."""
    return sum(len(group.decoders) * len(group.ebn0) for group in groups()) + len(ABLATED) * len(recipes())


def recipes() -> tuple[RecoveryRecipe, ...]:
    """The recipes that are compared: ranks, then steps, the default one once."""
    compared = [RecoveryRecipe.of(rank=rank) for rank in RANKS] + [RecoveryRecipe.of(steps=steps) for steps in STEPS]
    return tuple(dict.fromkeys(compared))
