"""What stands beside the measured curves: published points, bounds and closed forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY
from sapcore.simulation import decoder_curves, maximum_likelihood_curve
from sapcore.simulation.bounds import has_union_bound, normal_approximation_fer, union_bound_ber, union_bound_fer

ML, NEURAL, CLASSICAL, UNION, NORMAL, UNCODED = BESIDE = (
    "published ML",
    "published neural",
    "published classical",
    "union bound",
    "normal approximation",
    "uncoded",
)
FER_ALONE = ML, NORMAL
DEFAULT = ML, UNCODED
MEANINGS = (
    "Published ML: maximum likelihood, frame error rate. Published neural and classical: other decoders, of ECCT the "
    "largest alone. Union bound: an upper bound for maximum likelihood, tight at high Eb/N0. Normal approximation: of "
    "the frame error rate of the best code of this length and rate; no bound, and far too low for short codes. "
    "Uncoded: BPSK, in frames as long as the code."
)
KINDS = {"neural": NEURAL, "classical": CLASSICAL}
OTHER = {"same matrix": "", "same code": "", "another code": " (another code)", "unknown": " (code not stated)"}
SMALLER = {f"ECCT N={layers} d={width}" for layers in (2, 6) for width in (32, 64, 128)} - {"ECCT N=6 d=128"}
PUBLISHED_COLUMNS = ["name", "ebn0", "rate", "low", "high", "frame_errors", "matrix", "source"]
LINE_POINTS = 81


def published_points(
    codes: Sequence[LinearCode], metric: str, chosen: Sequence[str], span: tuple[float, float]
) -> pd.DataFrame:
    """Published points of these codes within a range of Eb/N0, with the columns PUBLISHED_COLUMNS."""
    names = [code.name for code in codes if (code.standard or code).family != FILE_FAMILY]
    rows = dict.fromkeys(row for name in names for row in _published(name, metric, chosen) if _within(row[1], span))
    return pd.DataFrame(list(rows), columns=PUBLISHED_COLUMNS)


def lines(
    codes: Sequence[LinearCode], metric: str, chosen: Sequence[str], span: tuple[float, float]
) -> tuple[pd.DataFrame, list[str]]:
    """Bounds and closed forms with the columns name, ebn0, rate, and the names of codes whose weights are not known."""
    ebn0 = np.linspace(*span, LINE_POINTS)
    found: dict[str, np.ndarray] = {}
    unknown = []
    for code in dict.fromkeys(code.standard or code for code in codes):
        if UNION in chosen and has_union_bound(code):
            bound = union_bound_fer if metric == "FER" else union_bound_ber
            found[f"{code.name}, union bound"] = bound(code, ebn0)
        elif UNION in chosen:
            unknown.append(code.name)
        if NORMAL in chosen and metric == "FER" and code.k > np.log2(code.n) / 2:
            found[f"({code.n},{code.k}), normal approximation"] = normal_approximation_fer(code.n, code.k, ebn0)
    bits = np.array([uncoded_bit_error_rate(value) for value in ebn0])
    if UNCODED in chosen and metric == "BER":
        found["uncoded BPSK, closed form"] = bits
    elif UNCODED in chosen:
        for n in dict.fromkeys(code.n for code in codes):
            found[f"{n} uncoded bits, closed form"] = 1 - (1 - bits) ** n
    parts = [pd.DataFrame({"name": name, "ebn0": ebn0, "rate": rate}) for name, rate in found.items()]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["name", "ebn0", "rate"])
    return table, unknown


def curve_note(metric: str, unknown: Sequence[str]) -> str:
    """How the error-rate figure is read; `unknown` are the codes whose union bound is asked for and not known."""
    return (
        "Bands and bars are 95 % intervals; published points without one do not state it. Hollow: fewer than 100 frame "
        "errors, or an estimate worth fewer. Triangle: no error yet, upper limit."
        + (f" No union bound: the weights of {', '.join(unknown)} cannot be counted here." if unknown else "")
        + (f" FER shows what is known of that rate alone: {', '.join(FER_ALONE)}." if metric == "BER" else "")
    )


def _published(name: str, metric: str, chosen: Sequence[str]) -> Iterator[tuple[object, ...]]:
    if ML in chosen and metric == "FER":
        for point in maximum_likelihood_curve(name):
            yield (
                f"{point.code}, maximum likelihood", point.ebn0_db, point.fer, *point.fer_interval,
                point.frame_errors, "any", point.source,
            )  # fmt: skip
    for kind in (kind for kind, option in KINDS.items() if option in chosen):
        for point in decoder_curves(name, kind, metric.lower()):
            if (metric == "BER" and point.bits != "code") or point.decoder in SMALLER:  # ours is over all n bits
                continue
            low, high = point.interval or (np.nan, np.nan)
            yield (
                f"{point.code}{OTHER[point.relation]}, {point.decoder}", point.ebn0_db, point.value, low, high,
                point.frame_errors, point.matrix, point.source,
            )  # fmt: skip


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]
