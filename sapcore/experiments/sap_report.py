"""What the experiment on Spectral-Aligned Pruning found, as a page of Markdown made from its tables alone."""

from collections.abc import Collection

import pandas as pd

from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
from sapcore.experiments import sap_plan
from sapcore.experiments.gap import gap
from sapcore.experiments.markdown import DASH, gap_text, plain_table, point, table
from sapcore.experiments.sap_plan import DENSE, EBN0, MIDDLE, RATIOS, RECOVERED, SPECIALISED, pruned
from sapcore.experiments.sap_results import COMMAND, borrowers
from sapcore.pruning.choices import CHOICES
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.variants import decoder_complexity


def report(
    rows: pd.DataFrame, aligned: pd.DataFrame, forms: pd.DataFrame, retrieved: pd.DataFrame, system: pd.DataFrame
) -> str:
    """The page.

    Args:
        rows: of sap.csv.
        aligned, forms, retrieved: see `mask_statistics`.
        system: see `accounting`.
    """
    main, with_passes = rows[rows["part"] == "main"], rows[rows["part"].isin(("main", "passes"))]
    parts = [
        "# Spectral-Aligned Pruning: what was measured",
        " ".join([_summary(main), *_passes_summary(with_passes)]),
        *_unfinished(rows),
        "Everything here is made by `" + COMMAND + "` from `sap.csv` beside it, the importances and the mask library. "
        f"-ln(BER) over all n bits, higher is better; every decoder of a code sees the same frames, at least "
        f"{sap_plan.RULE.frame_errors} frame errors a point or {sap_plan.RULE.max_frames:,} frames (such points are "
        f"marked *); linear layers in bfloat16. Intervals are 95 %, for these codes. LoRA of rank "
        f"{RecoveryRecipe.rank} on every matrix of the blocks, {RecoveryRecipe.steps} steps, the same for every mask. "
        "A mask ranked by other frames, another random mask or another seed of the adapter would move the figures too: "
        "that is not in the intervals. How a mask is ranked, the distance of signatures, the choice of donors and the "
        "recovery are ours: the paper's were not to be had.",
        f"A mask is decided by: {'; '.join(f'{how}, {text}' for how, text in CHOICES.items())}.",
        "## Loss against the dense backbone",
        *(_losses(main, ebn0) for ebn0 in EBN0),
        "## SAP against the other masks",
        "The -ln(BER) of SAP less that of the other, over the codes that borrow a mask.",
        *(_against(main, ebn0) for ebn0 in EBN0),
        f"## Code by code at ratio {MIDDLE:g}, {EBN0[-1]:g} dB",
        "Trained: the backbone has seen the code in training. A donor lends to itself.",
        _by_code(main),
        "## Several passes",
        f"In up to {sap_plan.PASSES} passes a frame whose word is no codeword goes through the same network again, "
        "each time with other light words of the dual as its checks; the others do not, and cost one pass. At ratio "
        f"{MIDDLE:g} and {sap_plan.PASSES_EBN0:g} dB, -ln(BER) less that of the dense backbone.",
        _passes(with_passes),
        "## Pruning or fewer checks",
        "Two ways to spend fewer multiply-accumulates: prune, or look at fewer checks. "
        f"-ln(BER) at {sap_plan.CHECKED_EBN0:g} dB; MACs a frame in millions.",
        _checks(rows[rows["part"] == "checks"]),
        "## Does spectral distance say which masks are alike?",
        "Over all pairs of matrices of the catalogue: rank correlation of the Jaccard index of their own masks at "
        f"ratio {MIDDLE:g} with their spectral distance, and its permutation p-value (Mantel). Negative: near spectra, "
        "like masks. Nearest: mean Jaccard index of a matrix and its nearest in spectrum; mean: of all pairs.",
        plain_table(aligned, {"p": "{:.4f}", "pairs": "{:.0f}"}),
        "## Matrix or code?",
        "Mean Jaccard index of the masks of their own of two matrices. The last row, one matrix scored on other "
        "calibration frames, is as alike as masks can be told to be.",
        plain_table(forms),
        "## What a donor is retrieved by",
        "Mean Jaccard index of a code's own mask with the one it is lent, donors left out, by the number K of "
        "eigenvalues in the signature (K = 2 is (σ₁, σ₂), what SAP uses here); the share of codes that get another "
        "donor than with K = 2. Same form: redundant matrices borrow from redundant ones alone, standard ones from "
        "standard ones. With checks a bit: the logarithms of σ₁, σ₂ and of rows / n. These two were tried after the "
        "masks had been seen.",
        plain_table(retrieved),
        "## Rank and steps of the adapter",
        f"SAP at ratio {MIDDLE:g}, {sap_plan.ABLATED_EBN0:g} dB.",
        _ablation(rows[rows["part"] == "ablation"]),
        "## The whole system",
        f"Bytes of float32 weights for all codes of the catalogue, redundant form, ratio {MIDDLE:g}. The dense "
        "backbone is universal: one copy decodes every code. Pruning saves time, and bytes only against copies.",
        plain_table(system, {column: "{:,.0f}" for column in ("networks", "network_bytes", "adapter_bytes", "bytes")}),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(main: pd.DataFrame) -> str:
    ebn0 = EBN0[-1]
    sap, before, dedicated = pruned("sap", MIDDLE, True), pruned("sap", MIDDLE), pruned("dedicated", MIDDLE, True)
    to_dedicated, lent = gap(main, sap, dedicated, ebn0), borrowers(main)
    if not to_dedicated.codes:
        return f"Not measured yet: ratio {MIDDLE:g} with LoRA at {ebn0:g} dB."
    text = (
        f"At ratio {MIDDLE:g} with LoRA, at {ebn0:g} dB and on average over {to_dedicated.codes} codes, the -ln(BER) "
        f"of SAP stands {to_dedicated} to that of dedicated pruning and {gap_text(gap(main, sap, DENSE, ebn0))} to "
        f"that of the dense backbone; before LoRA {gap_text(gap(main, before, DENSE, ebn0))} to the dense backbone. "
    )
    borrowed = gap(main, sap, dedicated, ebn0, lent)
    if borrowed.codes and borrowed.codes < to_dedicated.codes:
        text += (
            f"On the {to_dedicated.codes - borrowed.codes} donors among them SAP is dedicated pruning; over the "
            f"{borrowed.codes} codes that borrow a mask it stands {borrowed} to dedicated pruning and "
            f"{gap_text(gap(main, sap, DENSE, ebn0, lent))} to the dense backbone. "
        )
    for lora, when in ((True, "After recovery"), (False, "Before recovery")):
        text += _standing(main, lora, when, lent)
    text += "In brackets: SAP less the other, over the codes that borrow. One adapter a mask, of one seed. "
    specialised = gap(main, SPECIALISED, DENSE, ebn0)
    text += "The dense backbone has no adapter, so what training on one code alone gives is part of its gaps after LoRA"
    if not specialised.codes:
        return f"{text}."
    return f"{text}: with an adapter it stands {specialised} to itself, over {specialised.codes} codes."


def _passes_summary(rows: pd.DataFrame) -> list[str]:
    """What several passes make of SAP without an adapter."""
    sap = sap_plan.in_passes(pruned("sap", MIDDLE))
    alike, once = (gap(rows, sap, dense, sap_plan.PASSES_EBN0) for dense in (sap_plan.in_passes(DENSE), DENSE))
    if not alike.codes:
        return []
    return [
        f"In up to {sap_plan.PASSES} passes with fresh checks, at {sap_plan.PASSES_EBN0:g} dB and over {alike.codes} "
        f"codes, SAP without an adapter stands {alike} to the dense backbone in as many passes and {gap_text(once)} "
        "to it in one pass."
    ]


def _passes(rows: pd.DataFrame) -> str:
    several, ebn0, lines = sap_plan.in_passes(DENSE), sap_plan.PASSES_EBN0, []
    for words, decoder in sap_plan.REPEATED.items():
        repeated = sap_plan.in_passes(decoder)
        pairs = (decoder, DENSE), (repeated, DENSE), (repeated, several)
        codes = set(rows.loc[rows["decoder"] == repeated, "code"])
        gaps = [gap(rows, one, other, ebn0, codes) for one, other in pairs]
        if gaps[2].codes:
            lines.append((words, str(gaps[2].codes), *map(gap_text, gaps)))
    return table(("several passes", "codes", "one pass, dense in one", "passes, dense in one", "both in passes"), lines)


def _standing(main: pd.DataFrame, lora: bool, when: str, codes: Collection[str]) -> str:
    """Which of the plain choices stand above, level with and below SAP at the middle ratio and the highest Eb/N0."""
    plain = [how for how in CHOICES if how not in ("sap", "dedicated")]
    others = {how: gap(main, pruned("sap", MIDDLE, lora), pruned(how, MIDDLE, lora), EBN0[-1], codes) for how in plain}
    known = {how: one for how, one in others.items() if one.codes}
    kinds = {
        "better than SAP": [how for how, one in known.items() if one.mean + one.half_width < 0],
        "not to be told from SAP": [how for how, one in known.items() if abs(one.mean) <= one.half_width],
        "worse than SAP": [how for how, one in known.items() if one.mean - one.half_width > 0],
    }
    parts = [f"{kind}: {', '.join(f'{how} ({known[how]})' for how in names)}" for kind, names in kinds.items() if names]
    return f"{when}, {'; '.join(parts)}. " if parts else ""


def _against(main: pd.DataFrame, ebn0: float) -> str:
    """SAP less each other choice, before and after recovery, at every ratio, over the codes that borrow."""
    lent, lines = borrowers(main), []
    for lora in (False, True):
        for how in (how for how in CHOICES if how != "sap"):
            gaps = [gap(main, pruned("sap", ratio, lora), pruned(how, ratio, lora), ebn0, lent) for ratio in RATIOS]
            if any(one.codes for one in gaps):
                lines.append((f"{how}{', LoRA' if lora else ''}", *(gap_text(one) for one in gaps)))
    return table(_head(main[main["code"].isin(lent)], ebn0), lines)


def _unfinished(rows: pd.DataFrame) -> list[str]:
    planned = sap_plan.planned_points()
    return [f"Unfinished: {len(rows)} of the {planned} points of the plan are here."] if len(rows) < planned else []


def _losses(main: pd.DataFrame, ebn0: float) -> str:
    lines = []
    for lora in (False, True):
        for how in CHOICES:
            gaps = [gap(main, pruned(how, ratio, lora), DENSE, ebn0) for ratio in RATIOS]
            if any(one.codes for one in gaps):
                lines.append((f"{how}{', LoRA' if lora else ''}", *(gap_text(one) for one in gaps)))
    return table(_head(main, ebn0), lines)


def _head(main: pd.DataFrame, ebn0: float) -> tuple[str, ...]:
    codes = main.loc[main["ebn0"] == ebn0, "code"].nunique()
    return (f"mask, {ebn0:g} dB, {codes} codes", *(f"ratio {ratio:g}" for ratio in RATIOS))


def _by_code(main: pd.DataFrame) -> str:
    columns = {"dense": DENSE} | {how: pruned(how, MIDDLE) for how in RECOVERED}
    columns |= {f"{how}, LoRA": pruned(how, MIDDLE, lora=True) for how in CHOICES}
    here, trained = main[main["ebn0"] == EBN0[-1]], backbone_card(DEFAULT_BACKBONE)["codes"]
    lines = []
    for code in dict.fromkeys(here["code"]):
        points = here[here["code"] == code].set_index("decoder")
        donor = points["donor"].dropna().get(columns["sap"], DASH)
        seen = "yes" if (find(code).standard or find(code)).name in trained else "no"
        lines.append((code, seen, donor, *(point(points, decoder, sap_plan.RULE) for decoder in columns.values())))
    return table(("code", "trained", "donor", *columns), lines)


def _checks(rows: pd.DataFrame) -> str:
    lines = []
    for name in dict.fromkeys(rows["code"]):
        code, points = find(name), rows[rows["code"] == name].set_index("decoder")
        cells = []
        for decoder in (DENSE, *(pruned("sap", ratio, lora=True) for ratio in sap_plan.CHECKED_RATIOS)):
            cells += [f"{decoder_complexity(decoder, code).macs / 1e6:.1f}", point(points, decoder, sap_plan.RULE)]
        lines.append((f"{name}, {code.rows} checks", *cells))
    ways = ("dense", *(f"SAP {ratio:g}, LoRA" for ratio in sap_plan.CHECKED_RATIOS))
    return table(("code", *(text for way in ways for text in ("MACs", way))), lines)


def _ablation(rows: pd.DataFrame) -> str:
    codes = list(dict.fromkeys(rows["code"]))
    lines = []
    for rank, steps in dict.fromkeys(zip(rows["rank"], rows["steps"], strict=True)):
        here = rows[(rows["rank"] == rank) & (rows["steps"] == steps)].set_index("code")
        lines.append((f"{rank:g}", f"{steps:g}", *(point(here, code, sap_plan.RULE) for code in codes)))
    return table(("rank", "steps", *codes), lines)
