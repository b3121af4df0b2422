"""Runs in the store's database: the one place where pages, the command line and the runner meet.

Every change is one statement that holds only in the state it expects, so two processes cannot talk past each other.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.runs.lock import runner_is_alive
from sapcore.runs.run import PointProgress, Run, RunState
from sapcore.runs.spec import RunSpec
from sapcore.simulation import PointKey, StoppingRule, Store
from sapcore.variants import decoder_digest

_TABLES = (
    """CREATE TABLE IF NOT EXISTS runs (
        id TEXT PRIMARY KEY, spec TEXT NOT NULL, state TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0, message TEXT,
        created REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS run_rates (
        run TEXT NOT NULL, position INTEGER NOT NULL, frames_per_second REAL NOT NULL, PRIMARY KEY (run, position))""",
)
_COLUMNS = "id, spec, state, cancel, message, created"
_OPEN = "('queued', 'running')"


def request(
    store: Store,
    codes: Iterable[LinearCode],
    decoders: Iterable[str],
    ebn0: Iterable[float],
    rule: StoppingRule,
    seed: int = 0,
) -> Run:
    """Put `codes` into the store and submit the run over them; see `RunSpec` and `submit`."""
    codes = list(codes)
    spec = RunSpec(tuple(code.digest for code in codes), tuple(decoders), tuple(ebn0), rule, seed)
    for code in codes:
        store.put_code(code)
    return submit(store, spec)


def submit(store: Store, spec: RunSpec) -> Run:
    """Put a run into the queue, and return it as it then stands.

    The same request again is the same run: one that was cancelled, that failed or that lacks blocks is queued again,
    one that is open stays open. A run whose points are all in the store already is done at once.

    Raises:
        InputError: a code of `spec` is not in the store.
    """
    for digest in spec.codes:
        store.code(digest)
    with _writing(store) as database:
        database.execute(
            "INSERT OR IGNORE INTO runs (id, spec, state, created) VALUES (?, ?, 'queued', ?)",
            (spec.id, spec.to_json(), time.time()),
        )
    return resume(store, spec.id)


def resume(store: Store, run_id: str) -> Run:
    """Queue a run again that is not done, keeping its blocks; a cancellation not yet obeyed is taken back.

    Raises:
        InputError: there is no such run.
    """
    run = get_run(store, run_id)
    complete = run.points_done == len(run.points)
    with _writing(store) as database:
        if complete:
            database.execute("UPDATE runs SET state = 'done', cancel = 0, message = NULL WHERE id = ?", (run.id,))
        else:
            database.execute(
                "UPDATE runs SET cancel = 0, message = NULL, "
                f"state = CASE WHEN state IN {_OPEN} THEN state ELSE 'queued' END WHERE id = ?",
                (run.id,),
            )
    return get_run(store, run.id)


def cancel(store: Store, run_id: str) -> Run:
    """Tell a run to stop. Finished blocks stay; a run that is not open is left as it is.

    Raises:
        InputError: there is no such run.
    """
    run_id = get_run(store, run_id).id
    with _writing(store) as database:
        database.execute(f"UPDATE runs SET cancel = 1 WHERE id = ? AND state IN {_OPEN}", (run_id,))
        if not runner_is_alive(store.path):  # nobody else is there to obey
            database.execute("UPDATE runs SET state = 'cancelled', cancel = 0 WHERE id = ? AND cancel = 1", (run_id,))
    return get_run(store, run_id)


def get_run(store: Store, run_id: str) -> Run:
    """The run with this id, or with the only id that starts like this.

    Raises:
        InputError: no run, or more than one, has such an id.
    """
    rows = _read(store, f"SELECT {_COLUMNS} FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (len(run_id), run_id))
    if not run_id or len(rows) != 1:
        found = "More than one run has" if len(rows) > 1 else "No run has"
        raise InputError(f'{found} an id that starts with "{run_id}"; "python -m sapcore runs list" shows them.')
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
    ((text,),) = _read(store, "SELECT spec FROM runs WHERE id = ?", (run_id,))
    return RunSpec.from_json(text)


def cancelled_runs(store: Store) -> set[str]:
    """Ids of the open runs that were told to stop."""
    return {run_id for (run_id,) in _read(store, f"SELECT id FROM runs WHERE cancel = 1 AND state IN {_OPEN}")}


def obey_cancel(store: Store, run_id: str) -> bool:
    """Set the run cancelled; False where the cancellation has been taken back meanwhile."""
    with _writing(store) as database:
        changed = database.execute(
            "UPDATE runs SET state = 'cancelled', cancel = 0 WHERE id = ? AND cancel = 1", (run_id,)
        )
    return changed.rowcount == 1


def set_state(store: Store, run_id: str, state: RunState, message: str | None = None) -> None:
    """Move an open run on to `state`. Where that ends it, a cancellation that came too late is dropped."""
    with _writing(store) as database:
        database.execute(
            f"UPDATE runs SET state = ?, message = ?, cancel = cancel * ? WHERE id = ? AND state IN {_OPEN}",
            (state, message, state.is_open, run_id),
        )


def put_rates(store: Store, run_id: str, rates: Sequence[tuple[int, float]]) -> None:
    """Note (position in `spec.points()`, frames a second) of points being measured."""
    with _writing(store) as database:
        database.executemany(
            "INSERT OR REPLACE INTO run_rates (run, position, frames_per_second) VALUES (?, ?, ?)",
            [(run_id, position, rate) for position, rate in rates],
        )


def clear_rates(store: Store, run_id: str) -> None:
    """Forget the rates of a run that nobody works on."""
    with _writing(store) as database:
        database.execute("DELETE FROM run_rates WHERE run = ?", (run_id,))


@contextmanager
def _writing(store: Store) -> Iterator[sqlite3.Connection]:
    """A write transaction in which the tables of runs exist."""
    with store.transaction() as database:
        for statement in _TABLES:
            database.execute(statement)
        yield database


def _read(store: Store, statement: str, values: tuple = ()) -> list[tuple]:
    """All rows of one SELECT; none while there are no tables of runs yet."""
    if not store.read("SELECT 1 FROM sqlite_master WHERE name = 'run_rates'"):
        return []
    return store.read(statement, values)


def _run(store: Store, row: tuple) -> Run:
    run_id, text, state, cancelling, message, created = row
    spec = RunSpec.from_json(text)
    rates = dict(_read(store, "SELECT position, frames_per_second FROM run_rates WHERE run = ?", (run_id,)))
    names = {digest: store.code(digest).name for digest in spec.codes}
    digests = {decoder: decoder_digest(decoder) for decoder in spec.decoders}
    points = []
    for position, (code, decoder, ebn0) in enumerate(spec.points()):
        key = PointKey(code, digests[decoder], ebn0, spec.seed)
        counts, done = store.point(key, spec.rule)
        points.append(
            PointProgress(
                code=code,
                code_name=names[code],
                decoder=decoder,
                ebn0_db=ebn0,
                rule=spec.rule,
                counts=counts,
                seconds=store.seconds(key),
                done=done,
                rate=rates.get(position),
            )
        )
    return Run(run_id, spec, RunState(state), bool(cancelling), message, created, tuple(points))
