"""Starts the runner, from a page or from the command line."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import sapcore
from sapcore.runs import lock
from sapcore.simulation import Store


def log_path(store: Store) -> Path:
    """The file that takes what the runner of `store` and its workers print."""
    return store.path.with_suffix(".log")


def ensure_runner(store: Store, parent: int | None = None) -> bool:
    """Make sure that a runner drives the runs of `store`; True where one had to be started.

    Cheap where a runner is alive (one file lock), so call it again whenever an open run is looked at: a runner ends
    with the process that started it, which need not be this one.

    Args:
        store: the store.
        parent: process id with which the runner is to end; this process by default. 0 lets it end by itself after a
            minute without work.
    """
    held = lock.acquire(store.path)
    if held is None:
        return False
    parent = os.getpid() if parent is None else parent
    command = [sys.executable, "-m", "sapcore.runs.runner", "--store", str(store.path.resolve()), "--lock", str(held)]
    if parent:
        command += ["--parent", str(parent)]
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
