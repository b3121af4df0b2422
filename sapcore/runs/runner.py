"""The process that drives the runs of one store: `python -m sapcore.runs.runner --store FILE`.

Started by `sapcore.runs.ensure_runner`; at most one for a store. It may be killed at any moment: finished blocks are
in the store, and the next runner takes up the runs that it left.
"""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from sapcore.errors import InputError
from sapcore.runs import lock, table
from sapcore.runs.cluster import PROCESS_SETTINGS, Workers
from sapcore.runs.driver import POLL_SECONDS, Driver
from sapcore.simulation import Store

IDLE_SECONDS = 60.0  # without work: the workers are sent home, and a runner without a parent ends
TASKS_PER_WORKER = 2  # one that runs and one that waits for it


class Runner:
    """Polls the store for open runs and drives them, until `stop` is set, its parent is gone or it has idled."""

    def __init__(self, store: Store, parent: psutil.Process | None, stop: threading.Event) -> None:
        self._store = store
        self._parent = parent
        self._stop = stop
        self._workers: Workers | None = None
        self._noted: int | None = None

    def serve(self) -> None:
        """Work until it is time to end; the workers are gone when this returns."""
        busy = time.monotonic()
        table.put_workers(self._store, None)  # a runner that was killed could not
        try:
            with Driver(self._store) as driver:
                while not self._stop.is_set() and (self._parent is None or _is_alive(self._parent)):
                    self._take_open_runs(driver)
                    if driver.active:
                        self._work(driver)
                        busy = time.monotonic()
                        continue
                    if time.monotonic() - busy > IDLE_SECONDS:
                        self._dismiss_workers()
                        if self._parent is None:
                            return
                    self._stop.wait(POLL_SECONDS)
        finally:
            self._dismiss_workers()

    def _take_open_runs(self, driver: Driver) -> None:
        for run_id in table.open_runs(self._store):
            if run_id not in driver.active:
                driver.take(run_id)

    def _work(self, driver: Driver) -> None:
        try:
            workers = self._ready_workers(driver)
            count = workers.count()
        except InputError as error:
            driver.fail_all(str(error))
            return
        except (OSError, RuntimeError) as error:
            driver.fail_all(f"The workers could not be started: {_first_line(error)}")
            return
        self._note(count, workers.scheduler)
        driver.step(workers.executor, TASKS_PER_WORKER * max(1, count))

    def _ready_workers(self, driver: Driver) -> Workers:
        if self._workers is not None and not self._workers.mend():
            driver.abandon_tasks()
            self._dismiss_workers()
        if self._workers is None:
            self._workers = Workers(self._store.path.with_suffix(".scheduler.json"))
        return self._workers

    def _dismiss_workers(self) -> None:
        if self._workers is not None:
            workers, self._workers = self._workers, None
            workers.close()
            self._note(None)

    def _note(self, count: int | None, scheduler: str | None = None) -> None:
        """Let pages know how many workers there are."""
        if count != self._noted:
            table.put_workers(self._store, count, scheduler)
            self._noted = count


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sapcore.runs.runner", description="Drive the runs of a store.")
    parser.add_argument("--store", type=Path, required=True, metavar="FILE", help="such as results.sqlite")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process is gone")
    parser.add_argument("--lock", type=int, metavar="FD", help="open file that already holds the store's lock")
    return parser.parse_args()


def main() -> int:
    """Serve one store; 0 also where another runner does so already."""
    arguments = _arguments()
    os.environ.update(PROCESS_SETTINGS)
    try:
        parent = None if arguments.parent is None else psutil.Process(arguments.parent)
    except psutil.NoSuchProcess:
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    held = arguments.lock if arguments.lock is not None else lock.acquire(arguments.store)
    store = Store(arguments.store)
    while held is not None:
        os.set_inheritable(held, False)
        lock.write_pid(held)
        Runner(store, parent, stop).serve()
        os.close(held)
        # A run submitted while the lock was still held had no runner started for it.
        idle_end = parent is None and not stop.is_set()
        held = lock.acquire(arguments.store) if idle_end and table.open_runs(store) else None
    return 0


if __name__ == "__main__":
    sys.exit(main())
