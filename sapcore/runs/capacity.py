"""How many workers there are, or will be, and where."""

import os

from dask.system import CPU_COUNT

from sapcore.errors import InputError
from sapcore.runs.table import get_workers
from sapcore.simulation import Store

SCHEDULER_VARIABLE = "SAP_SCHEDULER"
WORKERS_VARIABLE = "SAP_WORKERS"
MOST_WORKERS = 256


def worker_count() -> int:
    """Workers of the local cluster: SAP_WORKERS in the environment, or as many as cores.

    Raises:
        InputError: SAP_WORKERS is not a whole number from 1 to 256.
    """
    text = os.environ.get(WORKERS_VARIABLE)
    if not text:
        return CPU_COUNT
    if text not in map(str, range(1, MOST_WORKERS + 1)):
        raise InputError(f"{WORKERS_VARIABLE} must be a whole number from 1 to {MOST_WORKERS}, not {text!r}.")
    return int(text)


def workers_in_words(store: Store) -> str:
    """How many workers the runs of `store` have now, and where, or will have, in one sentence."""
    known = get_workers(store)
    if known is not None:
        count, scheduler = known
        workers = f"{count} worker{'' if count == 1 else 's'}"
        if scheduler is None:
            return f"{workers} on this machine, one thread each."
        if count == 0:
            return f"No worker has joined the Dask scheduler {scheduler} yet."
        return f"{workers} at the Dask scheduler {scheduler}."
    if scheduler := os.environ.get(SCHEDULER_VARIABLE):
        return f"No worker is busy; runs go to those of the Dask scheduler {scheduler}."
    try:
        return f"No worker is busy; runs get {worker_count()} on this machine, one thread each."
    except InputError as error:
        return str(error)
