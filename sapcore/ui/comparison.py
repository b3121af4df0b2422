"""The decoders of a run side by side: paired verdicts on common frames, and gaps in dB."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from sapcore.runs import PointProgress, Run
from sapcore.simulation import Crossing, PointKey, compare, crossing, gap
from sapcore.ui.controls import select
from sapcore.ui.recipe import compare_command
from sapcore.ui.show import show_table
from sapcore.ui.shown_run import changed_here
from sapcore.ui.text import plain

COMPARISON_KEYS = "t_against", "t_rate"
RATES = "1e-2", "1e-3", "1e-4", "1e-5", "1e-6"


def comparison_controls(run: Run) -> tuple[str, float] | None:
    """The decoder that the others are compared with, and the error rate at which; None where there is but one."""
    if len(run.spec.decoders) < 2:
        return None
    against = select("Compare with", run.spec.decoders, COMPARISON_KEYS[0], width=230, silent=changed_here())
    return against, float(select("Gap at rate", RATES, COMPARISON_KEYS[1], width=130))


def comparison(run: Run, against: str, rate: float, metric: str) -> None:
    """Verdicts and gaps of every other decoder against one."""
    found = list(_verdicts(run, against))
    st.subheader(f"Against {plain(against)}")
    st.caption(
        "McNemar's test on the frames that both decoders saw: only frames that one alone decoded rightly tell them "
        "apart. The sentences are of the Eb/N0 with most such frames. Each test at the 5 % level, not corrected for "
        "their number. The gap is how many dB more a decoder needs for the same rate, between measured points."
    )
    clearest: dict[tuple[object, ...], dict[str, object]] = {}
    for row in found:
        before = clearest.setdefault(row["pair"], row)
        if row["right"] + row["wrong"] > before["right"] + before["wrong"]:
            clearest[row["pair"]] = row
    for row in clearest.values():
        st.markdown(f"{plain(row['code'])}: {plain(row['verdict'])}")
    if found:
        table = pd.DataFrame(found).drop(columns=["pair", "verdict"])
        show_table(table, "discordant-frames", f"Discordant frames of {len(table)} pairs of points.", VERDICTS)
    gaps = pd.DataFrame(_gaps(run, against, metric, rate))
    show_table(gaps, "gaps", f"Eb/N0 of each decoder at {metric} {rate:g}, and the gap to {against}.", GAPS)
    with st.expander("How this was made", icon=":material/terminal:"):
        for code in run.codes:
            st.code(compare_command(code, run.spec, against), language="bash", wrap_lines=True)


def _verdicts(run: Run, against: str) -> Iterator[dict[str, object]]:
    points = {(point.code, point.decoder, point.ebn0_db): point for point in run.points if point.counts.frames}
    for (code, decoder, ebn0), point in points.items():
        base = points.get((code, against, ebn0))
        if decoder == against or base is None:
            continue
        found = compare(run.store, _key(point, run), _key(base, run))
        if found.frames:
            yield {
                "pair": (code, decoder),
                "code": point.code_name,
                "decoder": decoder,
                "ebn0": ebn0,
                "frames": found.frames,
                "right": found.second_only,
                "wrong": found.first_only,
                "p_value": found.p_value,
                "ratio": found.ratio,
                "verdict": f"at {ebn0:g} dB {found.verdict(decoder, against)}",
            }


def _key(point: PointProgress, run: Run) -> PointKey:
    return PointKey(point.code, point.decoder_digest, point.ebn0_db, run.spec.seed)


def _gaps(run: Run, against: str, metric: str, rate: float) -> Iterator[dict[str, object]]:
    found = {(code, decoder): _crossing(run, code, decoder, metric, rate) for code, decoder in run.spec.digests}
    for (code, decoder), here in found.items():
        base = found[code, against]
        more = gap(here, base) if here and base and decoder != against else None
        yield {
            "code": run.code_names[code],
            "decoder": decoder,
            "ebn0": here and here.ebn0,
            "interval": f"{here.low:.2f} to {here.high:.2f}" if here else "not between measured points",
            "gap": more and more.ebn0,
            "gap_interval": f"{more.low:+.2f} to {more.high:+.2f}" if more else "",
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


_NUMBER = st.column_config.NumberColumn
VERDICTS = {
    "code": "Code",
    "decoder": "Decoder",
    "ebn0": _NUMBER("Eb/N0 (dB)", format="%.2f"),
    "frames": _NUMBER("Common frames", format="localized"),
    "right": _NUMBER("Only this one right", format="localized"),
    "wrong": _NUMBER("Only this one wrong", format="localized"),
    "p_value": _NUMBER("p", format="%.2g"),
    "ratio": _NUMBER("FER ratio", format="%.3f"),
}
GAPS = {
    "code": "Code",
    "decoder": "Decoder",
    "ebn0": _NUMBER("Eb/N0 at the rate (dB)", format="%.2f"),
    "interval": "95 % interval (dB)",
    "gap": _NUMBER("Gap (dB)", format="%+.2f"),
    "gap_interval": "95 % interval of the gap (dB)",
}
