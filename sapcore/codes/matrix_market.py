"""MatrixMarket files: the places of the ones, or every entry column by column."""

import re

import numpy as np

from sapcore.codes.bit_tables import joined
from sapcore.codes.matrix_checks import bit_of, check_shape, decoded, whole_numbers
from sapcore.errors import InputError

_BANNER = re.compile(
    r"%%matrixmarket\s+matrix\s+(?P<layout>coordinate|array)\s+(?P<field>pattern|integer|unsigned-integer|real)\s+"
    r"(?P<symmetry>general|symmetric)"
)


def read_mtx(contents: bytes) -> np.ndarray:
    """Read a MatrixMarket file, coordinate or array, general or symmetric, of pattern, integer or real entries.

    The format is that of Boisvert, Pozo and Remington, NISTIR 5935. scipy.io.mmread is not for files from strangers:
    version 1.17 ends the process with a segmentation fault on some damaged ones.
    """
    banner, _, rest = decoded(contents).partition("\n")
    match = _BANNER.fullmatch(banner.strip().lower())
    if match is None:
        raise InputError(
            "The MatrixMarket file does not begin with '%%MatrixMarket matrix', coordinate or array, "
            "pattern, integer or real, and general or symmetric."
        )
    words = [word for line in rest.splitlines() if not line.lstrip().startswith("%") for word in line.split()]
    sizes = whole_numbers(words[: 3 if match["layout"] == "coordinate" else 2]).tolist()
    if len(sizes) < (3 if match["layout"] == "coordinate" else 2):
        raise InputError("The MatrixMarket file ends before the size of the matrix and the number of its entries.")
    rows, columns, *entries = sizes
    check_shape(rows, columns)
    symmetric = match["symmetry"] == "symmetric"
    if symmetric and rows != columns:
        raise InputError(f"The MatrixMarket file says that a matrix of {rows} by {columns} is symmetric.")
    body = words[len(sizes) :]
    if match["layout"] == "coordinate":
        matrix = _matrix_of_coordinates(body, rows, columns, *entries, with_values=match["field"] != "pattern")
    else:
        matrix = _matrix_of_columns(body, rows, columns, symmetric)
    return matrix | matrix.T if symmetric else matrix


def _matrix_of_coordinates(body: list[str], rows: int, columns: int, entries: int, with_values: bool) -> np.ndarray:
    """Return the matrix of a list of so many entries "row column" or "row column value"."""
    width = 3 if with_values else 2
    _check_length(body, width * entries)
    row, column = whole_numbers(body[0::width]), whole_numbers(body[1::width])
    outside = np.flatnonzero((row < 1) | (row > rows) | (column < 1) | (column > columns))
    if len(outside):
        place = f"row {row[outside[0]]}, column {column[outside[0]]}"
        raise InputError(f"The MatrixMarket file has an entry at {place}; the matrix is {rows} by {columns}.")
    places = (row - 1) * columns + column - 1
    if len(np.unique(places)) < entries:
        raise InputError("The MatrixMarket file gives the same entry twice.")
    matrix = np.zeros(rows * columns, dtype=np.uint8)
    matrix[places] = _bits(body[2::width]) if with_values else 1
    return matrix.reshape(rows, columns)


def _matrix_of_columns(body: list[str], rows: int, columns: int, symmetric: bool) -> np.ndarray:
    """Return the matrix listed column by column, of a symmetric one only the part on and below the diagonal."""
    transposed = np.zeros((columns, rows), dtype=np.uint8)
    listed = np.triu_indices(rows) if symmetric else np.indices(transposed.shape).reshape(2, -1)
    _check_length(body, len(listed[0]))
    transposed[tuple(listed)] = _bits(body)
    return transposed.T


def _check_length(body: list[str], needed: int) -> None:
    if len(body) != needed:
        problem = "ends too early" if len(body) < needed else "goes on too long"
        raise InputError(f"The MatrixMarket file {problem}: its size asks for {needed} numbers and it has {len(body)}.")


def _bits(entries: list[str]) -> np.ndarray:
    known: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        if entry not in known:
            known[entry] = bit_of(entry, f"Entry {number}")
    return np.array([known[entry] for entry in entries], dtype=np.uint8)


def write_mtx(H: np.ndarray) -> bytes:
    places = np.argwhere(H) + 1
    lines = [[*H.shape, len(places)], *places.tolist()]
    return b"%%MatrixMarket matrix coordinate pattern general\n" + joined(lines, " ")
