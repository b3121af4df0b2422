"""Curves of the experiment on the backbone: where they take a frame error rate, and how far apart two of them are.

Their points in words: * marks what is worth fewer frame errors than the plan asks for; without any, a rate is a bound.
"""

import math

import pandas as pd

from sapcore.codes import find
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_plan import FRAME_ERRORS
from sapcore.experiments.shipped import longest
from sapcore.simulation import Crossing, crossing, gap

NOT_MEASURED = "not measured"


def curve(rows: pd.DataFrame, code: str, decoder: str) -> pd.DataFrame:
    """The points of a decoder for a code, by rising Eb/N0; of several seeds the one worth most frame errors."""
    ours = rows[(rows["code"] == code) & (rows["decoder"] == decoder)]
    return longest(ours, ["ebn0"]).sort_values("ebn0")


def place(points: pd.DataFrame, level: float) -> Crossing | str:
    """Where a curve takes a frame error rate of `level`, see `crossing`; in words why it does not where it does not."""
    if points.empty:
        return NOT_MEASURED
    rates = points["fer"].tolist()
    intervals = list(zip(points["fer_low"], points["fer_high"], strict=True))
    found = crossing(points["ebn0"].tolist(), rates, intervals, level)
    if found is not None:
        return found
    if rates[0] < level:
        return f"below at {points['ebn0'].iloc[0]:g} dB"
    if rates[-1] > level:
        return f"above at {points['ebn0'].iloc[-1]:g} dB"
    return "no error beyond"


def above_nearest(rows: pd.DataFrame, code: str, decoder: str, level: float) -> Crossing | str:
    """How many dB more a decoder needs for `level` than ML, or what stands for it; in words why it is not known."""
    standard = (find(code).standard or find(code)).name
    spec = backbone_plan.nearest(find(standard))
    ours, theirs = place(curve(rows, code, decoder), level), place(curve(rows, standard, spec), level)
    if isinstance(ours, Crossing) and isinstance(theirs, Crossing):
        return gap(ours, theirs)
    return ours if isinstance(ours, str) else f"{nearest_name(spec)} {theirs}"


def nearest_name(spec: str) -> str:
    """`ml` and `osd:3` as the field writes them, such as "OSD-3"."""
    return spec.upper().replace(":", "-")


def level_text(level: float) -> str:
    """A frame error rate such as "1e-2"."""
    return f"{level:.0e}".replace("e-0", "e-")


def minus_ln_ber(point: pd.Series) -> str:
    """-ln(BER) of a point."""
    if not point["ber"]:
        return f"above {-math.log(point['ber_high']):.2f}*"
    return f"{-math.log(point['ber']):.2f}{_few(point)}"


def fer(point: pd.Series) -> str:
    """The frame error rate of a point."""
    if not point["fer"]:
        return f"below {point['fer_high']:.1e}*"
    return f"{point['fer']:.2e}{_few(point)}"


def _few(point: pd.Series) -> str:
    errors = point["effective_errors"] if math.isnan(point["frame_errors"]) else point["frame_errors"]
    return "*" if errors < FRAME_ERRORS else ""
