"""What holds for the tests and for every process they start.

They decode on one thread, see `sapcore.threads`, and by one worker, where they are not about workers; they can be
interrupted, which a shell's background jobs ignore; and hypothesis draws the same examples each time, however long they
take.
"""

import os
import signal
import sys

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ONE = "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "SAP_WORKERS"
os.environ |= dict.fromkeys(ONE, "1")
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("the same each time", deadline=None, derandomize=True)
settings.load_profile("the same each time")


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest leaves its script as the main module, which every process spawned later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def used_router(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose router has run, which AppTest forgets before each run (see sapcore.ui.router)."""
    from streamlit.runtime.pages_manager import PagesManager

    original = PagesManager.__init__

    def begin(self: PagesManager, *arguments: object, **options: object) -> None:
        original(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin)


class ByFile(LoadScopeScheduling):
    """A file's tests share a process, and those of the browser, which share an app, do so all."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """How fast the pages were in the browser tests, if there were any."""
    ended = [report for reports in terminalreporter.stats.values() for report in reports]
    ended = [report for report in ended if getattr(report, "when", None) == "teardown"]
    found = [one for report in ended for name, value in report.user_properties if name == "speed" for one in value]
    if found:
        from tests.browser.speed import table

        terminalreporter.section("speed of the pages")
        terminalreporter.write_line("\n".join(table(found)))
