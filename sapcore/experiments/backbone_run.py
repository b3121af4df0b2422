"""Runs the experiment on the backbone. It goes on where it stopped: points lie in the store."""

from collections.abc import Callable

from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_report import report
from sapcore.experiments.backbone_results import FILE, rows
from sapcore.experiments.work import Wait, measure_groups, worker_pool, write_results
from sapcore.runs import Run
from sapcore.simulation import Store


def run_backbone(store: Store, measure: Callable[[Run], bool], wait: Wait, processes: int) -> bool:
    """Measure whatever is missing, and write backbone.csv and backbone.md after each group; False where interrupted.

    Args:
        store: of the measured blocks.
        measure: brings a run to its end, False where it was interrupted.
        wait: see `Wait`; nothing has to be trained.
        processes: at most; with nothing to train none starts.
    """
    with worker_pool(processes) as pool:
        return measure_groups(
            list(backbone_plan.groups()),
            lambda group: (),
            lambda group: backbone_plan.rule(max(group.ebn0)),
            store,
            pool,
            measure,
            wait,
            lambda: _write(store),
        )


def _write(store: Store) -> None:
    found = rows(store, FILE)
    write_results(FILE, found, report(found))
