"""Runs the experiment on the backbone. It goes on where it stopped: blocks lie in the store."""

from collections.abc import Callable

from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_report import report
from sapcore.experiments.backbone_results import ESTIMATES, FILE, estimated_rows, estimations, rows, together
from sapcore.experiments.work import Wait, measure_groups, worker_pool, write_results, write_table
from sapcore.runs import Run
from sapcore.simulation import Store


def run_backbone(store: Store, measure: Callable[[Run], bool], wait: Wait, processes: int) -> bool:
    """Measure whatever is missing, and write the results after each group; False where it was interrupted.

    Args:
        store: of the measured blocks.
        measure: brings a run to its end, False where it was interrupted.
        wait: see `Wait`.
        processes: that estimate at once.
    """
    pool = worker_pool(processes)
    try:
        return measure_groups(
            list(backbone_plan.groups()),
            lambda group: estimations(group, store.path),
            lambda group: backbone_plan.RULE,
            store,
            pool,
            measure,
            wait,
            lambda: _write(store),
            to_make="to estimate",
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _write(store: Store) -> None:
    counted, estimated = rows(store, FILE), estimated_rows(store, ESTIMATES)
    write_table(ESTIMATES, estimated)
    write_results(FILE, counted, report(together(counted, estimated)))
