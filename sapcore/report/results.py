"""What a run has measured, as a table."""

from __future__ import annotations

import pandas as pd

from sapcore.runs import Run
from sapcore.runs.describe import point_row


def results_table(run: Run) -> pd.DataFrame:
    """One row a point, in the order of the request, those without a frame yet included; progress in percent."""
    rows = [(point_row(point, run.spec.seed), int(100 * point.fraction)) for point in run.points]
    return pd.DataFrame([row | {"progress": percent} for row, percent in rows])


def no_results() -> pd.DataFrame:
    """The table of a run without points."""
    return pd.DataFrame(columns=["code", "decoder", "ebn0", "frames", "frame_errors"])
