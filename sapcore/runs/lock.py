"""The file lock that gives a store at most one runner.

The lock belongs to the open file, not to a process: whoever starts a runner takes the lock first and hands the open
file over, and the system frees it when the runner ends, however it ends.
"""

import fcntl
import os
import time
from pathlib import Path

ATTEMPTS, PAUSE_SECONDS = 10, 0.002  # a look at the lock (`runner_is_alive`) holds it for some microseconds


def lock_path(store: Path) -> Path:
    """The lock file beside the store's file."""
    return store.with_suffix(".lock")


def acquire(store: Path) -> int | None:
    """The file descriptor that holds the lock of `store`, or None where another process holds it."""
    descriptor = os.open(lock_path(store), os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE_SECONDS)
        else:
            return descriptor
    os.close(descriptor)
    return None


def write_pid(descriptor: int) -> None:
    """Write this process's id into the lock file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def runner_is_alive(store: Path) -> bool:
    """Whether a process holds the lock of `store`."""
    if not lock_path(store).exists():
        return False
    descriptor = os.open(lock_path(store), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def runner_pid(store: Path) -> int | None:
    """Process id of the runner of `store`, None where none runs or it has only just been started."""
    if not runner_is_alive(store):
        return None
    text = lock_path(store).read_text()
    return int(text) if text else None
