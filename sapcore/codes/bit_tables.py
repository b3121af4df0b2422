"""Matrices as lines of zeros and ones, one line a row: 0/1 text and CSV."""

import re

import numpy as np

from sapcore.codes.matrix_checks import bit_of, check_shape, decoded
from sapcore.errors import InputError

_SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")


def read_txt(contents: bytes) -> np.ndarray:
    """Read lines of zeros and ones, with blanks, commas, semicolons or nothing between them."""
    return _parse_lines(contents, digits_may_touch=True)


def read_csv(contents: bytes) -> np.ndarray:
    """Read rows of zeros and ones with a comma, a semicolon or blanks between them, quoted or not."""
    return _parse_lines(contents, digits_may_touch=False)


def _parse_lines(contents: bytes, digits_may_touch: bool) -> np.ndarray:
    known: dict[str, int] = {}
    matrix: list[list[int]] = []
    for number, line in enumerate(decoded(contents).splitlines(), start=1):
        if not line.strip():
            continue
        entries = [entry.strip('"') for entry in _SEPARATOR.split(line.strip())]
        if digits_may_touch and "" not in entries and set(digits := "".join(entries)) <= {"0", "1"}:
            entries = list(digits)
        if not matrix:
            check_shape(1, len(entries))
        elif len(entries) != len(matrix[0]):
            raise InputError(
                f"Line {number} has {len(entries)} entries and the first row has {len(matrix[0])}; "
                "all rows must have the same length."
            )
        for column, entry in enumerate(entries, start=1):
            if entry not in known:
                known[entry] = bit_of(entry, f"Line {number}, column {column}")
        matrix.append([known[entry] for entry in entries])
    check_shape(len(matrix), len(matrix[0]) if matrix else 0)
    return np.array(matrix, dtype=np.uint8)


def write_txt(H: np.ndarray) -> bytes:
    return joined(H.tolist(), " ")


def write_csv(H: np.ndarray) -> bytes:
    return joined(H.tolist(), ",")


def joined(lines: list[list[int]], separator: str) -> bytes:
    """Return lines of numbers, which may differ in length, as text."""
    return "".join(separator.join(map(str, line)) + "\n" for line in lines).encode()
