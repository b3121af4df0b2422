"""The curves of a run against one of them: verdicts on common frames, gaps in dB, ratios of cost.

What they stand against is a decoder, which is then that decoder of each code, or one curve, "CODE, DECODER", which is
then the same for all codes: see `bases`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from sapcore.report.costs import Curve, cost_ratios
from sapcore.runs import PointProgress, Run
from sapcore.simulation import BLOCK_FRAMES, Comparison, Crossing, PointKey, compare, crossing, gap

AGAINST_NOTE = (
    "McNemar's test on the frames that both decoders saw: only frames that one alone decoded rightly tell them "
    "apart. The sentences are of the Eb/N0 with most such frames. Each test at the 5 % level, not corrected for "
    "their number; codes of other lengths share no frames. The gap is how many dB more a curve needs for the same "
    "rate, between measured points. Ratios of cost are over the same one; that of time is over the Eb/N0 of both."
)
VERDICT_COLUMNS = ["code", "decoder", "ebn0", "frames", "right", "wrong", "p_value", "ratio"]
RATIOS = {"macs_ratio": "MACs", "bytes_ratio": "bytes", "time_ratio": "time"}  # column: key of COSTS
GAP_COLUMNS = ["code", "decoder", "ebn0", "interval", "gap", "gap_interval", *RATIOS]


def bases(run: Run) -> list[str]:
    """What the curves of a run can stand against: its decoders and its curves, where there are several of them."""
    decoders = run.spec.decoders if len(run.spec.decoders) > 1 else ()
    curves = _curve_names(run) if len(run.code_names) > 1 else {}
    return [*decoders, *curves]


def verdicts(run: Run, against: str) -> pd.DataFrame:
    """One row a point of another curve than `against` that shares frames with it: VERDICT_COLUMNS and verdict.

    frames are the common ones; of these, right are those that this curve alone decoded rightly, wrong those that it
    alone decoded wrongly; code_digest tells codes of one name apart.
    """
    return pd.DataFrame(list(_verdicts(run, against)), columns=["code_digest", *VERDICT_COLUMNS, "verdict"])


def clearest(found: pd.DataFrame) -> pd.DataFrame:
    """Of each curve in `verdicts` the row with the most discordant frames, the first of equal ones."""
    most_first = (-(found["right"] + found["wrong"])).sort_values(kind="stable").index
    return found.loc[most_first].drop_duplicates(["code_digest", "decoder"]).sort_index()


def gaps(run: Run, against: str, metric: str, rate: float) -> pd.DataFrame:
    """One row a curve, GAP_COLUMNS: where it takes the rate, how far that is from `against`, and what it costs.

    Args:
        run: with the curves.
        against: one of `bases`.
        metric: "FER" or "BER".
        rate: of that metric.
    """
    return pd.DataFrame(list(_gaps(run, against, metric, rate)), columns=GAP_COLUMNS)


def _curve_names(run: Run) -> dict[str, Curve]:
    """The curves by "CODE, DECODER"; where two codes are called alike, with the digest of the matrix."""
    alike = Counter(run.code_names.values())
    names = {digest: name if alike[name] == 1 else f"{name}@{digest}" for digest, name in run.code_names.items()}
    return {f"{names[code]}, {decoder}": (code, decoder) for code, decoder in run.spec.digests}


def _base(run: Run, code: str, against: str) -> Curve:
    """The curve that one of the code with this digest stands against."""
    return (code, against) if against in run.spec.decoders else _curve_names(run)[against]


def _verdicts(run: Run, against: str) -> Iterator[dict[str, object]]:
    points = {(point.code, point.decoder, point.ebn0_db): point for point in run.points if point.counts.frames}
    lengths = {code.digest: code.n for code in run.codes}
    for (code, decoder, ebn0), point in points.items():
        curve = _base(run, code, against)
        base = points.get((*curve, ebn0))
        if (code, decoder) == curve or base is None or lengths[code] != lengths[curve[0]]:
            continue
        blocks = min(point.counts.frames, base.counts.frames) // BLOCK_FRAMES  # of the run: the store may hold more
        found = compare(run.store, _key(point, run), _key(base, run), blocks)
        if found.frames:
            yield {
                "code_digest": code,
                "code": point.code_name,
                "decoder": decoder,
                "ebn0": ebn0,
                "frames": found.frames,
                "right": found.second_only,
                "wrong": found.first_only,
                "p_value": found.p_value,
                "ratio": found.ratio,
                "verdict": _sentence(found, point, against, against in run.spec.decoders),
            }


def _sentence(found: Comparison, point: PointProgress, against: str, is_decoder: bool) -> str:
    """The verdict at a point; of one code where it stands against a decoder, else of two curves by their names."""
    if is_decoder:
        return f"{point.code_name}: at {point.ebn0_db:g} dB {found.verdict(point.decoder, against)}"
    return f"At {point.ebn0_db:g} dB {found.verdict(f'{point.code_name}, {point.decoder}', against)}"


def _key(point: PointProgress, run: Run) -> PointKey:
    return PointKey(point.code, point.decoder_digest, point.ebn0_db, run.spec.seed)


def _gaps(run: Run, against: str, metric: str, rate: float) -> Iterator[dict[str, object]]:
    found = {(code, decoder): _crossing(run, code, decoder, metric, rate) for code, decoder in run.spec.digests}
    for (code, decoder), here in found.items():
        curve = _base(run, code, against)
        base, itself = found[curve], (code, decoder) == curve
        more = gap(here, base) if here and base and not itself else None
        ratios = {} if itself else cost_ratios(run, (code, decoder), curve)
        yield {
            "code": run.code_names[code],
            "decoder": decoder,
            "ebn0": here and here.ebn0,
            "interval": f"{here.low:.2f} to {here.high:.2f}" if here else "not between measured points",
            "gap": more and more.ebn0,
            "gap_interval": f"{more.low:+.2f} to {more.high:+.2f}" if more else "",
            **{column: ratios.get(cost) for column, cost in RATIOS.items()},
        }


def _crossing(run: Run, code: str, decoder: str, metric: str, rate: float) -> Crossing | None:
    counts = [(point.ebn0_db, point.counts) for point in run.points if (point.code, point.decoder) == (code, decoder)]
    known = [(ebn0, one) for ebn0, one in counts if one.frame_errors]
    name = metric.lower()
    return crossing(
        [ebn0 for ebn0, _ in known],
        [getattr(one, name) for _, one in known],
        [getattr(one, f"{name}_interval") for _, one in known],
        rate,
    )
