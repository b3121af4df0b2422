"""Published networks beside the backbone, and what each was trained on."""

import math
import re
from collections.abc import Iterator, Sequence

import pandas as pd

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
from sapcore.experiments.backbone_curves import curve, fer, minus_ln_ber
from sapcore.experiments.backbone_plan import SHOWN_EBN0, WAYS
from sapcore.experiments.markdown import DASH, table
from sapcore.simulation import DecoderPoint, decoder_curves

ECCT = "ECCT N=6 d=128"  # the largest of those published as ECCT, of the layers and width of the backbone that ships
NETWORKS = re.compile(r"(r?ECCT|CrossMPT|V?U-ECCT)( N=6 d=128)?(, .*)?")


def published(code: str) -> dict[tuple[str, str, str], list[DecoderPoint]]:
    """The published points of ECCT, its descendants and CrossMPT for a code, by series; of ECCT the largest alone."""
    found: dict[tuple[str, str, str], list[DecoderPoint]] = {}
    for point in decoder_curves(code, kind="neural"):
        if NETWORKS.fullmatch(point.decoder) and point.ebn0_db in SHOWN_EBN0:
            found.setdefault(point.series, []).append(point)
    return found


def ecct(code: str, ebn0: float) -> DecoderPoint | None:
    """The published bit error rate of ECCT, over code bits, for a code at `ebn0` dB; None where there is none."""
    points = [point for one in published(code).values() for point in one]
    points = [point for point in points if (point.decoder, point.metric, point.bits) == (ECCT, "ber", "code")]
    return next((point for point in points if point.ebn0_db == ebn0), None)


def minus_ln(point: DecoderPoint) -> float:
    """-ln(BER) of a published bit error rate, as printed where that is what was printed."""
    return -math.log(point.value) if point.neg_ln_ber is None else point.neg_ln_ber


def budget() -> str:
    """Frames, time and codes that the backbone was trained on, as far as its card and those it began from say."""
    card: dict | None = backbone_card(DEFAULT_BACKBONE)
    stages = []
    while card:
        stages.append(card)
        card = card.get("start")
    text = f"{len(stages[0]['codes'])} codes at once"
    for key, form in (("frames", "{:,.0f} frames"), ("minutes", "{:,.0f} minutes")):
        if all(key in stage for stage in stages):
            text += ", " + form.format(sum(stage[key] for stage in stages))
    devices = ", ".join(sorted({str(stage["device"]) for stage in stages if "device" in stage}))
    return f"{text} ({devices})" if devices else text


def side_by_side(rows: pd.DataFrame, codes: Sequence[str]) -> str:
    """Published networks and the backbone for those of `codes`, standard forms, that both have figures of."""
    sources: dict[str, int] = {}
    lines = [line for code in codes for line in _of_code(rows, code, sources)]
    cells = *(f"-ln(BER) {ebn0:g} dB" for ebn0 in SHOWN_EBN0), *(f"FER {ebn0:g} dB" for ebn0 in SHOWN_EBN0)
    text = table(("code", "decoder", *cells, "BER over", "H", "trained on"), lines)
    return "\n\n".join([text, "\n".join(f"{number}. {source}" for source, number in sources.items())]).strip()


def _of_code(rows: pd.DataFrame, code: str, sources: dict[str, int]) -> Iterator[tuple[str, ...]]:
    """The lines of a code; sources are numbered as they come."""
    series = published(code)
    names = rows.loc[rows["code"].str.fullmatch(re.escape(code) + r"(-r\d*)?"), "code"].unique()
    curves = {(name, decoder): curve(rows, name, decoder).set_index("ebn0") for name in names for decoder in WAYS}
    curves = {key: points for key, points in curves.items() if len(points)}
    if not series or not curves:
        return
    for (name, decoder), points in curves.items():
        at = {ebn0: points.loc[ebn0] for ebn0 in SHOWN_EBN0 if ebn0 in points.index}
        bers, fers = ({ebn0: text(point) for ebn0, point in at.items()} for text in (minus_ln_ber, fer))
        yield code, decoder, *_cells(bers, fers), "code bits", name, budget()
    for (decoder, matrix, source), points in series.items():
        bers = {point.ebn0_db: f"{minus_ln(point):.2f}" for point in points if point.metric == "ber"}
        fers = {point.ebn0_db: f"{point.value:.2e}" for point in points if point.metric == "fer"}
        name, _, trained_on = decoder.partition(", ")
        number = sources.setdefault(source, len(sources) + 1)
        bits = ", ".join(sorted({f"{point.bits} bits" for point in points if point.metric == "ber"}))
        under = f"{points[0].relation}: {matrix}"
        yield code, f"{name} [{number}]", *_cells(bers, fers), bits or DASH, under, trained_on or DASH


def _cells(bers: dict[float, str], fers: dict[float, str]) -> tuple[str, ...]:
    return tuple(rates.get(ebn0, DASH) for rates in (bers, fers) for ebn0 in SHOWN_EBN0)
