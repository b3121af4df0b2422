"""Runs in the store's database: the one place where pages, the command line and the runner meet.

Every change is one transaction that holds only in the state it expects, so two processes cannot talk past each other.
What a run has measured so far stands beside it, written with the blocks themselves: to list runs, no block is read, no
code is built, and no decoder needs to exist.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple

from sapcore.codes import LinearCode
from sapcore.errors import InputError, quoted
from sapcore.runs.lock import runner_is_alive
from sapcore.runs.run import PointProgress, Priority, Run, RunState
from sapcore.runs.spec import RunSpec
from sapcore.simulation import BLOCK_FRAMES, ErrorCounts, StoppingRule, Store

_TABLES = (
    """CREATE TABLE IF NOT EXISTS runs (
        id TEXT PRIMARY KEY, spec TEXT NOT NULL, code_names TEXT NOT NULL, state TEXT NOT NULL,
        told TEXT, priority INTEGER NOT NULL, message TEXT, created REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS run_points (
        run TEXT NOT NULL, position INTEGER NOT NULL, frames INTEGER NOT NULL, frame_errors INTEGER NOT NULL,
        bits INTEGER NOT NULL, bit_errors INTEGER NOT NULL, bit_errors_squared INTEGER NOT NULL,
        seconds REAL NOT NULL, done INTEGER NOT NULL, frames_per_second REAL, PRIMARY KEY (run, position))
        WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS workers (count INTEGER NOT NULL, scheduler TEXT)",
)
_COLUMNS = "id, spec, code_names, state, told, priority, message, created"
_COUNTS = "frames, frame_errors, bits, bit_errors, bit_errors_squared"
_OPEN = "('queued', 'running')"

PointState = tuple[int, ErrorCounts, float, bool]
"""Position in `spec.points()`, counts, the seconds of worker time they took, and whether the rule is satisfied."""


class UnknownRunError(InputError):
    """No run, or more than one, has an id like this."""


def request(
    store: Store,
    codes: Iterable[LinearCode],
    decoders: Iterable[str],
    ebn0: Iterable[float],
    rule: StoppingRule,
    seed: int = 0,
    priority: Priority | None = None,
) -> Run:
    """Put `codes` into the store and submit the run over them under their names; see `RunSpec` and `submit`."""
    codes = list(codes)
    spec = RunSpec.of(codes, decoders, ebn0, rule, seed)
    for code in codes:
        store.put_code(code)
    return submit(store, spec, {code.digest: code.name for code in reversed(codes)}, priority)


def submit(
    store: Store, spec: RunSpec, code_names: Mapping[str, str] | None = None, priority: Priority | None = None
) -> Run:
    """Put a run into the queue, and return it as it then stands.

    The same request again is the same run: one that was cancelled or paused, that failed or that lacks blocks is queued
    again, one that is open stays open. A run whose points are all in the store already is done at once.

    Args:
        store: the store.
        spec: the request.
        code_names: what the run calls its codes, by digest, until it is asked for under other names; by default what
            the store calls them.
        priority: by default what the run has, and of a new run NORMAL.

    Raises:
        InputError: a code of `spec` is not in the store, or a decoder is gone or another one by now.
    """
    spec.check_decoders(store.code(digest) for digest in spec.codes)
    names = {digest: store.code(digest, (code_names or {}).get(digest)).name for digest in spec.codes}
    with _writing(store) as database:
        database.execute(
            "INSERT INTO runs (id, spec, code_names, state, priority, created) VALUES (?, ?, ?, 'queued', ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET code_names = excluded.code_names",
            (spec.id, spec.to_json(), json.dumps(names), Priority.NORMAL, time.time()),
        )
        _queue(store, spec.id)
        if priority is not None:
            set_priority(store, spec.id, priority)
    return get_run(store, spec.id)


def resume(store: Store, run_id: str) -> Run:
    """Queue a run again that is not done, keeping its blocks; a cancellation or pause not yet obeyed is taken back.

    Raises:
        InputError: there is no such run.
    """
    run_id = get_run(store, run_id).id
    _queue(store, run_id)
    return get_run(store, run_id)


