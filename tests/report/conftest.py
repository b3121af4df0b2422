"""A store, and runs in it that end within a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sapcore.codes import LinearCode
from sapcore.runs import Run, drive, request
from sapcore.simulation import StoppingRule, Store

Measure = Callable[..., Run]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return Store()


@pytest.fixture
def measure(store: Store) -> Measure:
    """Measure codes under decoders at Eb/N0, so many `frames` a point; returns the run, done."""

    def measured(
        codes: Sequence[LinearCode], decoders: Sequence[str], ebn0: Sequence[float], frames: int = 1024
    ) -> Run:
        run = request(store, codes, decoders, ebn0, StoppingRule(frame_errors=10**6, max_frames=frames))
        with ThreadPoolExecutor(1) as executor:
            return drive(store, run.id, executor)

    return measured
