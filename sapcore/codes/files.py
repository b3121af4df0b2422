"""Parity-check matrices in files: alist, 0/1 text, CSV, NumPy .npy and MatrixMarket.

Files come from users, so that every reader checks the size before it parses, never unpickles, and answers anything it
cannot use with an InputError of one sentence. Rows and columns are counted from 1 in those sentences. A new format is
one file with its reader and its writer, and one line in FORMATS, _READERS and _WRITERS.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sapcore.codes.alist import read_alist, write_alist
from sapcore.codes.bit_tables import read_csv, read_txt, write_csv, write_txt
from sapcore.codes.linear_code import LinearCode
from sapcore.codes.matrix_checks import MAX_ROWS, decoded
from sapcore.codes.matrix_market import read_mtx, write_mtx
from sapcore.codes.npy import NPY_MAGIC, read_npy, write_npy
from sapcore.contents import read_at_most
from sapcore.errors import InputError

__all__ = ["FILE_FAMILY", "FORMATS", "MAX_BYTES", "MAX_ROWS", "file_stem", "read_matrix", "write_matrix"]

FORMATS = ("alist", "txt", "csv", "npy", "mtx")
MAX_BYTES = 4_000_000
LONGEST_NAME, LONGEST_ENDING = 80, 10  # of a file, whose name is that of its code
FILE_FAMILY = "matrix file"  # of codes read from a file; any other family is the catalogue's

_READERS: dict[str, Callable[[bytes], np.ndarray]] = {
    "alist": read_alist,
    "txt": read_txt,
    "csv": read_csv,
    "npy": read_npy,
    "mtx": read_mtx,
}
_WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "alist": write_alist,
    "txt": write_txt,
    "csv": write_csv,
    "npy": write_npy,
    "mtx": write_mtx,
}


def read_matrix(source: Path | bytes, filename: str | None = None) -> LinearCode:
    """Read a parity-check matrix and return its code, of the family "matrix file" and named by the stem of the file.

    Args:
        source: the path of the file, or its contents.
        filename: the name that gives the format by its ending (one of FORMATS) and the code its name; by default that
            of the path. With any other ending the contents decide.

    Raises:
        InputError: the file cannot be read, is over 4 MB, or does not hold a usable matrix.
    """
    if filename is None:
        filename = source.name if isinstance(source, Path) else ""
    name = _shown(Path(filename).name) or "matrix"
    contents = _contents(source)
    try:
        if not contents.strip():
            raise InputError("The file is empty.")
        H = _READERS[_format_of(contents, Path(name).suffix)](contents)
        return LinearCode(name=Path(name).stem, family=FILE_FAMILY, parity_check=H)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def write_matrix(code: LinearCode, format: str) -> bytes:
    """Return the parity-check matrix of `code` as the contents of a file in one of FORMATS.

    Raises:
        InputError: the format is not one of FORMATS.
    """
    if format not in _WRITERS:
        raise InputError(f"There is no matrix format {format!r}; the formats are {', '.join(FORMATS)}.")
    return _WRITERS[format](code.parity_check)


def file_stem(code: LinearCode) -> str:
    """The name of a code without the characters that file systems dislike: "BCH_31_16-r".

    Names of own matrices may differ in such characters alone, so theirs ends with the digest of the matrix.
    """
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", code.name).strip("_").replace("_-", "-")
    return f"{stem}-{code.digest}" if (code.standard or code).family == FILE_FAMILY else stem


def _shown(filename: str) -> str:
    """A file's name on one line, without what cannot be shown or kept as text, and not longer than LONGEST_NAME."""
    line = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(filename.split())
    )
    if len(line) <= LONGEST_NAME:
        return line
    end = f"…{Path(line).suffix[:LONGEST_ENDING]}"
    return line[: LONGEST_NAME - len(end)] + end


def _contents(source: Path | bytes) -> bytes:
    """Return the bytes of a source of at most MAX_BYTES."""
    found = source if isinstance(source, bytes) else read_at_most(source, "matrix file", MAX_BYTES)
    if len(found) > MAX_BYTES:
        raise InputError(f"A matrix file may have at most {MAX_BYTES // 1_000_000} MB.")
    return found


def _format_of(contents: bytes, suffix: str) -> str:
    """Return the format that the ending names, or that the contents look like."""
    ending = suffix.lower().removeprefix(".")
    if ending in FORMATS:
        return ending
    if contents.startswith(NPY_MAGIC):
        return "npy"
    if contents[:14].lower() == b"%%matrixmarket":
        return "mtx"
    text = decoded(contents)
    if re.fullmatch(r"[01\s,;]*", text):
        return "txt"
    if re.match(r"\s*[0-9]+[ \t]+[0-9]+[ \t\r]*\n", text):
        return "alist"
    raise InputError(f"This is not a matrix file; matrices are read from {', '.join('.' + f for f in FORMATS)} files.")
