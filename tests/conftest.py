"""What holds for the tests and for every process they start.

They decode on one thread, see `sapcore.threads`; they can be interrupted, which a shell's background jobs ignore; and
hypothesis draws the same examples each time, however long they take.
"""

import os
import signal

import pytest
from hypothesis import settings

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("the same each time", deadline=None, derandomize=True)
settings.load_profile("the same each time")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests share a process, and those of the browser, which share an app, do so all."""
    for item in items:
        group = "browser" if "browser" in item.path.parts else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
