"""What a run has measured and what has been published, as tables."""

from __future__ import annotations

import pandas as pd

from sapcore.runs import Run
from sapcore.runs.describe import point_row
from sapcore.simulation import maximum_likelihood_curve


def results_table(run: Run) -> pd.DataFrame:
    """One row a point, in the order of the request, those without a frame yet included; progress in percent."""
    rows = [(point_row(point, run.spec.seed), int(100 * point.fraction)) for point in run.points]
    return pd.DataFrame([row | {"progress": percent} for row, percent in rows])


def no_results() -> pd.DataFrame:
    """The table of a run without points."""
    return pd.DataFrame(columns=["code", "decoder", "ebn0", "frames", "frame_errors"])


def published_points(names: tuple[str, ...], ebn0_range: tuple[float, float]) -> pd.DataFrame:
    """Published maximum-likelihood frame error rates of these codes, in any of their forms, within a range of Eb/N0.

    Columns code, ebn0, fer, fer_low, fer_high, frame_errors, source; code is the name the curve is published under.
    """
    low, high = ebn0_range
    found = {point: None for name in names for point in maximum_likelihood_curve(name) if low <= point.ebn0_db <= high}
    rows = [(p.code, p.ebn0_db, p.fer, *p.fer_interval, p.frame_errors, p.source) for p in found]
    return pd.DataFrame(rows, columns=["code", "ebn0", "fer", "fer_low", "fer_high", "frame_errors", "source"])
