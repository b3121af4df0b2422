"""The measured error rates that ship, of whatever experiment."""

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.folders import ASSETS
from sapcore.variants import decoder_digest

FILES = tuple(ASSETS / "results" / name for name in ("backbone.csv", "sap.csv"))


def shipped_points(code: LinearCode) -> pd.DataFrame:
    """The points of `code` under its matrix whose decoders are still the same: the columns of backbone.csv.

    Where several files or rows have a point, the one with the most frames stands.
    """
    tables = [pd.read_csv(path) for path in FILES if path.is_file()]
    rows = pd.concat([table[table["code_digest"] == code.digest] for table in tables], ignore_index=True)
    current = {decoder: _digest(decoder, code) for decoder in rows["decoder"].unique()}
    rows = rows[rows["decoder_digest"] == rows["decoder"].map(current)].sort_values("frames", ascending=False)
    rows = rows.drop_duplicates(["decoder", "ebn0"]).sort_values(["decoder", "ebn0"], ignore_index=True)
    return rows[list(pd.read_csv(FILES[0], nrows=0).columns)]


def _digest(decoder: str, code: LinearCode) -> str | None:
    try:
        return decoder_digest(decoder, code)
    except InputError:  # its backbone, mask or adapter is gone
        return None
