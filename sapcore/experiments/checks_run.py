"""Runs the experiment on redundant checks. It goes on where it stopped: points lie in the store."""

from collections.abc import Callable

from sapcore.experiments import checks_plan
from sapcore.experiments.checks_report import report
from sapcore.experiments.checks_results import FILE, measured_rows
from sapcore.experiments.checks_sets import matrix
from sapcore.experiments.work import Wait, measure_groups, worker_pool, write_results
from sapcore.runs import Run
from sapcore.simulation import Store


def run_checks(store: Store, measure: Callable[[Run], bool], wait: Wait, processes: int) -> bool:
    """Measure whatever is missing, and write checks.csv and checks.md after each group; False where interrupted.

    Args:
        store: of the measured blocks.
        measure: brings a run to its end, False where it was interrupted.
        wait: see `Wait`; nothing has to be trained.
        processes: at most; with nothing to train none starts.
    """
    with worker_pool(processes) as pool:
        return measure_groups(
            list(checks_plan.groups()),
            lambda group: (),
            lambda group: checks_plan.RULE,
            store,
            pool,
            measure,
            wait,
            lambda: _write(store),
            matrix,
        )


def _write(store: Store) -> None:
    rows = measured_rows(store)
    write_results(FILE, rows, report(rows))
