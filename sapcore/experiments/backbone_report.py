"""What the experiment on the backbone found, as a page of Markdown made from its table alone."""

import math
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_curves import above_nearest, curve, fer, level_text, minus_ln_ber, nearest_name
from sapcore.experiments.backbone_findings import findings
from sapcore.experiments.backbone_plan import (
    DECODER,
    EBN0,
    FRAME_ERRORS,
    LEVELS,
    PEER,
    SAME,
    SEVERAL,
    SHOWN_EBN0,
    WAYS,
)
from sapcore.experiments.backbone_published import budget, side_by_side
from sapcore.experiments.backbone_results import COMMAND
from sapcore.experiments.markdown import DASH, table
from sapcore.experiments.sap_plan import PASSES
from sapcore.simulation import Crossing


def report(rows: pd.DataFrame) -> str:
    """The page, from the rows of backbone.csv and radial.csv together."""
    estimates = {(code, decoder, ebn0) for code, decoder in backbone_plan.estimates() for ebn0 in EBN0}
    planned = {*backbone_plan.points(), *estimates}
    measured = set(zip(rows["code"], rows["decoder"], rows["ebn0"], strict=True))
    forms = [form for group in backbone_plan.groups() for form in (group.code, *(form for form, _ in group.estimated))]
    forms = list(dict.fromkeys(forms))
    forms = [form for form in forms if any(len(curve(rows, form, decoder)) for decoder in WAYS)]
    missing = len(planned - measured)
    short, most, longer = (f"{count:,}" for count in backbone_plan.MOST_FRAMES)
    levels = " and ".join(map(level_text, LEVELS))
    parts = [
        "# The backbone: what was measured",
        findings(rows),
        *([f"Unfinished: {len(planned) - missing} of the {len(planned)} points of the plan are here."] * bool(missing)),
        f"Everything here is made by `{COMMAND}` from `backbone.csv` and `radial.csv` beside it, for the backbone "
        f"{DEFAULT_BACKBONE!r} of digest {backbone_digest(DEFAULT_BACKBONE)}, trained on {budget()}. `{DECODER}` has "
        f"its linear layers in bfloat16. BP is counted until {FRAME_ERRORS} frame errors or "
        f"{backbone_plan.RULE.max_frames:,} frames. The network, ML and OSD use the received values alone, so radial "
        f"importance sampling estimates all Eb/N0 at once, with {most} frames at most, {short} on codes of n ≤ "
        f"{backbone_plan.SHORT} and {longer} on {', '.join(backbone_plan.LONGER)}, in whole blocks of 1,024: an "
        "estimate with its interval, not a count. Of a point that was also counted by another command, what is worth "
        f"more frame errors stands. * marks what is worth fewer than {FRAME_ERRORS} counted frame errors; without any, "
        "a rate is a bound. -ln(BER) is over all n bits, "
        "higher is better; in brackets 95 % intervals. Trained: the backbone has seen the code in training, under "
        "some H; like: an untrained code has as many words of each weight as that trained one, and may be the same in "
        "another order of bits.",
        passes(rows),
        "## Bit error rates",
        "Checks such as 3 x 63 are 63 in each pass, in turn from 3 sets; BP looks at all its checks at once.",
        *_sections(rows, forms, _bit_errors),
        f"## Frame error rates, and dB to maximum likelihood at FER {levels}",
        "Between points the logarithm of the FER is taken as a straight line; nothing is extrapolated: where a curve "
        "does not cross the level between its first and its last point, that is said. Gaps are dB more than ML, or "
        "than OSD-3 where exact ML is out of reach: OSD-3 is not ML, and no better. Their intervals leave out that "
        "the two see the same frames, and are too wide.",
        *_sections(rows, forms, _frame_errors),
        "## Beside published networks",
        "Published figures are under their own H; some count bit errors over information bits alone. Of the sizes of "
        'ECCT the largest. H: "another code" has the same n, k and family only; "unknown" is not stated. A dash: not '
        "in the source, or not measured.",
        side_by_side(rows, backbone_plan.codes()),
    ]
    return "\n\n".join(parts) + "\n"


