"""The findings of the experiment on redundant checks as sentences, each computed from its rows.

Two rates are told apart where their 95 % intervals do not overlap.
"""

import math
from dataclasses import dataclass

import pandas as pd

from sapcore.experiments.checks_correlation import (
    TRAITS,
    Correlation,
    compared_sets,
    correlation,
    of_default_weight,
)
from sapcore.experiments.checks_plan import BY_NUMBER, BY_SET, CODES, DENSE, EBN0, PRUNED
from sapcore.experiments.checks_sets import IN_ORDER, KINDS

NEAR_COST = 1.25  # factor between the MACs of two decoders of near enough cost


BELOW, ABOVE, ALIKE = "below", "above", "not told apart"


@dataclass(frozen=True)
class Pair:
    """The points of a pruned decoder with more checks and of the dense one with fewer, of near cost."""

    pruned: pd.Series
    dense: pd.Series

    @property
    def verdict(self) -> str:
        """Where the BER of the pruned one lies."""
        return compared(self.pruned, self.dense)


def compared(point: pd.Series, other: pd.Series) -> str:
    """Where the BER of one point lies to that of another, by intervals."""
    if point["ber_high"] < other["ber_low"]:
        return BELOW
    return ABOVE if point["ber_low"] > other["ber_high"] else ALIKE


def findings(rows: pd.DataFrame) -> str:
    """The first paragraphs of the report."""
    parts = [*(best_number(rows, decoder) for decoder in BY_NUMBER), equal_cost(rows)]
    parts += [against_default(rows, decoder) for decoder in BY_SET]
    parts += [what_goes_with(rows, decoder) for decoder in BY_SET]
    return "\n\n".join(part for part in parts if part) or "Not measured yet."


def best_number(rows: pd.DataFrame, decoder: str) -> str:
    """The number of checks at which the BER of a decoder is least, by code."""
    clauses = []
    for name, points in _in_order(rows, decoder).groupby("standard", sort=False):
        if len(points) < 2:
            continue
        best = points.loc[points["ber"].idxmin()]
        notes = ["the most measured"] * bool(best["checks"] == points["checks"].max())
        notes += ["the fewest measured"] * bool(best["checks"] == points["checks"].min())
        others = points[points["checks"] != best["checks"]]
        alike = [f"{point['checks']}" for _, point in others.iterrows() if compared(point, best) == ALIKE]
        notes += [f"not told apart from {', '.join(alike)}"] * bool(alike)
        clauses.append(f"{name} {best['checks']}" + (f" ({'; '.join(notes)})" if notes else ""))
    text = f"At {EBN0:g} dB the BER of `{decoder}` is least with so many checks: "
    return f"{text}{', '.join(clauses)}." if clauses else ""


def equal_cost(rows: pd.DataFrame) -> str:
    """Whether the pruned decoder with more checks beats the dense one with fewer at the same cost."""
    found = pairs(rows)
    if not found:
        return ""
    ratios = [pair.pruned["macs"] / pair.dense["macs"] for pair in found]
    codes = {pair.pruned["standard"] for pair in found}
    return (
        f"Pruned with more checks against dense with fewer, each `{PRUNED}` beside the `{DENSE}` of fewer checks and "
        f"nearest MACs ({len(found)} pairs, {len(codes)} of {len(CODES)} codes, {min(ratios):.2f} to "
        f"{max(ratios):.2f} times the MACs): the BER of the pruned one is {_by_verdict(found)}."
    )


def pairs(rows: pd.DataFrame) -> list[Pair]:
    """Each point of PRUNED with that of DENSE of fewer checks and nearest MACs, where these are within NEAR_COST."""
    dense, found = _in_order(rows, DENSE), []
    for _, point in _in_order(rows, PRUNED).iterrows():
        fewer = dense[(dense["standard"] == point["standard"]) & (dense["checks"] < point["checks"])]
        if fewer.empty:
            continue
        apart = (fewer["macs"].astype(float) / point["macs"]).map(math.log).abs()
        if apart.min() <= math.log(NEAR_COST):
            found.append(Pair(point, fewer.loc[apart.idxmin()]))
    return found


def against_default(rows: pd.DataFrame, decoder: str) -> str:
    """How the sets of each kind stand to the default set of their code."""
    sets = compared_sets(rows, decoder)
    defaults = {point["standard"]: point for _, point in sets[sets["kind"] == IN_ORDER].iterrows()}
    clauses = []
    for kind in KINDS:
        others = [point for _, point in sets[sets["kind"] == kind].iterrows() if point["standard"] in defaults]
        if kind == IN_ORDER or not others:
            continue
        verdicts = [compared(point, defaults[point["standard"]]) for point in others]
        clauses.append(f"{kind} {verdicts.count(BELOW)} below and {verdicts.count(ABOVE)} above of {len(others)}")
    text = f"Beside the default set of as many checks, by intervals, the BER of `{decoder}` under other sets lies: "
    return f"{text}{'; '.join(clauses)}." if clauses else ""


def what_goes_with(rows: pd.DataFrame, decoder: str) -> str:
    """What the sets that decode better have in common, a sentence a trait."""
    sets = compared_sets(rows, decoder)
    scopes = {"sets": sets, "sets of the default's mean row weight": of_default_weight(sets)}
    parts = []
    for scope, some in scopes.items():
        found = {words: correlation(some, trait) for trait, words in TRAITS.items()}
        known = {words: one for words, one in found.items() if one is not None}
        if known:
            count = next(iter(known.values())).sets
            sentences = " ".join(_with_trait(words, one) for words, one in known.items())
            parts.append(f"Over {count} {scope}, the mean of each code taken off, under `{decoder}`: {sentences}")
    return " ".join(parts)


def _with_trait(words: str, one: Correlation) -> str:
    if one.is_shown:
        return f"-ln(BER) {'rises' if one.rho > 0 else 'falls'} with {words} ({one})."
    return f"That -ln(BER) goes with {words} is not shown ({one})."


def _by_verdict(found: list[Pair]) -> str:
    """How many of the pairs are of each verdict, and on which codes the pruned one is below."""
    counts = {verdict: [pair for pair in found if pair.verdict == verdict] for verdict in (BELOW, ABOVE, ALIKE)}
    texts = [f"{verdict} in {len(ours)}" for verdict, ours in counts.items()]
    codes = dict.fromkeys(pair.pruned["standard"] for pair in counts[BELOW])
    texts[0] += f" ({', '.join(codes)})" if codes else ""
    return ", ".join(texts)


def _in_order(rows: pd.DataFrame, decoder: str) -> pd.DataFrame:
    """The points of a decoder under the checks of the catalogue, code by code and by number of checks."""
    here = rows[(rows["decoder"] == decoder) & (rows["kind"] == IN_ORDER)]
    places = {name: place for place, name in enumerate(dict.fromkeys(rows["standard"]))}
    return here.assign(place=here["standard"].map(places)).sort_values(["place", "checks"])
