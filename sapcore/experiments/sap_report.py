"""What the experiment on Spectral-Aligned Pruning found, as a page of Markdown made from its tables alone."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sapcore.codes import find
from sapcore.experiments import sap_plan
from sapcore.experiments.sap_plan import DENSE, EBN0, MIDDLE, RATIOS, RECOVERED, pruned
from sapcore.experiments.sap_results import COMMAND, Gap, gap
from sapcore.pruning.choices import CHOICES
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.variants import decoder_complexity

DASH = "–"


def report(
    rows: pd.DataFrame, aligned: pd.DataFrame, forms: pd.DataFrame, retrieved: pd.DataFrame, system: pd.DataFrame
) -> str:
    """The page.

    Args:
        rows: of sap.csv.
        aligned, forms, retrieved: see `mask_statistics`.
        system: see `accounting`.
    """
    main = rows[rows["part"] == "main"]
    parts = [
        "# Spectral-Aligned Pruning: what was measured",
        _summary(main),
        "Everything here is made by `" + COMMAND + "` from `sap.csv` beside it, the importances and the mask library. "
        f"-ln(BER) over all n bits, higher is better; every decoder of a code sees the same frames, at least "
        f"{sap_plan.RULE.frame_errors} frame errors a point or {sap_plan.RULE.max_frames:,} frames (such points are "
        f"marked *); linear layers in bfloat16. Intervals are 95 %, for these codes. LoRA of rank "
        f"{RecoveryRecipe.rank} on every matrix of the blocks, {RecoveryRecipe.steps} steps, the same for every mask. "
        "How a mask is ranked, the distance of signatures, the choice of donors and the recovery are ours: the "
        "paper's were not to be had.",
        "## Loss against the dense backbone",
        *(_losses(main, ebn0) for ebn0 in EBN0),
        f"## Code by code at ratio {MIDDLE:g}, {EBN0[-1]:g} dB",
        _by_code(main),
        "## Pruning or fewer checks",
        "Two ways to spend fewer multiply-accumulates: prune, or look at fewer checks. "
        f"-ln(BER) at {sap_plan.CHECKED_EBN0:g} dB; MACs a frame in millions.",
        _checks(rows[rows["part"] == "checks"]),
        "## Does spectral distance say which masks are alike?",
        "Over all pairs of matrices of the catalogue: rank correlation of the Jaccard index of their own masks at "
        f"ratio {MIDDLE:g} with their spectral distance, and its permutation p-value (Mantel). Negative: near spectra, "
        "like masks. Nearest: mean Jaccard index of a matrix and its nearest in spectrum; mean: of all pairs.",
        _plain(aligned, {"p": "{:.4f}", "pairs": "{:.0f}"}),
        "## Matrix or code?",
        "Mean Jaccard index of the masks of their own of two matrices. The last row, one matrix scored on other "
        "calibration frames, is as alike as masks can be told to be.",
        _plain(forms),
        "## What a donor is retrieved by",
        "Mean Jaccard index of a code's own mask with the one it is lent, donors left out, by the number K of "
        "eigenvalues in the signature (K = 2 is (σ₁, σ₂), what SAP uses here); the share of codes that get another "
        "donor than with K = 2. Same form: redundant matrices borrow from redundant ones alone, standard ones from "
        "standard ones. With checks a bit: the logarithms of σ₁, σ₂ and of rows / n. These two were tried after the "
        "masks had been seen.",
        _plain(retrieved),
        "## Rank and steps of the adapter",
        f"SAP at ratio {MIDDLE:g}, {sap_plan.ABLATED_EBN0:g} dB.",
        _ablation(rows[rows["part"] == "ablation"]),
        "## The whole system",
        f"Bytes of float32 weights for all codes of the catalogue, redundant form, ratio {MIDDLE:g}. The dense "
        "backbone is universal: one copy decodes every code. Pruning saves time, and bytes only against copies.",
        _plain(system, {column: "{:,.0f}" for column in ("networks", "network_bytes", "adapter_bytes", "bytes")}),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(main: pd.DataFrame) -> str:
    ebn0 = EBN0[-1]
    sap, before = pruned("sap", MIDDLE, lora=True), pruned("sap", MIDDLE)
    to_dedicated = gap(main, sap, pruned("dedicated", MIDDLE, lora=True), ebn0)
    if not to_dedicated.codes:
        return f"Not measured yet: ratio {MIDDLE:g} with LoRA at {ebn0:g} dB."
    text = (
        f"At ratio {MIDDLE:g} with LoRA, at {ebn0:g} dB and on average over {to_dedicated.codes} codes, the -ln(BER) "
        f"of SAP stands {to_dedicated} to that of dedicated pruning and {gap(main, sap, DENSE, ebn0)} to that of the "
        f"dense backbone; before LoRA {gap(main, before, DENSE, ebn0)} to the dense backbone. "
    )
    plain = [how for how in CHOICES if how not in ("sap", "dedicated")]
    others = {how: gap(main, sap, pruned(how, MIDDLE, lora=True), ebn0) for how in plain}
    level = [f"{how} ({one})" for how, one in others.items() if one.mean - one.half_width <= 0 and one.codes]
    beaten = [f"{how} ({one})" for how, one in others.items() if one.mean - one.half_width > 0]
    if level:
        text += f"After recovery these plain choices do as well as SAP or better: {', '.join(level)}. "
    if beaten:
        text += f"SAP is ahead of {', '.join(beaten)}. "
    return text + "In brackets: SAP less the other."


def _losses(main: pd.DataFrame, ebn0: float) -> str:
    lines = []
    for lora in (False, True):
        for how in CHOICES:
            gaps = [gap(main, pruned(how, ratio, lora), DENSE, ebn0) for ratio in RATIOS]
            if any(one.codes for one in gaps):
                lines.append((f"{how}{', LoRA' if lora else ''}", *(_text(one) for one in gaps)))
    head = (f"mask, {ebn0:g} dB", *(f"ratio {ratio:g}" for ratio in RATIOS))
    return _table(head, lines)


def _by_code(main: pd.DataFrame) -> str:
    columns = {"dense": DENSE} | {how: pruned(how, MIDDLE) for how in RECOVERED}
    columns |= {f"{how}, LoRA": pruned(how, MIDDLE, lora=True) for how in CHOICES}
    here = main[main["ebn0"] == EBN0[-1]]
    lines = []
    for code in dict.fromkeys(here["code"]):
        points = here[here["code"] == code].set_index("decoder")
        donor = points["donor"].dropna().get(columns["sap"], DASH)
        lines.append((code, donor, *(_point(points, decoder) for decoder in columns.values())))
    return _table(("code", "donor", *columns), lines)


def _checks(rows: pd.DataFrame) -> str:
    lines = []
    for name in dict.fromkeys(rows["code"]):
        code, points = find(name), rows[rows["code"] == name].set_index("decoder")
        cells = []
        for decoder in (DENSE, *(pruned("sap", ratio, lora=True) for ratio in sap_plan.CHECKED_RATIOS)):
            cells += [f"{decoder_complexity(decoder, code).macs / 1e6:.1f}", _point(points, decoder)]
        lines.append((f"{name}, {code.rows} checks", *cells))
    ways = ("dense", *(f"SAP {ratio:g}, LoRA" for ratio in sap_plan.CHECKED_RATIOS))
    return _table(("code", *(text for way in ways for text in ("MACs", way))), lines)


def _ablation(rows: pd.DataFrame) -> str:
    codes = list(dict.fromkeys(rows["code"]))
    lines = []
    for rank, steps in dict.fromkeys(zip(rows["rank"], rows["steps"], strict=True)):
        here = rows[(rows["rank"] == rank) & (rows["steps"] == steps)].set_index("code")
        lines.append((f"{rank:g}", f"{steps:g}", *(_point(here, code) for code in codes)))
    return _table(("rank", "steps", *codes), lines)


def _point(points: pd.DataFrame, key: str) -> str:
    """-ln(BER) of one point, a dash where it was not measured."""
    if key not in points.index:
        return DASH
    row = points.loc[key]
    short = "" if row["frame_errors"] >= sap_plan.RULE.frame_errors else "*"
    return f"{-np.log(row['ber']):.2f}{short}" if row["ber"] > 0 else f"no error in {row['frames']:,}{short}"


def _text(one: Gap) -> str:
    return str(one) if one.codes else DASH


def _plain(table: pd.DataFrame, formats: dict[str, str] | None = None) -> str:
    """A table as it is, numbers to three places unless `formats` says otherwise."""
    formats = formats or {}
    lines = [
        tuple(
            value if isinstance(value, str) else DASH if pd.isna(value) else formats.get(column, "{:.3f}").format(value)
            for column, value in row.items()
        )
        for row in table.to_dict("records")
    ]
    return _table([column.replace("_", " ") for column in table.columns], lines)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))
