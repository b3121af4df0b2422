"""What the experiment on sparsity found, as a page of Markdown made from its tables alone."""

import numpy as np
import pandas as pd

from sapcore.experiments import sparsity_plan
from sapcore.experiments.gap import gap
from sapcore.experiments.markdown import gap_text, plain_table, point, table
from sapcore.experiments.sparsity_plan import DENSE, EBN0, RATIO, RULE, n_to_m, sparse
from sapcore.experiments.sparsity_results import COMMAND
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_training import PatternRecipe
from sapcore.recovery.recipe import RecoveryRecipe

LOSS_FORMATS = dict.fromkeys(("seed", "frames", "best_step"), "{:.0f}")
LOSS_FORMATS |= dict.fromkeys(("dense", "none", "greedy", "lsa", "learnable", "gain", "half_width"), "{:.5f}")


def report(rows: pd.DataFrame, losses: pd.DataFrame) -> str:
    """The page.

    Args:
        rows: of sparsity.csv.
        losses: of sparsity_orders.csv.
    """
    named = rows.assign(decoder=rows["method"])
    planned = sparsity_plan.planned_points()
    parts = [
        "# Sparsity: what was measured",
        _summary(named, losses),
        *([f"Unfinished: {len(rows)} of the {planned} points of the plan are here."] if len(rows) < planned else []),
        f"Everything here is made by `{COMMAND}` from `sparsity.csv` and `sparsity_orders.csv` beside it. -ln(BER) "
        "over all n bits, higher is better; every decoder of a code sees the same frames, at least "
        f"{RULE.frame_errors} frame errors a point or {RULE.max_frames:,} frames (such points are marked *); linear "
        "layers in bfloat16. Intervals are 95 %, for these codes and these draws of calibration frames and seeds. N:M "
        "keeps N of M weights of q, k, v, o, up and down; a pattern prunes all of these but o. Orders, weights and "
        f"adapters are made for each code. Patterns: {PatternRecipe.steps} steps in all, whatever the training; LoRA: "
        f"{RecoveryRecipe.steps} steps of rank {RecoveryRecipe.rank}. Pattern sets, schedules and recipes are ours: "
        "the papers' were not to be had.",
        "## Loss against the dense backbone, and cost",
        "Mean over the codes of -ln(BER) less that of the dense backbone. Cost on the first code: weights kept, MACs a "
        "frame without those of zero weights, bytes with the places of what is kept, and milliseconds a frame of one "
        "worker as measured. Only the zeros of the pattern tile, which leave smaller dense products, save time here: "
        "PyTorch has no kernel on a CPU that skips the others.",
        _losses(named),
        "## Code by code",
        *(f"At {ebn0:g} dB.\n\n{_by_code(named, ebn0)}" for ebn0 in sorted(EBN0)),
        "## What learning an order is worth",
        "Loss of the task at 2:4 under the Wanda score, nats a bit, on frames that neither learning nor its choice of "
        "the best step has seen; gain: lsa less learnable, ± its 95 % interval over frames.",
        plain_table(losses.drop(columns=["command"]), LOSS_FORMATS),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(named: pd.DataFrame, losses: pd.DataFrame) -> str:
    ebn0 = EBN0[0]
    told = {
        "2:4 by Wanda": sparse(n_to_m()),
        "with lsa": sparse(n_to_m(permutation="lsa")),
        "with learnable": sparse(n_to_m(permutation="learnable")),
        "with lsa and a weight update by ADMM": sparse(n_to_m(permutation="lsa", update="admm")),
        "the pattern tile": sparse(PatternPlan("tile", RATIO)),
        "the pattern tile projected once": sparse(PatternPlan("tile", RATIO, "oneshot")),
        "the pattern kernel": sparse(PatternPlan("kernel", RATIO)),
        "the pattern kernel projected once": sparse(PatternPlan("kernel", RATIO, "oneshot")),
    }
    gaps = {words: gap(named, decoder, DENSE, ebn0) for words, decoder in told.items()}
    known = [f"{words} {one}" for words, one in gaps.items() if one.codes]
    text = ""
    if known:
        text += f"Against the dense backbone at {ebn0:g} dB, -ln(BER), mean over codes: {'; '.join(known)}. "
    if len(losses):
        better = int((losses["gain"] - losses["half_width"] > 0).sum())
        worse = int((losses["gain"] + losses["half_width"] < 0).sum())
        lowered = 100 * (losses["gain"] / losses["lsa"]).mean()
        text += (
            f"In the loss of the task, learning the order beats the assignment it starts from in {better} of "
            f"{len(losses)} draws, loses in {worse}, and lowers it by {lowered:.1f} % on average."
        )
    return text or "Not measured yet."


def _losses(named: pd.DataFrame) -> str:
    lines = []
    for name in dict.fromkeys(named["decoder"]):
        first = named[named["decoder"] == name].iloc[0]
        cost = [f"{first[column]:,.0f}" for column in ("parameters", "macs", "bytes")]
        cost.append(f"{first['milliseconds']:.2f}")
        lines.append((name, *(gap_text(gap(named, name, DENSE, ebn0)) for ebn0 in sorted(EBN0)), *cost))
    head = ("decoder", *(f"{ebn0:g} dB" for ebn0 in sorted(EBN0)), "weights", "MACs", "bytes", "ms")
    return table(head, lines)


def _by_code(named: pd.DataFrame, ebn0: float) -> str:
    """-ln(BER), and in brackets the p-value of McNemar's test against the dense backbone."""
    here = named[named["ebn0"] == ebn0]
    codes = list(dict.fromkeys(here["code"]))
    lines = []
    for name in dict.fromkeys(here["decoder"]):
        points = here[here["decoder"] == name].set_index("code")
        cells = []
        for code in codes:
            cell = point(points, code, RULE)
            if code in points.index and name != DENSE and np.isfinite(p := points.loc[code, "p_value"]):
                cell += f" ({p:.1g})"
            cells.append(cell)
        lines.append((name, *cells))
    return table(("decoder", *codes), lines)
