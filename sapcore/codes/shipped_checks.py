"""Redundant checks that ship: those of the catalogue by default, since to look for them takes a minute."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sapcore.codes.gf2 import Bits
from sapcore.folders import ASSETS

if TYPE_CHECKING:
    from sapcore.codes.linear_code import LinearCode

FILE = ASSETS / "redundant.npz"
COMMAND = "python -m sapcore reproduce redundant"


class ShippedChecks(NamedTuple):
    """What ships of a code.

    Attributes:
        checks: its first redundant checks, (rows, n), read-only.
        most: how many redundant checks there are.
    """

    checks: Bits
    most: int


def shipped_checks(code: LinearCode) -> ShippedChecks | None:
    """What ships for the matrix of a code in its standard form, None where nothing does."""
    return _shipped().get(_key(code))


def write(codes: list[LinearCode]) -> None:
    """Look for the checks of codes, given in their standard form, anew, and write the file."""
    from sapcore.codes.redundant import default_rows, found_checks, most_found

    arrays = {}
    for code in codes:
        most = most_found(code)
        packed = np.packbits(found_checks(code, min(default_rows(code.n), most)), axis=1)
        arrays |= {f"{_key(code)}.checks": packed, f"{_key(code)}.shape": np.array([code.n, most])}
    np.savez_compressed(FILE, **arrays)
    _shipped.cache_clear()


def _key(code: LinearCode) -> str:
    return f"{code.digest}{'-cyclic' * code.cyclic}"  # redundant checks of a cyclic code are whole orbits


@lru_cache(maxsize=1)
def _shipped() -> dict[str, ShippedChecks]:
    with np.load(FILE, allow_pickle=False) as arrays:
        found = {}
        for name in arrays.files:
            key, _, part = name.partition(".")
            if part == "shape":
                n, most = arrays[name].tolist()
                checks = np.unpackbits(arrays[f"{key}.checks"], axis=1, count=n)
                checks.setflags(write=False)
                found[key] = ShippedChecks(checks, most)
    return found
