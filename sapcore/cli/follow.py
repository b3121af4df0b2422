"""Follow a run from the terminal, and print what it measured."""

import sys
import time
from typing import TYPE_CHECKING

from sapcore.cli.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED
from sapcore.cli.output import print_json, print_table

if TYPE_CHECKING:
    from sapcore.runs import Run
    from sapcore.simulation import Store

POLL_SECONDS = 0.2
LINE_SECONDS = 60.0  # between two progress lines where no point ends
INTERVALS = ("fer", "fer_low", "fer_high", "ber", "ber_low", "ber_high")
COLUMNS = ("code", "decoder", "ebn0", "frames", "frame_errors", *INTERVALS)


def follow(store: "Store", run_id: str, as_json: bool, cancel_on_interrupt: bool) -> "Run":
    """Wait until the run is no longer open, with a runner working on it, and return it.

    Progress goes to standard error: to a terminal as one line that changes, elsewhere, unless `as_json`, as a line at
    each finished point and each minute. Ctrl-C cancels the run if `cancel_on_interrupt`, and otherwise only stops
    following it, as KeyboardInterrupt.
    """
    from sapcore.runs import cancel, get_run

    try:
        return _wait(store, run_id, as_json)
    except KeyboardInterrupt:
        if not cancel_on_interrupt:
            raise
        cancel(store, run_id)
        while get_run(store, run_id).cancelling:  # until the runner obeys, or is found to be gone
            time.sleep(POLL_SECONDS)
            cancel(store, run_id)
        return get_run(store, run_id)


def _wait(store: "Store", run_id: str, as_json: bool) -> "Run":
    from sapcore.runs import count_starts, get_run

    shows = sys.stderr.isatty()
    points_said, said = -1, 0.0
    starts, frames = 0, 0
    try:
        while True:
            run = get_run(store, run_id)
            if shows:
                print(f"\r\x1b[K{standing(run)}", end="", file=sys.stderr, flush=True)
            if not run.state.is_open:
                return run
            now = time.monotonic()
            if not shows and not as_json and (run.points_done > points_said or now - said >= LINE_SECONDS):
                print(standing(run), file=sys.stderr, flush=True)
                points_said, said = run.points_done, now
            if run.frames > frames:
                starts, frames = 0, run.frames
            starts = count_starts(store, starts)
            time.sleep(POLL_SECONDS)
    finally:
        if shows:
            print(file=sys.stderr)


def standing(run: "Run") -> str:
    """One line on where a run stands."""
    from sapcore.runs.describe import progress

    return f"run {run.id}: {run.state}, {progress(run)}"


def finish(run: "Run", as_json: bool) -> int:
    """Print the rows of a run that is no longer open, and say on standard error what became of it; the exit code."""
    if run.state == "done":
        print_rows(run, as_json)
        return 0
    if run.state == "failed":
        print(run.message, file=sys.stderr)
        return EXIT_FAILED
    print(
        f"Run {run.id} was {run.state}; its finished blocks are kept. To go on: python -m sapcore runs resume {run.id}",
        file=sys.stderr,
    )
    return EXIT_INTERRUPTED


def print_rows(run: "Run", as_json: bool) -> None:
    """Print one row a point, those without a block yet left out."""
    rows = measured_rows(run)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)


def measured_rows(run: "Run") -> list[dict[str, object]]:
    """One row a point, those without a block yet left out."""
    from sapcore.runs.describe import point_row

    return [point_row(point) for point in run.points if point.counts.frames]
