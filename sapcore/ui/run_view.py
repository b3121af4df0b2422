"""A run on the page: its state, its curves, its points, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.figures import alt_text, error_rate_figure
from sapcore.report.beside import curve_note, lines, published_points
from sapcore.report.page import Report
from sapcore.report.recipe import RECIPE_NOTE, command_line, python_lines
from sapcore.runs import Run, cancel, count_starts, get_run, log_tail, pause, resume
from sapcore.runs.describe import is_refused, progress
from sapcore.simulation import Store
from sapcore.ui.glossary import about
from sapcore.ui.show import download, figure_downloads, file_name, show_table
from sapcore.ui.show_recipe import show_recipe
from sapcore.ui.text import plain, show_error
from sapcore.ui.theme import current_theme

ABOUT_REPORT = (
    "Curves, comparison, trade-off, sources and commands of this run in one file that any browser opens, without a "
    "network."
)
ICONS = {
    "queued": ":material/schedule:",
    "running": ":material/play_circle:",
    "paused": ":material/pause_circle:",
    "done": ":material/check_circle:",
    "cancelled": ":material/cancel:",
    "failed": ":material/error:",
}


def state_in_words(run: Run) -> str:
    """The state, or what becomes of it."""
    if run.told is None:
        return str(run.state)
    return "stopping" if run.cancelling else "pausing"


def keep_runner(store: Store, runs: Sequence[Run]) -> None:
    """Make sure that open runs have a runner; say so where it ends each time it is started."""
    if not any(run.state.is_open for run in runs):
        return
    frames = sum(run.frames for run in runs)
    before, starts = st.session_state.get("runner starts", (frames, 0))
    try:
        starts = count_starts(store, starts if before == frames else 0)
    except InputError as error:
        show_error(error)
    st.session_state["runner starts"] = (frames, starts)


def run_heading(run: Run) -> None:
    """State, progress and time left."""
    st.progress(run.fraction, f"{ICONS[str(run.state)]} Run `{run.id}` {state_in_words(run)}: {progress(run)}")
    if run.message:
        st.error(plain(run.message))


def run_buttons(store: Store, run: Run, *, stop: str = "Stop", narrow: bool = False) -> None:
    """Pause, resume and stop, which is called `stop`, where they apply.

    They act in callbacks: a page that is drawn again before it comes to a button would lose the press. They are part of
    what is redrawn as runs go on: a whole page drawn meanwhile can be lost on its way to the browser, which then would
    keep buttons of a state long past, while what is redrawn is mended by the next time.
    A refused run cannot be resumed: it would fail again. `narrow` leaves room for one button: stop or resume.
    """
    state, told = str(run.state), run.told is not None
    resumable = state not in ("queued", "running", "done") and not _is_refused(run.id, run.message, run)
    with st.container(horizontal=True, width="content"):
        for name, icon, applies, function in (
            ("Pause", "pause", run.state.is_open and not narrow, pause),
            ("Resume", "play_arrow", resumable, resume),
            (stop, "stop", run.state.is_open or (state == "paused" and not narrow), cancel),
        ):
            if applies:
                st.button(
                    name,
                    icon=f":material/{icon}:",
                    key=f"{name} {run.id}",
                    disabled=told,
                    on_click=_steer,
                    args=(function, store, run),
                )


def _steer(function: Callable[[Store, str], Run], store: Store, drawn: Run) -> None:
    """Do what a button says to a run; to resume, only from the state that the button was drawn for.

    A press that is delivered twice would else take back what was pressed after it.
    """
    try:
        if function is not resume or get_run(store, drawn.id).state is drawn.state:
            function(store, drawn.id)
    except InputError as error:
        show_error(error)


@st.cache_data(max_entries=64, ttl=60, show_spinner=False)
def _is_refused(run_id: str, message: str | None, _run: Run) -> bool:
    return is_refused(_run)


def curves(
    table: pd.DataFrame,
    codes: Sequence[LinearCode],
    metric: str,
    ebn0: Sequence[float],
    floor: float | None,
    beside: Sequence[str],
    report: Report | None = None,
) -> None:
    """The error-rate figure: measured points and what stands `beside` them, from the first to the last Eb/N0.

    `report` is offered beside the figure.
    """
    span = (ebn0[0], ebn0[-1])
    published = published_points(codes, metric, beside, span)
    bounds, unknown = lines(codes, metric, beside, span)
    figure = error_rate_figure(table, metric, current_theme(), published, bounds, ebn0_range=span, floor=floor)
    with st.container(key="curves"):
        st.plotly_chart(figure, theme=None, alt=alt_text(figure), config={"displayModeBar": False})
    st.caption(curve_note(metric, unknown))
    name = file_name("error-rates", codes)
    with st.container(horizontal=True):
        if len(table):
            download("Points (CSV)", lambda: table.to_csv(index=False), f"{name}.csv", "text/csv")
        figure_downloads(figure, "curves", name)
        if report is not None:
            download("Report (HTML)", report.html, report.file_name, "text/html", help=ABOUT_REPORT)
    if len(published) or len(bounds):
        with st.expander("Published points and bounds", icon=":material/menu_book:"):
            if len(published):
                show_table(
                    published, "published", f"{len(published)} published points and their sources.", _columns(), codes
                )
            if len(bounds):
                show_table(bounds, "bounds", "Bounds and closed forms over Eb/N0.", _columns(), codes)


def shipped_table(table: pd.DataFrame) -> None:
    """Where points that ship come from, and their table twin; nothing where there is none."""
    if len(table):
        files = plain(", ".join(table["file"].unique()))
        st.caption(
            f"These points ship, in {files}; they were not measured here. Also of chosen networks with bf16 layers."
        )
        points(table)


def points(table: pd.DataFrame) -> None:
    """The table twin: progress and counts of every point."""
    columns = ["code", "decoder", "ebn0", "progress", "frames", "frame_errors", "effective_errors"]
    columns += [f"{rate}{end}" for rate in ("fer", "ber") for end in ("", "_low", "_high")]
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        column_config=_columns(),
        placeholder="–",
        alt=f"Frames, frame errors and error rates of {len(table)} points.",
    )


def how_made(run: Run, codes: list[LinearCode], *more_lines: str) -> None:
    """The recipe of a run; `more_lines` print what is shown beside its points."""
    show_recipe(
        codes,
        [command_line(codes, run.spec)],
        [python_lines(codes, run.spec), *more_lines],
        run.spec.digests,
        [RECIPE_NOTE],
    )


def log(store: Store) -> None:
    """What the runner and its workers printed last, folded; nothing where they were silent."""
    if text := log_tail(store):
        with st.expander("Log", icon=":material/article:"):
            st.caption("The last that the background processes printed, whichever run they were at.")
            st.code(text, language=None, wrap_lines=True)


def _columns() -> dict[str, object]:
    rate = {"format": "%.2e"}
    end = rate | {"help": about("95 % interval")}
    number = st.column_config.NumberColumn
    return {
        "code": "Code",
        "decoder": st.column_config.Column("Decoder", help=about("decoder spec")),
        "ebn0": number("Eb/N0 (dB)", format="%.2f", help=about("Eb/N0")),
        "progress": st.column_config.ProgressColumn("Progress", min_value=0, max_value=100, format="%d%%"),
        "frames": number("Frames", format="localized"),
        "frame_errors": number("Frame errors", format="localized", help=about("frame error")),
        "effective_errors": number("Worth, if estimated", format="%.0f", help="In counted frame errors."),
        "fer": number("FER", help=about("FER"), **rate),
        "fer_low": number("FER from", **end),
        "fer_high": number("FER to", **end),
        "ber": number("BER", help=about("BER"), **rate),
        "ber_low": number("BER from", **end),
        "ber_high": number("BER to", **end),
        "name": "Curve",
        "rate": number("Error rate", **rate),
        "low": number("from", **end),
        "high": number("to", **end),
        "matrix": "Matrix",
        "source": st.column_config.TextColumn("Source", width="large"),
    }
