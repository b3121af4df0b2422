"""The measured points of the experiment on the backbone as tables: counted ones and estimated ones."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.experiments import backbone_plan, estimation
from sapcore.experiments.estimation import Estimation
from sapcore.experiments.shipped import RESULTS, current_digest, longest
from sapcore.experiments.work import point_columns
from sapcore.simulation import ErrorCounts, PointKey, Store

FILE, ESTIMATES = RESULTS / "backbone.csv", RESULTS / "radial.csv"
COMMAND = "python -m sapcore reproduce backbone"
COLUMNS = [
    *("code", "code_digest", "decoder", "decoder_digest", "ebn0"),
    *ErrorCounts().row(),
    *("seconds", "seed", "first_block", "blocks", "command", "training"),
]
POINT = ["code_digest", "decoder", "ebn0", "seed"]


def rows(store: Store, path: Path) -> pd.DataFrame:
    """Every counted point of the experiment that `store` holds in full, and what else is known of decoders of today.

    That is the rows of the file `path`, by whatever command, whose code and decoder still have the digests they had;
    rows of another backbone go. Where a point is in both, the row of more frames stands.

    `training` says whether the backbone was trained on the code, see `backbone_plan.training`.
    """
    return _with_written(measured_rows(store), path, "frames")


def estimated_rows(store: Store, path: Path) -> pd.DataFrame:
    """The same for what is estimated; the columns are those of `estimation`, and `training`.

    Where a point is in both, the row that is worth more frame errors stands.
    """
    found = [
        row for group in backbone_plan.groups() for one in estimations(group, store.path) for row in _about(one, store)
    ]
    return _with_written(pd.DataFrame(found, columns=[*estimation.COLUMNS, "training"]), path, "effective_errors")


def estimations(group: backbone_plan.Group, store: Path) -> list[Estimation]:
    """What is estimated for a group."""
    ebn0, width = backbone_plan.EBN0, backbone_plan.RELATIVE_WIDTH
    return [
        Estimation(form, decoder, ebn0, width, backbone_plan.most_frames(form), store)
        for form, decoder in group.estimated
    ]


def together(counted: pd.DataFrame, estimated: pd.DataFrame) -> pd.DataFrame:
    """Both in one table; of a point that is in both, the row worth more frame errors. See `longest`."""
    parts = [part for part in (counted, estimated) if len(part)] or [counted]
    both = pd.concat(parts, ignore_index=True).reindex(columns=list(dict.fromkeys([*COLUMNS, *estimation.COLUMNS])))
    return longest(both, ["code_digest", "decoder", "ebn0"]).sort_index().reset_index(drop=True)


def _about(one: Estimation, store: Store) -> Iterator[dict[str, object]]:
    training = backbone_plan.training(find(one.code))
    yield from (row | {"training": training} for row in one.rows(store, COMMAND))


def _with_written(found: pd.DataFrame, path: Path, worth: str) -> pd.DataFrame:
    """The points found and those of the file; of a point that is in both, the row with more in the column `worth`."""
    parts = [found, *([_still_right(pd.read_csv(path))] if path.is_file() else [])]
    both = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    kept = both.sort_values(worth, ascending=False, kind="stable").drop_duplicates(POINT)
    return kept.sort_index().reset_index(drop=True)[list(found.columns)]


def measured_rows(store: Store) -> pd.DataFrame:
    """Every counted point of the experiment that `store` holds in full, with the columns COLUMNS."""
    found: list[dict[str, object]] = []
    for name, decoder, ebn0 in backbone_plan.points():
        code = find(name)
        found += _rows(store, PointKey(code.digest, current_digest(decoder, code), ebn0, 0), code, decoder)
    return pd.DataFrame(found, columns=COLUMNS)


def _rows(store: Store, key: PointKey, code: LinearCode, decoder: str) -> Iterator[dict[str, object]]:
    measured = point_columns(store, key, backbone_plan.RULE, COMMAND)
    if measured is not None:
        about = {"code": code.name, "code_digest": code.digest, "decoder": decoder}
        yield about | measured | {"training": backbone_plan.training(code)}


def _still_right(written: pd.DataFrame) -> pd.DataFrame:
    """The rows whose code and decoder still have the digests they had, said anew whether the code was trained."""
    found = {name: _code(name) for name in written["code"].unique()}
    right = [
        (code := found[row.code]) is not None
        and (code.digest, current_digest(row.decoder, code)) == (row.code_digest, row.decoder_digest)
        for row in written.itertuples()
    ]
    kept = written[right]
    return kept.assign(training=[backbone_plan.training(found[name]) for name in kept["code"]])


def _code(name: str) -> LinearCode | None:
    try:
        return find(name)
    except InputError:  # not of the catalogue any more
        return None
