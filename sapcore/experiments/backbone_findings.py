"""The findings of the experiment on the backbone as sentences, each computed from its rows.

Each sentence counts for every way of decoding that was measured, see `backbone_plan.WAYS`.
"""

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import find
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_curves import above_nearest, level_text, minus_ln_ber
from sapcore.experiments.backbone_plan import HELD_OUT, LONGER, PEER, SEVERAL, SHORT, TRAINED, WAYS
from sapcore.experiments.backbone_published import ECCT, ecct, minus_ln
from sapcore.experiments.markdown import DASH
from sapcore.experiments.shipped import longest
from sapcore.simulation import Crossing

NEAR = 0.4  # dB
NEAR_LEVEL = 1e-2  # frame error rate
AT = 5.0  # dB

Points = dict[tuple[str, str], pd.Series]
"""The points at AT dB by code and decoder."""

Below = dict[str, dict[str, dict[str, bool]]]
"""By what it is compared with, decoder and standard form: whether the interval of the BER lies below."""


def findings(rows: pd.DataFrame) -> str:
    """The first paragraph of the report."""
    parts = [near_ml(rows), unseen(rows), longer(rows)]
    return " ".join(part for part in parts if part) or "Not measured yet."


def near_ml(rows: pd.DataFrame) -> str:
    """On how many short trained codes the backbone is near maximum likelihood."""
    forms = [f"{name}-r" for name in _short(TRAINED)]
    ways = [f"{way} {text}" for decoder, way in WAYS.items() if (text := _near(rows, forms, decoder))]
    if not ways:
        return ""
    return (
        f"On trained codes of n ≤ {SHORT}, under the default redundant checks, the backbone stands within {NEAR:g} dB "
        f"of ML at FER {level_text(NEAR_LEVEL)} {', '.join(ways)}."
    )


def unseen(rows: pd.DataFrame) -> str:
    """On how many short held-out codes the backbone beats uncoded transmission, and BP on the standard H."""
    points, uncoded = _at(rows), uncoded_bit_error_rate(AT)
    measured = list(_redundant(points, _short(HELD_OUT)))
    if not measured:
        return ""
    without_code, standard = "that of uncoded transmission", f"that of `{PEER}` on the standard H"
    below: Below = {without_code: {}, standard: {}}
    for name, decoder, point in measured:
        _note(below[without_code], decoder, name, point["ber_high"] < uncoded)
        if (name, PEER) in points:
            _note(below[standard], decoder, name, point["ber_high"] < points[name, PEER]["ber_low"])
    text = (
        f"At {AT:g} dB, by intervals that lie apart and under the default redundant checks, the BER on held-out codes "
        f"of n ≤ {SHORT} is {_counts(below)}."
    )
    if alike := [name for name in _names(measured) if backbone_plan.like(find(name))]:
        text += f" Of these, {', '.join(alike)} may be a trained code in another order of bits."
    return text


def longer(rows: pd.DataFrame) -> str:
    """How the backbone stands to BP and to ECCT on the longer codes that networks are published on.

    BP is that on the same H; for fresh checks that on the union of the checks, where that was measured.
    """
    points = _at(rows)
    measured = list(_redundant(points, LONGER))
    if not measured:
        return ""
    same, every = (f"that of `{PEER}` on {what}" for what in ("the same H", "the union of the checks"))
    published = f"the published BER of {ECCT}, under its own H,"
    below: Below = {same: {}, every: {}, published: {}}
    for name, decoder, point in measured:
        union = _on_union(points, name) if decoder == SEVERAL else None
        peer = points.get((f"{name}-r", PEER)) if union is None else union
        if peer is not None:
            _note(below[same if union is None else every], decoder, name, point["ber_high"] < peer["ber_low"])
        if (theirs := ecct(name, AT)) is not None:
            _note(below[published], decoder, name, -math.log(point["ber_high"]) > minus_ln(theirs))
    decoders = [decoder for decoder in WAYS if any(decoder == other for _, other, _ in measured)]
    clauses = []
    for name in _names(measured):
        ours = [points.get((f"{name}-r", decoder)) for decoder in decoders]
        texts = [DASH if point is None else minus_ln_ber(point) for point in ours]
        clauses.append(f"{name} {' / '.join(texts)}{_beside(points, name)}")
    stands = f" the interval of the BER lies {_counts(below)}." if any(below.values()) else ""
    return (
        f"At {AT:g} dB on the longer codes under n checks,{stands} -ln(BER) "
        f"{' / '.join(WAYS[decoder] for decoder in decoders)}: {', '.join(clauses)}."
    )


