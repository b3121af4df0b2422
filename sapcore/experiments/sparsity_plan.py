"""What the experiment on sparsity measures: N:M with permutations, patterns, and SAP at equal cost.

All decoders of a code see the same frames, for the noise of a block depends on its length, seed and index alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sapcore.codes import LinearCode, find
from sapcore.complexity import Complexity
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import PERMUTATIONS, NToMPlan
from sapcore.pruning.pattern_plan import TRAININGS, PatternPlan
from sapcore.pruning.patterns import PATTERNS
from sapcore.pruning.weight_scores import WEIGHT_SCORES
from sapcore.simulation import StoppingRule
from sapcore.variants import DecoderSpec, decoder_complexity

CODES = "BCH(15,7)-r", "Hamming(15,11)-r", "RM(16,11)-r", "Golay(24,12)-r", "BCH(31,16)-r", "BCH(31,21)-r"
EBN0 = 5.0, 4.0, 6.0  # dB, in the order in which they are measured
RULE = StoppingRule(frame_errors=100, max_frames=60_000)
HALF = NToM(2, 4)
RATIO = 0.5
PRECISION = "bf16"  # of every decoder: half the time of float32

LOSS_CODES = "BCH(15,7)-r", "Golay(24,12)-r", "BCH(31,16)-r"  # task loss of the orders of channels
LOSS_SEEDS = 0, 1, 2


@dataclass(frozen=True)
class Group:
    """Decoders that are measured for one code, at each Eb/N0 in dB."""

    code: str
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]


DENSE = str(DecoderSpec("fecct", precision=PRECISION))


def sparse(plan: NToMPlan | PatternPlan, lora: bool = False) -> str:
    """A sparse decoder of the experiment, as a spec."""
    return str(DecoderSpec("fecct", lora=lora, precision=PRECISION, sparsity=str(plan)))


def n_to_m(score: str = "wanda", permutation: str = "none", update: str = "none") -> NToMPlan:
    """A plan at 2:4."""
    return NToMPlan(HALF, score, permutation, update)


def equal_cost(code: LinearCode, cost: str) -> float:
    """The pruning ratio, in hundredths, at which SAP costs as much as 2:4: `cost` is an attribute of Complexity."""
    plan = DecoderSpec("fecct", sparsity=str(n_to_m()))
    wanted = getattr(decoder_complexity(plan, code), cost)
    ratios = np.arange(0, 0.91, 0.01).round(2)
    costs = [getattr(_sap_complexity(code, float(ratio)), cost) for ratio in ratios]
    return float(ratios[np.abs(np.array(costs) - wanted).argmin()])


def _sap_complexity(code: LinearCode, ratio: float) -> Complexity:
    return decoder_complexity(DecoderSpec("fecct", how="sap", ratio=ratio), code)


def decoders(code: LinearCode) -> tuple[str, ...]:
    """Every decoder that is measured for a code."""
    lent = [DecoderSpec("fecct", how="sap", ratio=equal_cost(code, cost), precision=PRECISION) for cost in EQUAL]
    found = [DENSE]
    found += [sparse(n_to_m(score, permutation)) for score in WEIGHT_SCORES for permutation in PERMUTATIONS]
    found += [sparse(n_to_m(permutation=permutation, update="admm")) for permutation in ("none", "lsa")]
    found += [sparse(n_to_m(permutation=permutation), lora=True) for permutation in ("none", "lsa", "learnable")]
    found += [sparse(PatternPlan(pattern, RATIO, training)) for pattern in PATTERNS for training in TRAININGS]
    found += [str(replace(spec, lora=lora)) for spec in lent for lora in (False, True)]
    return tuple(dict.fromkeys(found))


EQUAL = {"macs": "multiply-accumulates", "bytes": "bytes"}
"""What SAP is set equal to 2:4 in."""


def groups() -> Iterator[Group]:
    """Everything that is measured, Eb/N0 by Eb/N0. It takes hours."""
    return (Group(name, decoders(find(name)), (ebn0,)) for ebn0 in EBN0 for name in CODES)


def planned_points() -> int:
    """How many points the whole experiment has."""
    return sum(len(group.decoders) for group in groups())
