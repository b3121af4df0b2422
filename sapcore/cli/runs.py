"""`runs`: list, show, steer and watch background runs, and take in those of another store."""

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sapcore.cli import report
from sapcore.cli.output import RUN_HELP, add_json_option, add_verb, print_json, print_table

if TYPE_CHECKING:
    from sapcore.runs import Run

PRIORITIES = ("low", "normal", "high")
COLUMNS = ("id", "state", "priority", "created", "points", "percent", "frames", "request")


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
        ("pause", pause, "Let a run rest until it is resumed; its finished blocks are kept."),
        ("resume", resume, "Go on with a run that is not done, and print its rows. Ctrl-C cancels it again."),
        ("watch", watch, "Follow a run until it ends, and print its rows. Ctrl-C leaves the run alone."),
    ):
        action = add_verb(actions, name, summary, f"python -m sapcore runs {name} 3fa9c1")
        action.add_argument("run", metavar="RUN", help=RUN_HELP)
        if function not in (cancel, pause):
            add_json_option(action)
        action.set_defaults(function=function)
    ranking = add_verb(
        actions,
        "priority",
        "Give a run another priority. Those of the highest get workers first, in turn among equals.",
        "python -m sapcore runs priority 3fa9c1 low",
    )
    ranking.add_argument("run", metavar="RUN", help=RUN_HELP)
    ranking.add_argument("priority", choices=PRIORITIES)
    ranking.set_defaults(function=set_priority)
    report.add_action(actions)
    merging = add_verb(
        actions,
        "merge",
        "Add what another store has measured, such as one of another machine, counting no block twice.",
        "python -m sapcore runs merge other/results.sqlite --json",
    )
    merging.add_argument("file", metavar="FILE", help="results.sqlite of another data folder, which stays as it is")
    add_json_option(merging)
    merging.set_defaults(function=merge)


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
    if not (run.state.is_open or run.state == "paused"):
        raise InputError(f"Run {run.id} is {run.state}; only a queued, running or paused one can be cancelled.")
    cancel(store, run.id)
    print(f"Run {run.id} stops; its finished blocks are kept.", file=sys.stderr)
    return 0


def pause(arguments: argparse.Namespace) -> int:
    """Let one run rest."""
    from sapcore.errors import InputError
    from sapcore.runs import get_run, pause
    from sapcore.simulation import Store

    store = Store()
    run = get_run(store, arguments.run)
    if not run.state.is_open:
        raise InputError(f"Run {run.id} is {run.state}; only a queued or running one can be paused.")
    pause(store, run.id)
    print(f"Run {run.id} pauses. To go on: python -m sapcore runs resume {run.id}", file=sys.stderr)
    return 0


def set_priority(arguments: argparse.Namespace) -> int:
    """Give one run another priority."""
    from sapcore.runs import Priority, set_priority
    from sapcore.simulation import Store

    run = set_priority(Store(), arguments.run, Priority.parse(arguments.priority))
    print(f"Run {run.id} has {run.priority} priority.", file=sys.stderr)
    return 0


def merge(arguments: argparse.Namespace) -> int:
    """Take in the blocks of another store."""
    from dataclasses import asdict

    from sapcore.simulation import Store, merge

    merged = merge(Store(), arguments.file)
    if arguments.json:
        print_json(asdict(merged))
        return 0
    print(
        f"{merged.added} blocks were added, {merged.known} were known here, "
        f"and {merged.different} are known here with different counts, which stay."
    )
    return 0


def resume(arguments: argparse.Namespace) -> int:
    """Queue one run again and follow it."""
    from sapcore.cli.follow import finish, follow
    from sapcore.runs import resume, worker_count
    from sapcore.simulation import Store

    worker_count()  # refuses a bad SAP_WORKERS before the run is queued
    store = Store()
    run = resume(store, arguments.run)
    return finish(follow(store, run.id, arguments.json, cancel_on_interrupt=True), arguments.json)


def watch(arguments: argparse.Namespace) -> int:
    """Follow one run."""
    from sapcore.cli.follow import finish, follow
    from sapcore.runs import get_run, worker_count
    from sapcore.simulation import Store

    worker_count()
    store = Store()
    run = get_run(store, arguments.run)
    return finish(follow(store, run.id, arguments.json, cancel_on_interrupt=False), arguments.json)


def _summary(run: "Run") -> dict[str, Any]:
    return {
        "id": run.id,
        "state": str(run.state),
        "priority": str(run.priority),
        "cancelling": run.cancelling,
        "pausing": run.pausing,
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
        "priority": str(run.priority),
        "created": datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M"),
        "points": f"{run.points_done}/{len(run.points)}",
        "percent": f"{100 * run.fraction:.0f}",
        "frames": run.frames,
        "request": label(run),
    }
