"""Drives runs: keeps workers busy with groups of blocks, writes their counts, stops at the rule or when told to.

The same for Dask workers and for a thread of this process: all it takes is a `concurrent.futures.Executor`.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from types import TracebackType

from sapcore.errors import InputError
from sapcore.runs import table
from sapcore.runs.goals import Goal, Measurement
from sapcore.runs.run import Priority, Run, RunState
from sapcore.runs.task import simulate_blocks
from sapcore.simulation import PointKey, Store

POLL_SECONDS = 0.2
REPORT_SECONDS = 0.5


@dataclass
class _ActiveRun:
    id: str
    code_names: dict[str, str]
    goals: deque[Goal]
    priority: Priority

    def next_task(self) -> tuple[Measurement, tuple[int, ...]] | None:
        """Work on the goal whose turn it is, None where no goal needs more."""
        for _ in range(len(self.goals)):
            self.goals.rotate(-1)
            blocks = self.goals[-1].next_blocks()
            if blocks:
                return self.goals[-1].measurement, blocks
        return None


class Driver:
    """Drives any number of runs of one store at once.

    Workers go to the runs of the highest priority first, each in its turn and within a run each point in its turn; what
    these leave idle goes to the next lower.

    As a context manager it leaves no run behind as running: those that are open go back into the queue, or, where an
    error ends the block, fail with its message.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: list[_ActiveRun] = []
        self._measurements: dict[PointKey, Measurement] = {}
        self._tasks: dict[Future, tuple[Measurement, tuple[int, ...]]] = {}
        self._reported = 0.0

    def __enter__(self) -> "Driver":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failed = isinstance(error, Exception)  # not where the process is only told to end
        for run in list(self._runs):
            if failed:
                self._end(run, RunState.FAILED, f"The run stopped on an error: {_sentence(error)}")
            else:
                self._end(run, RunState.QUEUED)

    @property
    def active(self) -> tuple[str, ...]:
        """Ids of the runs being driven."""
        return tuple(run.id for run in self._runs)

    def take(self, run_id: str) -> None:
        """Begin to drive a queued run, or one whose runner has died. What cannot be driven fails with its sentence."""
        try:
            run = self._load(run_id)
        except InputError as error:
            table.set_state(self._store, run_id, RunState.FAILED, str(error))
            return
        with self._store.transaction():
            table.set_state(self._store, run_id, RunState.RUNNING)
            table.put_progress(self._store, run_id, [goal.progress() for goal in run.goals])
        self._runs.append(run)

    def fail_all(self, message: str) -> None:
        """End all runs being driven as failed, with this sentence."""
        for run in list(self._runs):
            self._end(run, RunState.FAILED, message)

    def abandon_tasks(self) -> None:
        """Forget all that was submitted: its executor is lost, and the blocks are to be submitted to another one."""
        for measurement, blocks in self._tasks.values():
            measurement.in_flight.difference_update(blocks)
        self._tasks.clear()

    def step(self, executor: Executor, task_limit: int, timeout: float = POLL_SECONDS) -> None:
        """Obey what runs were told, fill up to `task_limit` tasks, and wait up to `timeout` seconds for one to end."""
        self._obey()
        self._fill(executor, task_limit)
        self._collect(timeout)
        for run in list(self._runs):
            if all(goal.done for goal in run.goals):
                self._end(run, RunState.DONE)
        self._report()

    def _load(self, run_id: str) -> _ActiveRun:
        run = table.get_run(self._store, run_id)
        run.spec.check_decoders(run.codes)
        codes = {code.digest: code for code in run.codes}
        goals: deque[Goal] = deque()
        for position, (key, point) in enumerate(zip(run.spec.point_keys(), run.points, strict=True)):
            if key not in self._measurements:
                self._measurements[key] = Measurement(
                    key, codes[point.code], point.decoder, self._store.blocks(key), self._store.block_seconds(key)
                )
            goals.append(Goal(position, self._measurements[key], point.rule))
        return _ActiveRun(run_id, run.code_names, goals, run.priority)

    def _obey(self) -> None:
        """Let go of runs that were cancelled or paused, and note the priorities of the others."""
        open_runs = table.steering(self._store)
        for run in list(self._runs):
            if run.id not in open_runs:  # set cancelled or paused by a process that saw no runner
                self._forget(run)
                continue
            told, run.priority = open_runs[run.id]
            if told and table.obey(self._store, run.id):
                self._forget(run)

    def _fill(self, executor: Executor, task_limit: int) -> None:
        while len(self._tasks) < task_limit:
            task = self._next_task()
            if task is None:
                return
            measurement, blocks = task
            future = executor.submit(simulate_blocks, measurement.key, measurement.code, measurement.decoder, blocks)
            measurement.in_flight.update(blocks)
            self._tasks[future] = task

    def _next_task(self) -> tuple[Measurement, tuple[int, ...]] | None:
        for run in sorted(self._runs, key=lambda run: run.priority, reverse=True):  # equals stay in their order
            task = run.next_task()
            if task is not None:
                self._runs.remove(run)
                self._runs.append(run)  # the last of its equals next time
                return task
        return None

    def _collect(self, timeout: float) -> None:
        ended, _ = wait(self._tasks, timeout, FIRST_COMPLETED)
        for future in ended:
            measurement, blocks = self._tasks.pop(future)
            measurement.in_flight.difference_update(blocks)
            if future.cancelled():  # its scheduler was lost: the blocks are free to be submitted again
                continue
            error = future.exception()
            if error is None:
                self._record(measurement, future)
            else:
                self._fail(measurement, error)

    def _record(self, measurement: Measurement, future: Future) -> None:
        """Keep a task's blocks, and with them what they mean for the runs."""
        results = future.result()
        measurement.add(results)
        with self._store.transaction():
            self._store.add_many(measurement.key, results)
            for run in self._runs:
                if changed := [goal for goal in run.goals if goal.measurement is measurement]:
                    for goal in changed:
                        goal.advance()
                    table.put_progress(self._store, run.id, [goal.progress() for goal in changed])
        self._drop_unwanted()

    def _fail(self, measurement: Measurement, error: BaseException) -> None:
        key = measurement.key
        for run in list(self._runs):
            if any(goal.measurement is measurement and not goal.done for goal in run.goals):
                what = f"{measurement.decoder} on {run.code_names[key.code_digest]} at {key.ebn0_db:g} dB"
                self._end(run, RunState.FAILED, f"Measuring {what} failed: {_sentence(error)}")

    def _end(self, run: _ActiveRun, state: RunState, message: str | None = None) -> None:
        table.set_state(self._store, run.id, state, message)
        self._forget(run)

    def _forget(self, run: _ActiveRun) -> None:
        self._runs.remove(run)
        self._drop_unwanted()

    def _drop_unwanted(self) -> None:
        """Call back tasks whose point no run wants any longer, and forget points of no run."""
        wanted = {goal.measurement.key for goal in self._goals() if not goal.done}
        for future, (measurement, blocks) in list(self._tasks.items()):
            if measurement.key not in wanted and future.cancel():
                measurement.in_flight.difference_update(blocks)
                del self._tasks[future]
        held = {goal.measurement.key for goal in self._goals()}
        held |= {measurement.key for measurement, _ in self._tasks.values()}
        self._measurements = {key: point for key, point in self._measurements.items() if key in held}

    def _goals(self) -> Iterator[Goal]:
        for run in self._runs:
            yield from run.goals

    def _report(self) -> None:
        """Note the rates of the points being measured, not more often than anyone would look."""
        now = time.monotonic()
        if now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        for run in self._runs:
            rates = [(goal.position, goal.measurement.rate()) for goal in run.goals if not goal.done]
            known = [(position, rate) for position, rate in rates if rate is not None]
            if known:
                table.put_rates(self._store, run.id, known)


def drive(store: Store, run_id: str, executor: Executor, task_limit: int = 2) -> Run:
    """Drive one queued run on `executor` until it is done, cancelled, paused or failed, and return it.

    A `ThreadPoolExecutor(1)` measures in this process.

    Raises:
        InputError: there is no such run.
    """
    run_id = table.get_run(store, run_id).id
    with Driver(store) as driver:
        driver.take(run_id)
        while driver.active:
            driver.step(executor, task_limit)
    return table.get_run(store, run_id)


def _sentence(error: BaseException) -> str:
    """The first line of an error, with its kind unless it was written to be shown."""
    first_line = (str(error).splitlines() or [""])[0]
    return first_line if isinstance(error, InputError) else f"{type(error).__name__}: {first_line}"
