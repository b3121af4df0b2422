"""What holds for the tests and for every process they start.

They decode on one thread, see `sapcore.threads`; they can be interrupted, which a shell's background jobs ignore; and
hypothesis draws the same examples each time, however long they take.
"""

import os
import signal

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("the same each time", deadline=None, derandomize=True)
settings.load_profile("the same each time")


class ByFile(LoadScopeScheduling):
    """A file's tests share a process, and those of the browser, which share an app, do so all."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByFile(config, log)
