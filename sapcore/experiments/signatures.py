"""The signatures of the catalogue as a table that ships."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from sapcore.codes import LinearCode, catalogue
from sapcore.folders import ASSETS
from sapcore.spectra import signature

FILE = ASSETS / "results" / "signatures.csv"
COMMAND = "python -m sapcore reproduce signatures"


@lru_cache(maxsize=1)
def signature_table() -> pd.DataFrame:
    """Every matrix of the catalogue: name, form, family, n, k, rows, sigma1, sigma2, digest. Do not write into it."""
    return pd.read_csv(FILE).drop(columns="command")


def measure(codes: Iterable[LinearCode]) -> pd.DataFrame:
    """The same columns, computed."""
    rows = []
    for code in codes:
        form = "standard" if code.standard is None else "redundant"
        rows.append((code.name, form, code.family, code.n, code.k, code.rows, *signature(code), code.digest))
    return pd.DataFrame(rows, columns=["name", "form", "family", "n", "k", "rows", "sigma1", "sigma2", "digest"])


def write() -> None:
    """Make the file again; each of its rows names the command that does."""
    measure(catalogue()).assign(command=COMMAND).to_csv(FILE, index=False, float_format="%.12g")
