"""The error rates that ship, counted and estimated, of whatever experiment."""

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.errors import InputError
from sapcore.folders import ASSETS
from sapcore.simulation import ErrorCounts, RadialEstimate
from sapcore.variants import decoder_digest

RESULTS = ASSETS / "results"
POINT = ["code", "code_digest", "decoder", "decoder_digest", "ebn0"]
COUNTS = [*ErrorCounts().row()]
ESTIMATES = [name for name in RadialEstimate.__dataclass_fields__ if name != "ebn0_db"]
ORIGIN = ["seed", "command"]
COLUMNS = [*POINT, *COUNTS, "effective_errors", *ORIGIN, "file"]


def written_points() -> pd.DataFrame:
    """Every point of assets/results, with the columns COLUMNS; other tables are left out.

    A counted point has no effective_errors, an estimated one no frame_errors, bits and bit_errors. Not to be changed.
    """
    return _points_of(tuple(map(_as_it_is, sorted(RESULTS.glob("*.csv")))))


def table(path: Path) -> pd.DataFrame:
    """A CSV file, read once for as long as it stays as it is; not to be changed."""
    return _table(*_as_it_is(path))


def _as_it_is(path: Path) -> tuple[Path, int, int]:
    state = path.stat()
    return path, state.st_mtime_ns, state.st_size


@lru_cache(maxsize=32)
def _table(path: Path, modified: int, size: int) -> pd.DataFrame:
    return pd.read_csv(path)


@lru_cache(maxsize=2)
def _points_of(files: tuple[tuple[Path, int, int], ...]) -> pd.DataFrame:
    found = [pd.DataFrame(columns=COLUMNS)]
    for path, *state in files:
        rows = _table(path, *state).assign(file=f"assets/results/{path.name}")
        for columns in (COUNTS, ESTIMATES):
            if {*POINT, *columns, *ORIGIN} <= set(rows.columns):
                found.append(rows[[*POINT, *columns, *ORIGIN, "file"]])
    every = pd.concat([rows for rows in found if len(rows)] or found[:1], ignore_index=True)
    return every.reindex(columns=COLUMNS).astype(dict.fromkeys(["frame_errors", "bits", "bit_errors"], "Int64"))


def shipped_points(code: LinearCode, decoders: Collection[str] | None = None) -> pd.DataFrame:
    """The points of `code` under its matrix whose decoders are still the same, with the columns COLUMNS.

    Where several rows have a point, the one that is worth the most frame errors stands. `decoders`, as specs, are by
    default all there are.
    """
    rows = written_points()
    rows = rows[
        (rows["code_digest"] == code.digest) & (rows["decoder"].isin(decoders) if decoders is not None else True)
    ]
    current = {decoder: current_digest(decoder, code) for decoder in rows["decoder"].unique()}
    rows = rows[rows["decoder_digest"] == rows["decoder"].map(current)]
    return longest(rows, ["decoder", "ebn0"]).sort_values(["decoder", "ebn0"], ignore_index=True)


def longest(rows: pd.DataFrame, point: list[str]) -> pd.DataFrame:
    """Of the rows that are alike in the columns `point` the one worth most frame errors, and of these most frames."""
    worth = rows["frame_errors"].astype(float).fillna(rows["effective_errors"])
    order = pd.DataFrame({"errors": worth, "frames": rows["frames"]}).sort_values(
        ["errors", "frames"], ascending=False, kind="stable"
    )
    return rows.loc[order.index].drop_duplicates(point)


def of_present_weights(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose column `backbone` has the digest that the default backbone has today; none where there is none."""
    try:
        return rows[rows["backbone"] == backbone_digest(DEFAULT_BACKBONE)]
    except InputError:  # it is gone or damaged
        return rows.iloc[:0]


def current_digest(decoder: str, code: LinearCode) -> str | None:
    """The digest that a decoder has for `code` today, None where it cannot be built."""
    try:
        return decoder_digest(decoder, code)
    except InputError:  # its backbone, mask or adapter is gone
        return None
