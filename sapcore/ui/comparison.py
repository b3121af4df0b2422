"""The curves of a run side by side: paired verdicts on common frames, gaps in dB, ratios of cost."""

from __future__ import annotations

import streamlit as st

from sapcore.report.against import AGAINST_NOTE, VERDICT_COLUMNS, bases, clearest, gaps, verdicts
from sapcore.report.recipe import compare_commands, compare_lines
from sapcore.runs import Run
from sapcore.ui.controls import select
from sapcore.ui.glossary import about
from sapcore.ui.show import show_table
from sapcore.ui.show_recipe import show_recipe
from sapcore.ui.shown_run import changed_here
from sapcore.ui.text import plain

COMPARISON_KEYS = "t_against", "t_rate"
RATES = "1e-2", "1e-3", "1e-4", "1e-5", "1e-6"


def comparison_controls(run: Run) -> tuple[str, float] | None:
    """What the curves are compared with, and the error rate at which; None where there is but one."""
    offered = bases(run)
    if not offered:
        return None
    against = select(
        "Compare with",
        offered,
        COMPARISON_KEYS[0],
        width=230,
        help=about(
            "McNemar's test",
            then="A decoder: each code with itself under that decoder. CODE, DECODER: every curve with this one.",
        ),
        silent=changed_here(),
    )
    return against, float(select("Gap at rate", RATES, COMPARISON_KEYS[1], width=130))


def comparison(run: Run, against: str, rate: float, metric: str) -> None:
    """Verdicts, gaps and ratios of every other curve against one."""
    found = verdicts(run, against)
    st.subheader(f"Against {plain(against)}", help=about("McNemar's test"))
    st.caption(AGAINST_NOTE)
    for sentence in clearest(found)["verdict"]:
        st.markdown(plain(sentence))
    codes = list(run.codes)
    if len(found):
        alt = f"Discordant frames of {len(found)} pairs of points."
        show_table(found[VERDICT_COLUMNS], "discordant-frames", alt, VERDICTS, codes)
    alt = f"Eb/N0 of each curve at {metric} {rate:g}, the gap to {against}, and the ratio of cost."
    show_table(gaps(run, against, metric, rate), "gaps", alt, GAPS, codes)
    show_recipe(
        codes,
        compare_commands(codes, run.spec, against, found),
        [compare_lines(run.id, against, metric, rate)],
        run.spec.digests,
        ["The Python lines read the run from the store; its own recipe makes it. Time is measured anew."],
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
    "macs_ratio": _NUMBER("MACs ratio", format="%.3f"),
    "bytes_ratio": _NUMBER("Bytes ratio", format="%.3f"),
    "time_ratio": _NUMBER("Time ratio", format="%.3f"),
}
