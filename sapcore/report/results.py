"""What a run has measured, and what ships, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sapcore.codes import LinearCode
from sapcore.experiments.shipped import shipped_points
from sapcore.runs import Run
from sapcore.runs.describe import point_row
from sapcore.variants import DecoderSpec


def results_table(run: Run) -> pd.DataFrame:
    """One row a point, in the order of the request, those without a frame yet included; progress in percent."""
    rows = [(point_row(point, run.spec.seed), int(100 * point.fraction)) for point in run.points]
    return pd.DataFrame([row | {"progress": percent} for row, percent in rows])


def shipped_results(
    codes: Sequence[LinearCode], decoders: Sequence[str], span: tuple[float, float] = (-np.inf, np.inf)
) -> pd.DataFrame:
    """The points that ship of these decoders, also with bf16 layers, for these codes within a range of Eb/N0 in dB.

    See `shipped_points`.
    """
    specs = [DecoderSpec.parse(text) for text in decoders]
    trained = [spec for spec in specs if spec.base == "fecct"]
    wanted = [str(spec) for spec in (*specs, *(replace(spec, precision="bf16") for spec in trained))]
    found = pd.concat([shipped_points(code, wanted) for code in codes], ignore_index=True)
    return found[found["ebn0"].between(*span)]