def _queue(store: Store, run_id: str) -> None:
    """Count what the store holds of a run, and set it done or, where it is not open, queued."""
    with _writing(store) as database:
        spec = load_spec(store, run_id)
        points: list[PointState] = []
        for position, key in enumerate(spec.point_keys()):
            counts, done = store.point(key, spec.rule)
            points.append((position, counts, store.seconds(key, counts.frames // BLOCK_FRAMES), done))
        put_progress(store, run_id, points)
        if all(done for *_, done in points):
            state = "'done'"
        else:
            state = f"CASE WHEN state IN {_OPEN} THEN state ELSE 'queued' END"
        database.execute(f"UPDATE runs SET state = {state}, told = NULL, message = NULL WHERE id = ?", (run_id,))


def cancel(store: Store, run_id: str) -> Run:
    """Tell a run to stop. Finished blocks stay; a run that is neither open nor paused is left as it is.

    Raises:
        InputError: there is no such run.
    """
    run_id = get_run(store, run_id).id
    with _writing(store) as database:
        _tell(store, run_id, RunState.CANCELLED)
        database.execute("UPDATE runs SET state = 'cancelled' WHERE id = ? AND state = 'paused'", (run_id,))
    return get_run(store, run_id)


def pause(store: Store, run_id: str) -> Run:
    """Tell a run to rest until it is resumed, with its blocks and its place; one that is not open is left as it is.

    Raises:
        InputError: there is no such run.
    """
    run_id = get_run(store, run_id).id
    _tell(store, run_id, RunState.PAUSED)
    return get_run(store, run_id)


def _tell(store: Store, run_id: str, state: RunState) -> None:
    with _writing(store) as database:
        database.execute(f"UPDATE runs SET told = ? WHERE id = ? AND state IN {_OPEN}", (state, run_id))
        if not runner_is_alive(store.path):  # nobody else is there to obey
            obey(store, run_id)


def set_priority(store: Store, run_id: str, priority: Priority) -> Run:
    """Give a run another priority, at once also where it is being worked on.

    Raises:
        InputError: there is no such run.
    """
    run_id = get_run(store, run_id).id
    with _writing(store) as database:
        database.execute("UPDATE runs SET priority = ? WHERE id = ?", (priority, run_id))
    return get_run(store, run_id)


def get_run(store: Store, run_id: str) -> Run:
    """The run with this id, or with the only id that starts like this.

    Raises:
        UnknownRunError: no run, or more than one, has such an id.
    """
    rows = _read(store, f"SELECT {_COLUMNS} FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (len(run_id), run_id))
    if not run_id or len(rows) != 1:
        found = "More than one run has" if len(rows) > 1 else "No run has"
        raise UnknownRunError(
            f'{found} an id that starts with {quoted(run_id)}; "python -m sapcore runs list" shows them.'
        )
    return _run(store, rows[0])


def list_runs(store: Store) -> list[Run]:
    """All runs, newest first."""
    return [_run(store, row) for row in _read(store, f"SELECT {_COLUMNS} FROM runs ORDER BY created DESC, id")]


# What follows is for the driver, which alone moves runs on.


def open_runs(store: Store) -> list[str]:
    """Ids of the queued and running runs, oldest first."""
    return [run_id for (run_id,) in _read(store, f"SELECT id FROM runs WHERE state IN {_OPEN} ORDER BY created, id")]


def load_spec(store: Store, run_id: str) -> RunSpec:
    """The request of run `run_id`, which must exist."""
    ((text,),) = store.read("SELECT spec FROM runs WHERE id = ?", (run_id,))
    return RunSpec.from_json(text)


def steering(store: Store) -> dict[str, tuple[bool, Priority]]:
    """Of each open run, by id, whether it was told to stop or pause, and its priority."""
    rows = _read(store, f"SELECT id, told IS NOT NULL, priority FROM runs WHERE state IN {_OPEN}")
    return {run_id: (bool(told), Priority(priority)) for run_id, told, priority in rows}


def obey(store: Store, run_id: str) -> bool:
    """Set an open run cancelled or paused, as it was told; False where that has been taken back meanwhile."""
    with _writing(store) as database:
        changed = database.execute(
            "UPDATE runs SET state = told, told = NULL WHERE id = ? AND told IS NOT NULL", (run_id,)
        )
    return changed.rowcount == 1


def set_state(store: Store, run_id: str, state: RunState, message: str | None = None) -> None:
    """Move an open run on to `state` and forget its rates. Where it ends, what it was told too late is dropped."""
    with _writing(store) as database:
        database.execute(
            "UPDATE runs SET state = ?, message = ?, told = CASE WHEN ? THEN told END "
            f"WHERE id = ? AND state IN {_OPEN}",
            (state, message, state.is_open, run_id),
        )
        database.execute("UPDATE run_points SET frames_per_second = NULL WHERE run = ?", (run_id,))


def put_progress(store: Store, run_id: str, points: Iterable[PointState]) -> None:
    """Note what has been measured of some points of a run."""
    with _writing(store) as database:
        database.executemany(
            f"INSERT INTO run_points (run, position, {_COUNTS}, seconds, done) VALUES ({', '.join('?' * 9)}) "
            "ON CONFLICT (run, position) DO UPDATE SET frames = excluded.frames, "
            "frame_errors = excluded.frame_errors, bits = excluded.bits, bit_errors = excluded.bit_errors, "
            "bit_errors_squared = excluded.bit_errors_squared, seconds = excluded.seconds, done = excluded.done",
            [(run_id, position, *astuple(counts), seconds, done) for position, counts, seconds, done in points],
        )


def put_rates(store: Store, run_id: str, rates: Iterable[tuple[int, float]]) -> None:
    """Note (position in `spec.points()`, frames a second) of points being measured."""
    with _writing(store) as database:
        database.executemany(
            "UPDATE run_points SET frames_per_second = ? WHERE run = ? AND position = ?",
            [(rate, run_id, position) for position, rate in rates],
        )


def put_workers(store: Store, count: int | None, scheduler: str | None = None) -> None:
    """Note how many workers the runner has, None where it has sent them home, and their scheduler if not its own."""
    with _writing(store) as database:
        database.execute("DELETE FROM workers")
        if count is not None:
            database.execute("INSERT INTO workers VALUES (?, ?)", (count, scheduler))


def get_workers(store: Store) -> tuple[int, str | None] | None:
    """What `put_workers` noted, None where no runner lives."""
    rows = _read(store, "SELECT count, scheduler FROM workers")
    return rows[0] if rows and runner_is_alive(store.path) else None


@contextmanager
def _writing(store: Store) -> Iterator[sqlite3.Connection]:
    """A write transaction in which the tables of runs exist."""
    with store.transaction() as database:
        for statement in _TABLES:
            database.execute(statement)
        yield database


def _read(store: Store, statement: str, values: tuple = ()) -> list[tuple]:
    """All rows of one SELECT; none while there are no tables of runs yet."""
    if not store.read("SELECT 1 FROM sqlite_master WHERE name = 'run_points'"):
        return []
    return store.read(statement, values)


def _run(store: Store, row: tuple) -> Run:
    run_id, text, code_names, state, told, priority, message, created = row
    spec, names, state = RunSpec.from_json(text), json.loads(code_names), RunState(state)
    digests = spec.digests
    rows = store.read(
        f"SELECT {_COUNTS}, seconds, done, frames_per_second FROM run_points WHERE run = ? ORDER BY position", (run_id,)
    )
    rates_hold = state is RunState.RUNNING and any(row[-1] for row in rows) and runner_is_alive(store.path)
    points = tuple(
        PointProgress(
            code=code,
            code_name=names[code],
            decoder=decoder,
            decoder_digest=digests[code, decoder],
            ebn0_db=ebn0,
            rule=spec.rule,
            counts=ErrorCounts(*counts),
            seconds=seconds,
            done=bool(done),
            rate=rate if rates_hold else None,
        )
        for (code, decoder, ebn0), (*counts, seconds, done, rate) in zip(spec.points(), rows, strict=True)
    )
    told = None if told is None else RunState(told)
    return Run(run_id, spec, state, told, Priority(priority), message, created, points, store)
