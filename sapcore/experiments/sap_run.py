"""Runs the experiment on Spectral-Aligned Pruning. It goes on where it stopped: points lie in the store, adapters on
disk.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pandas as pd

from sapcore.codes import catalogue, find
from sapcore.experiments import sap_plan
from sapcore.experiments.accounting import system_table
from sapcore.experiments.mask_statistics import alignment, matrix_or_code, retrieval
from sapcore.experiments.sap_recovery import Recovery, ablations, recoveries
from sapcore.experiments.sap_report import report
from sapcore.experiments.sap_results import FILE, measured_rows
from sapcore.experiments.work import Wait, measure_groups, worker_pool, write_results
from sapcore.pruning.masks import mask_source
from sapcore.recovery.adapter import adapters_of_other_weights, remove_adapter
from sapcore.runs import Run
from sapcore.simulation import Store


def run_sap(
    store: Store,
    measure: Callable[[Run], bool],
    wait: Wait,
    processes: int,
) -> bool:
    """Measure whatever is missing, and write sap.csv and sap.md after each group; False where it was interrupted.

    Once everything is there, adapters that ship for other weights of the backbone are removed.

    Args:
        store: of the measured blocks.
        measure: brings a run to its end, False where it was interrupted.
        wait: see `Wait`.
        processes: that train adapters at once.
    """
    write = _Writer(store)
    groups, pool = list(sap_plan.groups()), worker_pool(processes)
    try:
        if not measure_groups(groups, recoveries, lambda group: sap_plan.RULE, store, pool, measure, wait, write):
            return False
        wait("ranks and steps", [pool.submit(Recovery.measure, one, store.path) for one in ablations()])
    finally:
        pool.shutdown(cancel_futures=True)
    write()
    for old in adapters_of_other_weights(mask_source().backbone, mask_source().digest):
        if old["ships"]:
            remove_adapter(Path(old["folder"]))
    return True


class _Writer:
    """Writes sap.csv and sap.md with what the store holds by now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def _tables(self) -> tuple[pd.DataFrame, ...]:
        codes, source, ratio = catalogue(), mask_source(), sap_plan.MIDDLE
        standard = [find(name).standard for name in sap_plan.CODES]
        redundant = [code for code in codes if code.standard is not None]
        return (
            alignment(codes, source, ratio),
            matrix_or_code(standard, source, ratio),
            retrieval(codes, source, ratio),
            system_table(redundant, source, ratio),
        )

    def __call__(self) -> None:
        rows = measured_rows(self._store)
        write_results(FILE, rows, report(rows, *self._tables))
