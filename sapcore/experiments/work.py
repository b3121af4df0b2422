"""What the long experiments share: processes that train, and results that are written as a whole."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from sapcore.threads import use_one_thread


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """Processes of one thread each."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=use_one_thread)


def write_results(path: Path, rows: pd.DataFrame, text: str) -> None:
    """Write `rows` to `path`, a CSV file, and `text` beside it with the suffix .md; a reader never sees a part."""
    for place, contents in ((path, rows.to_csv(index=False)), (path.with_suffix(".md"), text)):
        part = place.with_suffix(f"{place.suffix}.part")
        part.write_text(contents)
        part.replace(place)
