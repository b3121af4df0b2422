"""The counted error rates that ship, of whatever experiment."""

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.errors import InputError
from sapcore.folders import ASSETS
from sapcore.simulation import ErrorCounts
from sapcore.variants import decoder_digest

RESULTS = ASSETS / "results"
COLUMNS = ["code", "code_digest", "decoder", "decoder_digest", "ebn0", *ErrorCounts().row(), "command", "file"]


def counted_points() -> pd.DataFrame:
    """Every counted point of assets/results, with the columns COLUMNS; tables without counts are left out."""
    tables = {path: pd.read_csv(path) for path in sorted(RESULTS.glob("*.csv"))}
    counted = [
        table.assign(file=f"assets/results/{path.name}")
        for path, table in tables.items()
        if set(COLUMNS[:-1]) <= set(table.columns)
    ]
    return pd.concat([table[COLUMNS] for table in counted], ignore_index=True)


def shipped_points(code: LinearCode) -> pd.DataFrame:
    """The counted points of `code` under its matrix whose decoders are still the same, with the columns COLUMNS.

    Where several rows have a point, the one with the most frames stands.
    """
    rows = counted_points()
    rows = rows[rows["code_digest"] == code.digest]
    current = {decoder: current_digest(decoder, code) for decoder in rows["decoder"].unique()}
    rows = rows[rows["decoder_digest"] == rows["decoder"].map(current)].sort_values("frames", ascending=False)
    return rows.drop_duplicates(["decoder", "ebn0"]).sort_values(["decoder", "ebn0"], ignore_index=True)


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
