"""What every reader of matrix files checks, with its sentences: the encoding, the shape, single bits and numbers."""

import re

import numpy as np

from sapcore.codes.linear_code import MAX_COLUMNS
from sapcore.errors import InputError, quoted

MAX_ROWS = 4096
LONGEST_ENTRY = 20  # of a file, in a sentence

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_BIT = re.compile(r"\+?([01])(\.0*)?([eE][+-]?0+)?")  # also 1.0 and 1.000e+00, as numpy.savetxt writes them


def decoded(contents: bytes) -> str:
    """Return the text of a UTF-8 file, without its byte order mark."""
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("This is not a text file (UTF-8).") from error


def check_shape(rows: int, columns: int) -> None:
    """Refuse a declared shape before anything of that size is built."""
    if rows < 1 or columns < 1:
        raise InputError(f"The matrix is empty, {rows} rows by {columns} columns; it must have at least one of each.")
    if columns > MAX_COLUMNS:
        raise InputError(f"The matrix has {columns} columns; at most {MAX_COLUMNS} are allowed.")
    if rows > MAX_ROWS:
        raise InputError(f"The matrix has {rows} rows; at most {MAX_ROWS} are allowed.")


def bit_of(entry: str, place: str) -> int:
    """Return the 0 or 1 that an entry of a text file stands for."""
    match = _BIT.fullmatch(entry)
    if match is None:
        raise InputError(not_a_bit(entry, place))
    return int(match[1])


def not_a_bit(entry: str, place: str) -> str:
    """Return the sentence that refuses an entry."""
    return f"{place} holds {quoted(entry, LONGEST_ENTRY)}; only 0 and 1 are allowed."


def whole_numbers(words: list[str]) -> np.ndarray:
    """Return words of at most nine digits each as int64."""
    for word in dict.fromkeys(words):
        if not _WHOLE_NUMBER.fullmatch(word):
            needed = "at most nine digits are allowed" if word.isdecimal() else "a whole number is needed"
            raise InputError(f"The file holds {quoted(word, LONGEST_ENTRY)}, where {needed}.")
    return np.array(words, dtype=np.int64)
