"""Hostile uploads and addresses write nothing outside of the data and temporary folders, and nothing is unpickled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    allowed, home = tmp_path_factory.mktemp("allowed"), tmp_path_factory.mktemp("home")
    (allowed / "tmp").mkdir()
    own = {"SAP_DATA": str(allowed / "data"), "TMPDIR": str(allowed / "tmp"), "HOME": str(home)}
    own["TORCHINDUCTOR_CACHE_DIR"] = str(allowed / "tmp" / "inductor")  # torch hands its own on to child processes
    command = [sys.executable, "-B", "-m", "tests.hostile.watched", str(allowed)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_much_was_fed(report: dict) -> None:
    assert report["fed"] == {"uploads": 80, "assets": 5, "pages": 6}
    assert report["found"]["inside"] > 80


def test_nothing_is_written_outside(report: dict) -> None:
    assert report["found"]["outside"] == []
    assert len(report["seen"]["outside"]) == 1 and report["seen"]["outside"][0].endswith("/outside")


def test_nothing_is_unpickled(report: dict) -> None:
    assert report["found"]["classes"] == [] and report["sprung"] is False
    assert report["seen"]["classes"] == ["fractions.Fraction"]


def test_no_program_is_started(report: dict) -> None:
    assert report["found"]["programs"] == []
