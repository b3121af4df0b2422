"""Runs the experiment on sparsity. It goes on where it stopped: points lie in the store, what was learned on disk."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.experiments import sparsity_plan
from sapcore.experiments.order_losses import OrderLosses, order_losses
from sapcore.experiments.sparsity_report import report
from sapcore.experiments.sparsity_results import COMMAND, FILE, LOSSES, measured_rows
from sapcore.experiments.sparsity_work import preparations
from sapcore.experiments.work import Wait, measure_groups, worker_pool, write_results
from sapcore.folders import data_folder
from sapcore.runs import Run
from sapcore.simulation import Store

LOSS_COLUMNS = ["backbone", *OrderLosses.__dataclass_fields__, "command"]


def run_sparsity(
    store: Store,
    measure: Callable[[Run], bool],
    wait: Wait,
    processes: int,
) -> bool:
    """Measure whatever is missing, and write the results after each group; False where it was interrupted.

    Args:
        store: of the measured blocks.
        measure: brings a run to its end, False where it was interrupted.
        wait: see `Wait`.
        processes: that learn and train at once.
    """
    groups, pool = list(sparsity_plan.groups()), worker_pool(processes)
    try:
        _measure_losses(pool, wait)
        return measure_groups(
            groups, preparations, lambda group: sparsity_plan.RULE, store, pool, measure, wait, lambda: _write(store)
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_losses(pool: Executor, wait: Wait) -> None:
    """Learn and measure the orders that are not in the data folder yet."""
    known = {(row["code"], row["seed"]): row for row in _losses().to_dict("records")}
    wanted = [(code, seed) for code in sparsity_plan.LOSS_CODES for seed in sparsity_plan.LOSS_SEEDS]
    missing = [one for one in wanted if one not in known]
    futures = {one: pool.submit(order_losses, *one) for one in missing}
    try:
        wait(f"orders of channels: {len(missing)} draws", list(futures.values()))
    finally:  # an interruption leaves the draws that have ended
        ended = {one: future for one, future in futures.items() if future.done() and not future.cancelled()}
        known |= {one: asdict(future.result()) for one, future in ended.items() if future.exception() is None}
        rows = pd.DataFrame([known[one] for one in wanted if one in known], columns=LOSS_COLUMNS[1:-1])
        path = _losses_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        rows.to_csv(part, index=False)
        part.replace(path)


def _write(store: Store) -> None:
    rows, losses = measured_rows(store), _losses()
    losses = losses.assign(backbone=backbone_digest(DEFAULT_BACKBONE), command=COMMAND)[LOSS_COLUMNS]
    losses.to_csv(LOSSES, index=False)
    write_results(FILE, rows, report(rows, losses))


def _losses() -> pd.DataFrame:
    path = _losses_path()
    return pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=LOSS_COLUMNS[1:-1])


def _losses_path() -> Path:
    return data_folder() / "experiments" / f"orders-{backbone_digest(DEFAULT_BACKBONE)}.csv"