def _near(rows: pd.DataFrame, forms: Sequence[str], decoder: str) -> str:
    """On how many of the forms a decoder is near maximum likelihood; nothing where that is not known of any."""
    gaps = [above_nearest(rows, form, decoder, NEAR_LEVEL) for form in forms]
    known = [one for one in gaps if isinstance(one, Crossing)]
    near, surely = (sum(getattr(one, end) <= NEAR for one in known) for end in ("ebn0", "high"))
    notes = [f"{surely} with the whole interval"]
    if unknown := len(forms) - len(known):
        notes.append(f"no crossing measured on {unknown}")
    return f"on {near} of {len(forms)} ({', '.join(notes)})" if known else ""


def _beside(points: Points, name: str) -> str:
    """-ln(BER) of BP and ECCT on a longer code, in brackets; nothing where neither is known."""
    parts = [f"`{PEER}` {minus_ln_ber(points[f'{name}-r', PEER])}"] if (f"{name}-r", PEER) in points else []
    if (union := _on_union(points, name)) is not None:
        parts.append(f"`{PEER}` on the union {minus_ln_ber(union)}")
    if (theirs := ecct(name, AT)) is not None:
        other = "" if theirs.relation in ("same matrix", "same code") else f" for {theirs.relation}"
        parts.append(f"ECCT {minus_ln(theirs):.2f}{other}")
    return f" ({', '.join(parts)})" if parts else ""


def _on_union(points: Points, name: str) -> pd.Series | None:
    """The point of BP on all checks that SEVERAL looks at; None where it is not measured, or they are those of H."""
    union = backbone_plan.union(f"{name}-r")
    return None if union is None else points.get((union, PEER))


def _short(kind: str) -> list[str]:
    known = [name for name in backbone_plan.codes() if find(name).n <= SHORT]
    return [name for name in known if backbone_plan.training(find(name)) == kind]


def _at(rows: pd.DataFrame) -> Points:
    """The points at AT dB; of several seeds the one worth most frame errors."""
    here = longest(rows[rows["ebn0"] == AT], ["code", "decoder"])
    return {(point["code"], point["decoder"]): point for _, point in here.iterrows()}


def _redundant(points: Points, names: Sequence[str]) -> Iterator[tuple[str, str, pd.Series]]:
    """Standard form, decoder and point of the backbone under the default redundant checks of the codes of `names`."""
    for name in names:
        for decoder in WAYS:
            if (f"{name}-r", decoder) in points:
                yield name, decoder, points[f"{name}-r", decoder]


def _names(measured: Sequence[tuple[str, str, pd.Series]]) -> list[str]:
    return list(dict.fromkeys(name for name, _, _ in measured))


def _note(below: dict[str, dict[str, bool]], decoder: str, name: str, is_below: bool) -> None:
    below.setdefault(decoder, {})[name] = is_below


def _counts(below: Below) -> str:
    """On how many codes each way of decoding lies below what it is compared with."""
    parts = []
    for what, decoders in below.items():
        ways = [f"{way} on {_share(decoders[decoder])}" for decoder, way in WAYS.items() if decoder in decoders]
        parts += [f"below {what} {', '.join(ways)}"] * bool(ways)
    return "; ".join(parts)


def _share(below: dict[str, bool]) -> str:
    """How many of the codes are below, and which are not."""
    others = [name for name, is_below in below.items() if not is_below]
    return f"{len(below) - len(others)} of {len(below)}" + (f" (not on {', '.join(others)})" if others else "")
