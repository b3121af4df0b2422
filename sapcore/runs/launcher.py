"""Starts the runner, from a page or from the command line."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import sapcore
from sapcore.errors import InputError
from sapcore.runs import lock
from sapcore.simulation import Store

MOST_STARTS = 5  # in vain, before we say so
LOG_LINES, LOG_BYTES = 40, 16_384  # of the end of the log


def log_path(store: Store) -> Path:
    """The file that takes what the runner of `store` and its workers print."""
    return store.path.with_suffix(".log")


def log_tail(store: Store) -> str:
    """The last lines of the log, empty where nothing was printed."""
    try:
        with log_path(store).open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - LOG_BYTES))
            text = log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.rstrip().splitlines()[-LOG_LINES:])


def count_starts(store: Store, starts: int) -> int:
    """`starts` of runners in vain so far, and the one now where `ensure_runner` has to start another.

    Raises:
        InputError: runners end as soon as they start. Begin again at 0 with every new frame.
    """
    starts += ensure_runner(store)
    if starts > MOST_STARTS:
        raise InputError(f"The runner ends as soon as it starts; {log_path(store)} says why.")
    return starts


def ensure_runner(store: Store, parent: int | None = None) -> bool:
    """Make sure that a runner drives the runs of `store`; True where one had to be started.

    Cheap where a runner is alive (one file lock), so call it again whenever an open run is looked at: a runner ends
    with the process that started it, which need not be this one.

    Args:
        store: the store.
        parent: process id with which the runner is to end; this process by default.
    """
    held = lock.acquire(store.path)
    if held is None:
        return False
    command = [sys.executable, "-m", "sapcore.runs.runner", "--store", str(store.path.resolve()), "--lock", str(held)]
    command += ["--parent", str(os.getpid() if parent is None else parent)]
    source = str(Path(sapcore.__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH")) if part)
    try:
        os.ftruncate(held, 0)
        with log_path(store).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=(held,),
                start_new_session=True,  # Ctrl-C in the terminal is for the command line alone
            )
    finally:
        os.close(held)  # the runner's copy holds the lock from here on
    threading.Thread(target=process.wait, name="sapcore-runner-wait", daemon=True).start()  # leaves no zombie behind
    return True
