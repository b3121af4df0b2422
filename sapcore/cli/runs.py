"""`runs`: list, show, cancel, resume and watch background runs."""

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sapcore.cli.output import add_json_option, add_verb, print_json, print_table

if TYPE_CHECKING:
    from sapcore.runs import Run

COLUMNS = ("id", "state", "created", "points", "percent", "frames", "request")


def add_parser(verbs: Any) -> None:
    """Add the verb and its actions."""
    parser = add_verb(verbs, "runs", "Manage background runs.", "python -m sapcore runs list")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = add_verb(actions, "list", "List all runs, newest first.", "python -m sapcore runs list --json")
    add_json_option(listing)
    listing.set_defaults(function=list_all)
    for name, function, summary in (
        ("show", show, "Print what a run has measured so far, and where it stands."),
        ("cancel", cancel, "Tell a run to stop; its finished blocks are kept."),
        ("resume", resume, "Go on with a cancelled or failed run, and print its rows. Ctrl-C cancels it again."),
        ("watch", watch, "Follow a run until it ends, and print its rows. Ctrl-C leaves the run alone."),
    ):
        action = add_verb(actions, name, summary, f"python -m sapcore runs {name} 3fa9c1")
        action.add_argument("run", metavar="RUN", help="run id, or the first digits of it")
        if function is not cancel:
            add_json_option(action)
        action.set_defaults(function=function)


def list_all(arguments: argparse.Namespace) -> int:
    """List all runs."""
    from sapcore.runs import list_runs
    from sapcore.simulation import Store

    runs = list_runs(Store())
    if arguments.json:
        print_json([_summary(run) for run in runs])
        return 0
    print_table([_line(run) for run in runs], COLUMNS)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one run."""
    from sapcore.cli.follow import measured_rows, print_rows, standing
    from sapcore.runs import get_run
    from sapcore.simulation import Store

    run = get_run(Store(), arguments.run)
    if arguments.json:
        print_json({**_summary(run), "rows": measured_rows(run)})
        return 0
    print(standing(run), file=sys.stderr)
    if run.message:
        print(run.message, file=sys.stderr)
    print_rows(run, as_json=False)
    return 0


def cancel(arguments: argparse.Namespace) -> int:
    """Tell one run to stop."""
    from sapcore.errors import InputError
    from sapcore.runs import cancel, get_run
    from sapcore.simulation import Store

    store = Store()
    run = get_run(store, arguments.run)
    if not run.state.is_open:
        raise InputError(f"Run {run.id} is {run.state}; only a queued or running one can be cancelled.")
    cancel(store, run.id)
    print(f"Run {run.id} stops; its finished blocks are kept.", file=sys.stderr)
    return 0


def resume(arguments: argparse.Namespace) -> int:
    """Queue one run again and follow it."""
    from sapcore.cli.follow import finish, follow
    from sapcore.runs import resume
    from sapcore.simulation import Store

    store = Store()
    run = resume(store, arguments.run)
    return finish(follow(store, run.id, arguments.json, cancel_on_interrupt=True), arguments.json)


def watch(arguments: argparse.Namespace) -> int:
    """Follow one run."""
    from sapcore.cli.follow import finish, follow
    from sapcore.runs import get_run
    from sapcore.simulation import Store

    store = Store()
    run = get_run(store, arguments.run)
    return finish(follow(store, run.id, arguments.json, cancel_on_interrupt=False), arguments.json)


def _summary(run: "Run") -> dict[str, Any]:
    return {
        "id": run.id,
        "state": str(run.state),
        "cancelling": run.cancelling,
        "message": run.message,
        "created": run.created,
        "codes": list(run.code_names.values()),
        "decoders": list(run.spec.decoders),
        "ebn0": list(run.spec.ebn0),
        "seed": run.spec.seed,
        "points": len(run.points),
        "points_done": run.points_done,
        "fraction": run.fraction,
        "frames": run.frames,
        "frames_per_second": run.rate,
        "seconds_left": run.seconds_left,
    }


def _line(run: "Run") -> dict[str, Any]:
    from sapcore.runs.describe import label

    return {
        "id": run.id,
        "state": str(run.state),
        "created": datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M"),
        "points": f"{run.points_done}/{len(run.points)}",
        "percent": f"{100 * run.fraction:.0f}",
        "frames": run.frames,
        "request": label(run),
    }
