"""Every sparsity there is, by name: N:M, or a pattern."""

from sapcore.errors import InputError, quoted
from sapcore.pruning import n_to_m_plan, pattern_plan
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.patterns import PATTERNS

SparsityPlan = NToMPlan | PatternPlan


def parse_sparsity(text: str) -> SparsityPlan:
    """The plan that a text such as "2:4+lsa" or "tile@0.5" names. Raises InputError where it names none."""
    if text.partition("@")[0] in PATTERNS:
        return PatternPlan.parse(text)
    if ":" in text:
        return NToMPlan.parse(text)
    raise InputError(f"There is no sparsity {quoted(text)}; {grammar()}.")


def grammar() -> str:
    """How a sparsity is written, for people."""
    return f"{n_to_m_plan.grammar()}; or {pattern_plan.grammar()}"