def passes(rows: pd.DataFrame) -> str:
    """What several passes are, and how many frames need more than one, at most."""
    text = (
        f"`{DECODER}` decodes in one pass. In `{SAME}` a frame whose word is no codeword after a pass goes through the "
        f"same network again, up to {PASSES} times in all; in `{SEVERAL}` each time under other light words of the "
        "dual as its checks, as far as there are. A frame's cost is counted for one pass."
    )
    ebn0 = SHOWN_EBN0[0]
    one = rows[(rows["decoder"] == DECODER) & (rows["ebn0"] == ebn0) & rows["code"].str.contains(r"-r\d*$")]
    if one.empty:
        return text
    most = one.loc[one["fer"].idxmax()]
    return (
        f"{text} A word that is no codeword is a frame error, so the share of frames that need a second pass is at "
        f"most the FER of one pass: at {ebn0:g} dB and under redundant checks at most {100 * most['fer']:.2f} %, on "
        f"{most['code']}."
    )


def _sections(
    rows: pd.DataFrame, forms: Sequence[str], make: Callable[[pd.DataFrame, Sequence[str]], str]
) -> list[str]:
    """A table of each kind of form."""
    kinds = {
        "default redundant checks": [form for form in forms if form.endswith("-r")],
        "more checks": [form for form in forms if find(form).standard and not form.endswith("-r")],
        "standard H": [form for form in forms if not find(form).standard],
    }
    return [
        part for name, ours in kinds.items() if ours for part in (f"### {name[0].upper()}{name[1:]}", make(rows, ours))
    ]


def _bit_errors(rows: pd.DataFrame, forms: Sequence[str]) -> str:
    """-ln(BER) of the backbone and of BP, on the same H and on all checks that are looked at in several passes."""
    lines = []
    for form in forms:
        for name, decoder in _decoders(form):
            points = curve(rows, name, decoder).set_index("ebn0")
            if len(points):
                cells = [_minus_ln_ber(points, ebn0) for ebn0 in SHOWN_EBN0]
                lines.append((form, _training(form), decoder, _checks(name, decoder), *cells))
    return table(("code", "training", "decoder", "checks", *(f"{ebn0:g} dB" for ebn0 in SHOWN_EBN0)), lines)


def _decoders(form: str) -> Iterator[tuple[str, str]]:
    """The decoders of a form, each with the form whose matrix it is given."""
    yield from ((form, decoder) for decoder in (*WAYS, PEER))
    if find(form).standard and (union := backbone_plan.union(form)):
        yield union, PEER


def _checks(form: str, decoder: str) -> str:
    """How many checks a decoder looks at, such as "63" or, in several passes, "3 x 63"."""
    rows = find(form).rows
    union = backbone_plan.union(form) if decoder == SEVERAL else None
    return f"{find(union).rows // rows} x {rows}" if union else str(rows)


def _frame_errors(rows: pd.DataFrame, forms: Sequence[str]) -> str:
    """FER of the backbone and of what stands for maximum likelihood, and the dB between."""
    lines = []
    for form in forms:
        standard = (find(form).standard or find(form)).name
        spec = backbone_plan.nearest(find(standard))
        for name, decoder in (*((form, decoder) for decoder in WAYS), (standard, spec)):
            points = curve(rows, name, decoder).set_index("ebn0")
            if len(points):
                cells = [_fer(points, ebn0) for ebn0 in SHOWN_EBN0]
                if decoder in WAYS:
                    gaps = [_gap(above_nearest(rows, form, decoder, level)) for level in LEVELS]
                    lines.append((form, decoder, *cells, *gaps))
                else:
                    lines.append((form, nearest_name(spec), *cells, *[DASH] * len(LEVELS)))
    fers = (f"{ebn0:g} dB" for ebn0 in SHOWN_EBN0)
    return table(("code", "decoder", *fers, *(f"gap at {level_text(level)}" for level in LEVELS)), lines)


def _training(form: str) -> str:
    code = find(form)
    twin = backbone_plan.like(code)
    return f"{backbone_plan.training(code)}, like {twin}" if twin else backbone_plan.training(code)


def _minus_ln_ber(points: pd.DataFrame, ebn0: float) -> str:
    if ebn0 not in points.index:
        return DASH
    point = points.loc[ebn0]
    low, high = (-math.log(point[end]) if point[end] else math.inf for end in ("ber_high", "ber_low"))
    return minus_ln_ber(point) + (f" ({low:.2f} to {high:.2f})" if point["ber"] else "")


def _fer(points: pd.DataFrame, ebn0: float) -> str:
    if ebn0 not in points.index:
        return DASH
    point = points.loc[ebn0]
    return fer(point) + (f" ({point['fer_low']:.2e} to {point['fer_high']:.2e})" if point["fer"] else "")


def _gap(one: Crossing | str) -> str:
    return one if isinstance(one, str) else f"{one.ebn0:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
