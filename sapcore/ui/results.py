"""What a run has measured and what has been published, as tables."""

from __future__ import annotations

import math

import pandas as pd

from sapcore.runs import PointProgress, Run
from sapcore.simulation import maximum_likelihood_curve


def results_table(run: Run) -> pd.DataFrame:
    """One row a point, in the order of the request, those without a frame yet included."""
    return pd.DataFrame([_row(point, run.spec.seed) for point in run.points])


def no_results() -> pd.DataFrame:
    """The table of a run without points."""
    return pd.DataFrame(columns=["code", "decoder", "ebn0", "frames", "frame_errors"])


def _row(point: PointProgress, seed: int) -> dict[str, object]:
    counts = point.counts
    fer_low, fer_high = counts.fer_interval if counts.frames else (math.nan, math.nan)
    ber_low, ber_high = counts.ber_interval if counts.frames else (math.nan, math.nan)
    return {
        "code": point.code_name,
        "decoder": point.decoder,
        "ebn0": point.ebn0_db,
        "progress": int(100 * point.fraction),
        "frames": counts.frames,
        "frame_errors": counts.frame_errors,
        "bits": counts.bits,
        "bit_errors": counts.bit_errors,
        "fer": counts.fer,
        "fer_low": fer_low,
        "fer_high": fer_high,
        "ber": counts.ber,
        "ber_low": ber_low,
        "ber_high": ber_high,
        "seconds": point.seconds,
        "seed": seed,
        "code_digest": point.code,
    }


def published_points(names: tuple[str, ...], ebn0_range: tuple[float, float]) -> pd.DataFrame:
    """Published maximum-likelihood frame error rates of these codes, in any of their forms, within a range of Eb/N0.

    Columns code, ebn0, fer, fer_low, fer_high, frame_errors, source; code is the name the curve is published under.
    """
    low, high = ebn0_range
    found = {point: None for name in names for point in maximum_likelihood_curve(name) if low <= point.ebn0_db <= high}
    rows = [(p.code, p.ebn0_db, p.fer, *p.fer_interval, p.frame_errors, p.source) for p in found]
    return pd.DataFrame(rows, columns=["code", "ebn0", "fer", "fer_low", "fer_high", "frame_errors", "source"])
