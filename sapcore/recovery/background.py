"""Recoveries in the background: a process of its own each, watched and stopped through files in the data folder.

    recoveries/ID/request.json    what was asked for
    recoveries/ID/losses.csv      step,loss, a line a step
    recoveries/ID/ended.json      state and message, once it has ended
    recoveries/ID/stop            is there once it is told to stop

Run as `python -m sapcore.recovery.background FOLDER`; see `start`.
"""

import csv
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import sapcore
from sapcore.codes import LinearCode, find
from sapcore.codes.files import read_matrix, write_matrix
from sapcore.errors import InputError, quoted
from sapcore.folders import data_folder
from sapcore.recovery.recipe import RecoveryRecipe

OPEN, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"
NICENESS = 10  # of the process: pages come first, as before the workers of runs


@dataclass(frozen=True)
class RecoveryRequest:
    """What a recovery is asked for: see `PrunedBackbone.structured`; the code is given by name and digest."""

    code: str
    code_digest: str
    how: str
    ratio: float
    backbone: str
    rank: int
    steps: int
    seed: int

    @property
    def id(self) -> str:
        """12 hexadecimal digits of SHA-256 over the request."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class RecoveryRun:
    """A recovery as it stands.

    Attributes:
        request: what was asked for.
        state: "running", "done", "stopped" or "failed".
        message: one sentence on why it failed, else None.
        losses: of every step so far.
        started: seconds since the epoch.
    """

    request: RecoveryRequest
    state: str
    message: str | None
    losses: tuple[float, ...]
    started: float


def start(request: RecoveryRequest, code: LinearCode) -> str:
    """Begin a recovery, or begin it again where it is not running; returns its id."""
    folder = _folder(request.id)
    folder.mkdir(parents=True, exist_ok=True)
    held = _hold(folder, wait=(folder / "ended.json").is_file())  # one that has ended is about to let go
    if held is None:
        return request.id
    for name in ("stop", "ended.json", "losses.csv"):
        (folder / name).unlink(missing_ok=True)
    (folder / "matrix.npy").write_bytes(write_matrix(code, "npy"))
    (folder / "request.json").write_text(json.dumps(asdict(request)))
    source = str(Path(sapcore.__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH")) if part)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sapcore.recovery.background", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            pass_fds=(held,),
            start_new_session=True,
        )
    os.close(held)  # the process's copy holds the lock from here on
    threading.Thread(target=process.wait, name="sapcore-recovery-wait", daemon=True).start()
    return request.id


def stop(run_id: str) -> None:
    """Tell a recovery to end at its next step; nothing is kept of it but its losses."""
    (_folder(run_id) / "stop").touch()


def recovery_run(run_id: str) -> RecoveryRun:
    """The recovery with this id; raises InputError where there is none."""
    folder = _folder(run_id)
    try:
        request = RecoveryRequest(**json.loads((folder / "request.json").read_text()))
        state, message = OPEN, None
        held, ended = _is_held(folder), folder / "ended.json"  # in this order: it ends before it lets go
        if ended.is_file():
            outcome = json.loads(ended.read_text())
            state, message = outcome["state"], outcome["message"]
        elif not held:
            state, message = FAILED, f"The process ended without a word; {folder / 'log'} may say why."
        losses = folder / "losses.csv"
        rows = list(csv.reader(losses.open())) if losses.is_file() else []
        started = (folder / "request.json").stat().st_mtime
        return RecoveryRun(request, state, message, tuple(float(row[1]) for row in rows if len(row) == 2), started)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"There is no recovery {quoted(run_id)} in the data folder, or it is damaged.") from error


def recovery_code(run: RecoveryRun) -> LinearCode:
    """The code that a recovery is for; raises InputError where its matrix is damaged."""
    return _code(_folder(run.request.id), run.request)


def recovery_runs() -> list[RecoveryRun]:
    """All recoveries of the data folder, newest first; damaged ones are left out."""
    runs = []
    for folder in (data_folder() / "recoveries").glob("*"):
        try:
            runs.append(recovery_run(folder.name))
        except InputError:
            continue  # nothing of it can be shown
    return sorted(runs, key=lambda run: -run.started)


def _folder(run_id: str) -> Path:
    if not (run_id.isalnum() and run_id.isascii()):
        raise InputError(f"There is no recovery {quoted(run_id)} in the data folder, or it is damaged.")
    return data_folder() / "recoveries" / run_id


def _code(folder: Path, request: RecoveryRequest) -> LinearCode:
    """The code of a request: of the catalogue where its matrix is the one of that name, else the user's own."""
    try:
        code = find(request.code)
    except InputError:
        code = None
    if code is not None and code.digest == request.code_digest:
        return code
    return replace(read_matrix(folder / "matrix.npy"), name=request.code)


def _hold(folder: Path, wait: bool = False) -> int | None:
    """The open file that holds the folder's lock, which says that a process works on it; None where one does.

    With `wait` the process is waited for.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _is_held(folder):  # somebody looked, see there
                continue
            os.close(descriptor)
            return None
        return descriptor


def _is_held(folder: Path) -> bool:
    """Whether a process works on it; looked up under a shared lock, so that readers see no other reader."""
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


class _StoppedError(Exception):
    pass


def main(folder: Path) -> int:
    """Work on the request in `folder`; 0 where the adapter was made."""
    from sapcore.pruning.masks import mask_source
    from sapcore.recovery.pruned_backbone import PrunedBackbone
    from sapcore.recovery.recover import make_adapter
    from sapcore.threads import use_one_thread

    use_one_thread()
    request = RecoveryRequest(**json.loads((folder / "request.json").read_text()))
    state, message = DONE, None
    try:
        code = _code(folder, request)
        recipe = RecoveryRecipe.of(request.rank, request.steps)
        with (folder / "losses.csv").open("w", buffering=1) as losses:

            def watch(step: int, loss: float) -> None:
                losses.write(f"{step},{loss:.6g}\n")
                if (folder / "stop").exists():
                    raise _StoppedError

            pruned = PrunedBackbone.structured(mask_source(request.backbone), request.how, code, request.ratio)
            make_adapter(pruned, code, recipe, request.seed, watch)
    except _StoppedError:
        state = STOPPED
    except InputError as error:
        state, message = FAILED, str(error)
    part = folder / "ended.part"
    part.write_text(json.dumps({"state": state, "message": message}))
    os.replace(part, folder / "ended.json")
    return 0 if state == DONE else 1


if __name__ == "__main__":
    os.nice(NICENESS)
    sys.exit(main(Path(sys.argv[1])))
