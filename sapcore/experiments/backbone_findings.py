"""The findings of the experiment on the backbone as sentences, each computed from its rows."""

import math
from collections.abc import Sequence

import pandas as pd

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import find
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_curves import above_nearest, level_text, minus_ln_ber
from sapcore.experiments.backbone_plan import DECODER, HELD_OUT, LONGER, PEER, SHORT, TRAINED
from sapcore.experiments.backbone_published import ECCT, ecct, minus_ln
from sapcore.simulation import Crossing

NEAR = 0.4  # dB
NEAR_LEVEL = 1e-2  # frame error rate
AT = 5.0  # dB


def findings(rows: pd.DataFrame) -> str:
    """The first paragraph of the report."""
    parts = [near_ml(rows), unseen(rows), longer(rows)]
    return " ".join(part for part in parts if part) or "Not measured yet."


def near_ml(rows: pd.DataFrame) -> str:
    """On how many short trained codes the backbone is near maximum likelihood, by the number of checks."""
    names = _short(TRAINED)
    kinds = {
        "the default redundant checks": [f"{name}-r" for name in names],
        "more checks": [form for name in names if (form := backbone_plan.more_checks(name))],
    }
    parts = []
    for kind, forms in kinds.items():
        gaps = [above_nearest(rows, form, NEAR_LEVEL) for form in forms]
        known = [one for one in gaps if isinstance(one, Crossing)]
        if known:
            near, surely = (sum(getattr(one, end) <= NEAR for one in known) for end in ("ebn0", "high"))
            text = f"under {kind} on {near} of {len(forms)}, on {surely} with the whole interval"
            unknown = len(forms) - len(known)
            parts.append(text + (f" (no crossing measured on {unknown})" if unknown else ""))
    if not parts:
        return ""
    return (
        f"On trained codes of n ≤ {SHORT}, `{DECODER}` stands within {NEAR:g} dB of ML at FER {level_text(NEAR_LEVEL)} "
        f"{'; '.join(parts)}."
    )


def unseen(rows: pd.DataFrame) -> str:
    """On how many short held-out codes the backbone beats uncoded transmission, and BP on the standard H."""
    points = _at(rows)
    names = [name for name in _short(HELD_OUT) if (f"{name}-r", DECODER) in points.index]
    if not names:
        return ""
    ours = {name: points.loc[(f"{name}-r", DECODER)] for name in names}
    uncoded = uncoded_bit_error_rate(AT)
    peers = {name: points.loc[(name, PEER)] for name in names if (name, PEER) in points.index}
    coded = [name for name in names if ours[name]["ber_high"] < uncoded]
    better = [name for name in peers if ours[name]["ber_high"] < peers[name]["ber_low"]]
    alike = [name for name in names if backbone_plan.like(find(name))]
    text = (
        f"At {AT:g} dB, by intervals that lie apart and under the default redundant checks, the BER on held-out codes "
        f"of n ≤ {SHORT} is below that of uncoded transmission on {_share(names, coded)}"
    )
    text += f", and below that of `{PEER}` on the standard H on {_share(list(peers), better)}." if peers else "."
    if alike:
        text += f" Of these, {', '.join(alike)} may be a trained code in another order of bits."
    return text


def longer(rows: pd.DataFrame) -> str:
    """How the backbone stands to BP on the same H and to ECCT on the longer codes that networks are published on."""
    points = _at(rows)
    names = [name for name in LONGER if (f"{name}-r", DECODER) in points.index]
    if not names:
        return ""
    ours = {name: points.loc[(f"{name}-r", DECODER)] for name in names}
    peers = {name: points.loc[(f"{name}-r", PEER)] for name in names if (f"{name}-r", PEER) in points.index}
    theirs = {name: found for name in names if (found := ecct(name, AT)) is not None}
    above_peer = [name for name in peers if ours[name]["ber_high"] < peers[name]["ber_low"]]
    above_ecct = [name for name in theirs if -math.log(ours[name]["ber_high"]) > minus_ln(theirs[name])]
    parts = []
    if peers:
        parts.append(f"below that of `{PEER}` on the same checks on {_share(list(peers), above_peer)}")
    if theirs:
        parts.append(f"below the published BER of {ECCT}, under its own H, on {_share(list(theirs), above_ecct)}")
    clauses = []
    for name in names:
        beside = [f"`{PEER}` {minus_ln_ber(peers[name])}"] if name in peers else []
        if name in theirs:
            other = "" if theirs[name].relation in ("same matrix", "same code") else f" for {theirs[name].relation}"
            beside.append(f"ECCT {minus_ln(theirs[name]):.2f}{other}")
        clauses.append(f"{name} {minus_ln_ber(ours[name])}" + (f" ({', '.join(beside)})" if beside else ""))
    stands = f" the interval of the BER lies {' and '.join(parts)};" if parts else ""
    return f"At {AT:g} dB on the longer codes under n checks,{stands} -ln(BER): {', '.join(clauses)}."


def _short(kind: str) -> list[str]:
    known = [name for name in backbone_plan.codes() if find(name).n <= SHORT]
    return [name for name in known if backbone_plan.training(find(name)) == kind]


def _at(rows: pd.DataFrame) -> pd.DataFrame:
    """The points at AT dB by code and decoder; of several seeds the one of most frames."""
    here = rows[rows["ebn0"] == AT].sort_values("frames", ascending=False, kind="stable")
    return here.drop_duplicates(["code", "decoder"]).set_index(["code", "decoder"])


def _share(names: Sequence[str], good: Sequence[str]) -> str:
    """How many of the names are good, and which are not."""
    others = [name for name in names if name not in good]
    return f"{len(good)} of {len(names)}" + (f" (not on {', '.join(others)})" if others else "")
