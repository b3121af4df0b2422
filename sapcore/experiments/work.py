"""What the long experiments share: processes that train, the way through the groups, what a table says of a point,
results written as a whole."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Protocol

import pandas as pd

from sapcore.codes import LinearCode, find
from sapcore.runs import Run, request
from sapcore.simulation import BLOCK_FRAMES, PointKey, StoppingRule, Store
from sapcore.threads import use_one_thread

Wait = Callable[[str, list[Future]], None]
"""Takes a line on what is under way and waits for it to end."""


class Group(Protocol):
    """Decoders, by their specs, that are measured for one code, at each Eb/N0 in dB."""

    code: str
    decoders: tuple[str, ...]
    ebn0: tuple[float, ...]


class Need(Protocol):
    """What decoders need before they decode."""

    def is_ready(self) -> bool:
        """Whether it is there."""

    def make(self) -> None:
        """Make what is missing."""


def measure_groups(
    groups: Sequence[Group],
    needs: Callable[[Group], Sequence[Need]],
    rule: Callable[[Group], StoppingRule],
    store: Store,
    pool: Executor,
    measure: Callable[[Run], bool],
    wait: Wait,
    write: Callable[[], None],
    matrix: Callable[[str], LinearCode] = find,
    to_make: str = "to prepare",
) -> bool:
    """Make what each group needs, measure it by its rule, and write; False where `measure` was interrupted.

    `matrix` gives the code that a group names; `to_make` says what is to be done with what it needs.
    """
    for number, group in enumerate(groups, 1):
        missing = [one for one in needs(group) if not one.is_ready()]
        at = " and ".join(f"{ebn0:g}" for ebn0 in group.ebn0)
        count = len(group.decoders)
        title = f"{number} of {len(groups)}: {group.code} at {at} dB, {count} decoder{'s' * (count != 1)}"
        wait(f"{title}, {len(missing)} {to_make}", [pool.submit(type(one).make, one) for one in missing])
        if not measure(request(store, [matrix(group.code)], group.decoders, group.ebn0, rule(group))):
            return False
        write()
    return True


def point_columns(store: Store, key: PointKey, rule: StoppingRule, command: str) -> dict[str, object] | None:
    """What every table of results says of a measured point, by column; None where `store` does not hold it in full."""
    counts, done = store.point(key, rule)
    if not done:
        return None
    blocks = counts.frames // BLOCK_FRAMES
    return {
        "decoder_digest": key.decoder_digest,
        "ebn0": key.ebn0_db,
        **counts.row(),
        "seconds": store.seconds(key, blocks),
        "seed": key.seed,
        "first_block": 0,
        "blocks": blocks,
        "command": command,
    }


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """Processes of one thread each."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=use_one_thread)


def write_results(path: Path, rows: pd.DataFrame, text: str) -> None:
    """Write `rows` to `path`, a CSV file, and `text` beside it with the suffix .md; a reader never sees a part."""
    write_table(path, rows)
    _write(path.with_suffix(".md"), text)


def write_table(path: Path, rows: pd.DataFrame) -> None:
    """Write `rows` to `path`, a CSV file; a reader never sees a part."""
    _write(path, rows.to_csv(index=False))


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(f"{path.suffix}.part")
    part.write_text(text)
    part.replace(path)
