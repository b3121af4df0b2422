"""The table of a run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sapcore.codes import find
from sapcore.report.results import results_table
from sapcore.runs import drive, request
from sapcore.simulation import StoppingRule, Store


def test_progress_is_in_whole_percent(tmp_path: Path) -> None:
    rule = StoppingRule(frame_errors=5, max_frames=2048)
    with Store(tmp_path / "results.sqlite") as store:
        run = request(store, [find("Hamming(7,4)")], ["ml"], [3.0], rule)
        assert results_table(run).progress.tolist() == [0]
        with ThreadPoolExecutor(1) as executor:
            run = drive(store, run.id, executor)
        assert results_table(run).progress.tolist() == [100]
