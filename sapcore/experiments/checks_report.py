"""What the experiment on redundant checks found, as a page of Markdown made from its table alone."""

import pandas as pd

from sapcore.experiments import checks_plan
from sapcore.experiments.checks_correlation import (
    SHOWN,
    TRAITS,
    Correlation,
    as_many_as_by_default,
    compared_sets,
    correlation,
    of_default_weight,
)
from sapcore.experiments.checks_findings import findings, pairs
from sapcore.experiments.checks_plan import BY_NUMBER, BY_SET, DENSE, EBN0, PRUNED, RULE, SEVERAL
from sapcore.experiments.checks_results import COMMAND
from sapcore.experiments.checks_sets import IN_ORDER, KINDS
from sapcore.experiments.markdown import DASH, point, table
from sapcore.experiments.sap_plan import PASSES


def report(rows: pd.DataFrame) -> str:
    """The page, from the rows of checks.csv."""
    planned = checks_plan.planned_points()
    names = list(dict.fromkeys(rows["standard"]))
    parts = [
        "# Redundant checks: what was measured",
        findings(rows),
        *([f"Unfinished: {len(rows)} of the {planned} points of the plan are here."] if len(rows) < planned else []),
        f"Everything here is made by `{COMMAND}` from `checks.csv` beside it. -ln(BER) at {EBN0:g} dB over all n bits, "
        "higher is better; every decoder of a code sees the same frames under every matrix, until "
        f"{RULE.frame_errors} frame errors or {RULE.max_frames:,} frames (such points are marked *); linear layers in "
        "bfloat16. Findings are by 95 % intervals, which leave out that the frames are the same and are rather too "
        f"wide. MACs are a frame's, in millions, of one pass; `{SEVERAL}` sends frames that are no codeword after a "
        f"pass through again, up to {PASSES} times in all. `{PRUNED}` has the mask that the library lends, and no "
        "adapter.",
        "## How many checks",
        *(_by_number(rows, name) for name in names),
        "## Pruned with more checks, dense with fewer",
        _pairs(rows),
        "## Which checks",
        f"As many as by default. Kinds: {'; '.join(f'{kind}: {text}' for kind, text in KINDS.items())}. "
        "Degrees: the least and the largest of a column; their difference is the degree spread. 4-cycles: of the "
        "Tanner graph, over all pairs of checks. `sapcore.experiments.checks_sets.matrix` finds a set by its name.",
        *(_by_set(rows, name) for name in names),
        "## What goes with the bit error rate",
        "Spearman's ρ of -ln(BER) with traits of the matrix, over the sets of a code and over all after the mean of "
        "each code was taken off; in brackets the permutation p-value, permuted within codes, for "
        f"each trait alone: by chance one in {1 / SHOWN:.0f} is below {SHOWN:g}. Traits go together: heavier rows make "
        "σ₁ larger.",
        _correlations(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _by_number(rows: pd.DataFrame, name: str) -> str:
    """-ln(BER) of each decoder by number of checks, and what the networks cost."""
    here, lines = rows[(rows["standard"] == name) & (rows["kind"] == IN_ORDER)], []
    for checks, points in here.sort_values("checks", kind="stable").groupby("checks", sort=False):
        points = points.set_index("decoder")
        costs = (_macs(points, decoder) for decoder in (DENSE, PRUNED))
        lines.append((str(checks), *costs, *(point(points, decoder, RULE) for decoder in BY_NUMBER)))
    return table((f"{name}, checks", "MACs dense", "MACs pruned", *(f"`{decoder}`" for decoder in BY_NUMBER)), lines)


def _macs(points: pd.DataFrame, decoder: str) -> str:
    return f"{points.loc[decoder, 'macs'] / 1e6:.1f}" if decoder in points.index else DASH


def _pairs(rows: pd.DataFrame) -> str:
    lines = []
    for pair in pairs(rows):
        cells = []
        for one in (pair.pruned, pair.dense):
            shown = point(pd.DataFrame([one], index=[""]), "", RULE)
            cells += [str(one["checks"]), f"{one['macs'] / 1e6:.1f}", shown]
        lines.append((pair.pruned["standard"], *cells, pair.verdict))
    heads = (f"{which} {what}" for which in ("pruned:", "dense:") for what in ("checks", "MACs", "-ln(BER)"))
    return table(("code", *heads, "BER of the pruned"), lines)


def _by_set(rows: pd.DataFrame, name: str) -> str:
    """The sets of a code and -ln(BER) under each, the default set first."""
    here, lines = as_many_as_by_default(rows[rows["standard"] == name]), []
    for code, points in here.groupby("code", sort=False):
        first, points = points.iloc[0], points.set_index("decoder")
        lines.append(
            (
                *(code, first["kind"], str(first["checks"]), f"{first['sigma1']:.3f}", f"{first['sigma2']:.3f}"),
                f"{first['smallest_degree']} to {first['largest_degree']}",
                f"{first['mean_row_weight']:.2f}",
                f"{first['four_cycles']:,}",
                *(point(points, decoder, RULE) for decoder in BY_SET),
            )
        )
    traits = "σ₁", "σ₂", "degrees", "row weight", "4-cycles"
    return table((f"{name}, set", "kind", "checks", *traits, *(f"`{decoder}`" for decoder in BY_SET)), lines)


def _correlations(rows: pd.DataFrame) -> str:
    lines = []
    for decoder in BY_SET:
        sets = compared_sets(rows, decoder)
        scopes = {name: sets[sets["standard"] == name] for name in dict.fromkeys(sets["standard"])}
        scopes |= {"all": sets, "all of the default's row weight": of_default_weight(sets)}
        for scope, some in scopes.items():
            found = [correlation(some, trait) for trait in TRAITS]
            if known := [one for one in found if one is not None]:
                lines.append((f"`{decoder}`", scope, str(known[0].sets), *map(_cell, found)))
    return table(("decoder", "codes", "sets", *TRAITS.values()), lines)


def _cell(one: Correlation | None) -> str:
    return DASH if one is None else f"{one.rho:+.2f} ({one.p:.2g})"
