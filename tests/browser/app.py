"""An app that runs, with what it writes and how much memory it takes."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.browser.timed_server import TIMES

ROOT = Path(__file__).parents[2]
PAGES = re.findall(r'url_path="(\w+)"', (ROOT / "app.py").read_text())
START_SECONDS = 120


@dataclass(frozen=True)
class App:
    """A server.

    Attributes:
        address: where it answers.
        process: its process.
        data_folder: SAP_DATA.
    """

    address: str
    process: subprocess.Popen
    data_folder: Path

    @property
    def log(self) -> str:
        """What it has printed."""
        return (self.data_folder / "app.log").read_text()

    @property
    def runs(self) -> list[dict[str, object]]:
        """How long each page took, see `timed_server`."""
        path = self.data_folder / "times.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def memory(self) -> int:
        """Bytes that the process of the server holds, its background workers not counted."""
        return psutil.Process(self.process.pid).memory_info().rss


@contextmanager
def running_app(data_folder: Path) -> Iterator[App]:
    """A running app on a free port; it and its runner are gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    times = str(data_folder / "times.jsonl")
    environment = {**os.environ, "SAP_DATA": str(data_folder), "OMP_NUM_THREADS": "1", TIMES: times}
    command = [sys.executable, "-m", "tests.browser.timed_server", "run", "app.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with (data_folder / "app.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        app = App(f"http://localhost:{port}", process, data_folder)
        try:
            assert _is_up(process, f"{app.address}/_stcore/health"), app.log
            yield app
        finally:
            process.terminate()
            process.wait(timeout=20)


def _is_up(process: subprocess.Popen, url: str) -> bool:
    """Whether the server answers before the start time is over."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return True
        except OSError:
            time.sleep(0.1)
    return False
