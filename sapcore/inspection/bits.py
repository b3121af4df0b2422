"""Bits of a word by their names, v1 to vn."""

import re
from collections.abc import Iterable

from sapcore.errors import InputError


def parse_bits(text: str, n: int) -> tuple[int, ...]:
    """The indices, from 0 and ascending, of the bits that `text` names: "3, 17" or "v3 v17"; "" names none.

    Raises:
        InputError: a part of the text is no bit from v1 to vn, or a bit is named twice.

    >>> parse_bits("v17, 3", 31)
    (2, 16)
    """
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", text.strip(" ,;\t\n")) if text.strip(" ,;\t\n") else []:
        number = re.fullmatch(r"v?0*([0-9]{1,6})", part, re.IGNORECASE | re.ASCII)
        if number is None or not 1 <= int(number[1]) <= n:
            raise InputError(f"{part[:20]!r} names no bit; write numbers from 1 to {n}, such as “3, 17”.")
        if int(number[1]) - 1 in found:
            raise InputError(f"Bit {int(number[1])} is named twice; name each bit once.")
        found.add(int(number[1]) - 1)
    return tuple(sorted(found))


def bit_names(indices: Iterable[int], most: int | None = None) -> str:
    """The names of bits by their indices from 0; beyond `most` of them an ellipsis.

    >>> bit_names([2, 16, 30], most=2)
    'v3, v17, …'
    """
    names = [f"v{index + 1}" for index in indices]
    return ", ".join(names if most is None or len(names) <= most else [*names[:most], "…"])
