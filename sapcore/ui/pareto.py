"""The trade-off of a run: bit error rate against cost at one Eb/N0."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import streamlit as st

from sapcore.codes import LinearCode
from sapcore.complexity import Complexity
from sapcore.errors import InputError
from sapcore.figures import COSTS, pareto_figure
from sapcore.runs import Run
from sapcore.ui.controls import choice, select
from sapcore.ui.show import show_figure
from sapcore.ui.shown_run import changed_here
from sapcore.ui.theme import current_theme
from sapcore.variants import decoder_complexity, decoder_digest

TRADE_OFF_KEYS = "t_cost", "t_at"


def trade_off_controls(run: Run) -> tuple[str, float]:
    """What the cost is counted in, and at which Eb/N0 (dB) of the run it is set against the error rate."""
    meanings = "; ".join(f"{name}: {text}" for name, text in COSTS.items())
    cost = choice("Cost", list(COSTS), TRADE_OFF_KEYS[0], help=f"Of the trade-off under the curves. {meanings}.")
    places = {f"{value:g}": value for value in reversed(run.spec.ebn0)}
    return cost, places[select("Trade-off at (dB)", list(places), TRADE_OFF_KEYS[1], width=150, silent=changed_here())]


def pareto_points(run: Run, ebn0: float) -> pd.DataFrame:
    """The measured points of a run at `ebn0` dB with what their decoders cost; no cost where there is no network."""
    codes = {code.digest: code for code in run.codes}
    rows = []
    for point in run.points:
        if point.ebn0_db == ebn0 and point.counts.frames:
            cost = _cost(point.decoder, point.decoder_digest, codes[point.code])
            rows.append(
                {
                    "code": point.code_name,
                    "decoder": point.decoder,
                    **point.counts.row(),
                    "MACs": cost and cost.macs,
                    "bytes": cost and cost.bytes,
                    "time": 1000 * point.seconds / point.counts.frames,
                }
            )
    return pd.DataFrame(rows)


def trade_off(run: Run, ebn0: float, cost: str) -> None:
    """The figure and its table."""
    points = pareto_points(run, ebn0)
    if points.empty:
        st.caption(f"Nothing has been measured at {ebn0:g} dB yet.")
    elif points[cost].isna().all():
        st.caption(f"No {cost} are known of decoders without a network; their cost can be counted in time.")
    else:
        columns = ["code", "decoder", "ber", "ber_low", "ber_high", "frames", "frame_errors", *COSTS]
        show_figure(pareto_figure(points, cost, current_theme()), points[columns], "trade-off")
        if cost == "MACs" and points["decoder"].str.contains("/passes:", regex=False).any():
            st.caption(
                "MACs of several passes are those of the first. The share of frames that go on is at most the frame "
                "error rate of one pass; time counts every pass."
            )


@lru_cache(maxsize=512)
def _cost(decoder: str, digest: str, code: LinearCode) -> Complexity | None:
    try:
        same = decoder_digest(decoder, code) == digest
        return decoder_complexity(decoder, code) if same else None
    except InputError:  # the decoder is gone, its points are not
        return None
