"""What the decoders of a run cost beside their error rates."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.complexity import Complexity
from sapcore.errors import InputError
from sapcore.figures import COSTS
from sapcore.runs import Run
from sapcore.variants import decoder_complexity, decoder_digest

Curve = tuple[str, str]
"""Digest of the code and spec of the decoder: a key of `RunSpec.digests`."""
TRADE_OFF_COLUMNS = ["code", "decoder", "ber", "ber_low", "ber_high", "frames", "frame_errors", *COSTS]


def pareto_points(run: Run, ebn0: float) -> pd.DataFrame:
    """The measured points of a run at `ebn0` dB with what their decoders cost; no cost where there is no network."""
    codes = {code.digest: code for code in run.codes}
    rows = []
    for point in run.points:
        if point.ebn0_db == ebn0 and point.counts.frames:
            cost = known_cost(point.decoder, point.decoder_digest, codes[point.code])
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


def why_no_trade_off(points: pd.DataFrame, ebn0: float, cost: str) -> str | None:
    """One sentence where `pareto_points` at `ebn0` dB hold nothing to draw over `cost`, else None."""
    if points.empty:
        return f"Nothing has been measured at {ebn0:g} dB yet."
    if points[cost].isna().all():
        return f"No {cost} are known of decoders without a network; their cost can be counted in time."
    return None


def passes_note(points: pd.DataFrame) -> str | None:
    """What the MACs of decoders of several passes are, None where `points` have none such."""
    if not points["decoder"].str.contains("/passes:", regex=False).any():
        return None
    return (
        "MACs of several passes are those of the first. The share of frames that go on is at most the frame "
        "error rate of one pass; time counts every pass."
    )


def cost_ratios(run: Run, curve: Curve, against: Curve) -> dict[str, float | None]:
    """MACs, bytes and time a frame of one curve over those of another, by key of COSTS; None where not known.

    The time is that of the Eb/N0 at which both have been measured.
    """
    codes = {code.digest: code for code in run.codes}
    first, second = (known_cost(one[1], run.spec.digests[one], codes[one[0]]) for one in (curve, against))
    known = first is not None and second is not None
    here, there = (_times(run, one) for one in (curve, against))
    common = here.keys() & there.keys()
    frames = [sum(one[ebn0][1] for ebn0 in common) for one in (here, there)]
    seconds = [sum(one[ebn0][0] for ebn0 in common) for one in (here, there)]
    timed = all(frames) and seconds[1] > 0
    return {
        "MACs": first.macs / second.macs if known and second.macs else None,
        "bytes": first.bytes / second.bytes if known and second.bytes else None,
        "time": seconds[0] / frames[0] / (seconds[1] / frames[1]) if timed else None,
    }


@lru_cache(maxsize=512)
def known_cost(decoder: str, digest: str, code: LinearCode) -> Complexity | None:
    """The cost of a decoder, None where it has no network, or is gone, or is no longer the one with this digest."""
    try:
        same = decoder_digest(decoder, code) == digest
        return decoder_complexity(decoder, code) if same else None
    except InputError:  # the decoder is gone, its points are not
        return None


def _times(run: Run, curve: Curve) -> dict[float, tuple[float, int]]:
    """Seconds and frames of one curve, by Eb/N0."""
    return {
        point.ebn0_db: (point.seconds, point.counts.frames)
        for point in run.points
        if (point.code, point.decoder) == curve and point.counts.frames
    }
