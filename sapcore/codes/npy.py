"""NumPy .npy files, read without ever unpickling."""

import re
from io import BytesIO

import numpy as np

from sapcore.codes.matrix_checks import check_shape, not_a_bit
from sapcore.errors import InputError

NPY_MAGIC = b"\x93NUMPY"

_HEADER = re.compile(
    rb"\{'descr': '[<>|=]?(?P<kind>[a-zA-Z?])[0-9]{0,9}', 'fortran_order': (?:True|False), "
    rb"'shape': \((?P<shape>(?:(?:0|[1-9][0-9]{0,17}), ?)*(?:0|[1-9][0-9]{0,17})?)\),? ?\} *\n?"
)


def read_npy(contents: bytes) -> np.ndarray:
    """Read a two-dimensional array of booleans, integers or floats from a NumPy .npy file; pickles are never read.

    The header is checked first, against the one form that NumPy writes: NumPy's own parser answers damaged headers with
    exceptions of many kinds.
    """
    if not contents.startswith(NPY_MAGIC):
        raise InputError("This is not a NumPy .npy file.")
    size_bytes = 2 if contents[6:7] == b"\x01" else 4  # of the header's length, from version 2 on
    start = len(NPY_MAGIC) + 2 + size_bytes
    length = int.from_bytes(contents[start - size_bytes : start], "little")
    header = _HEADER.fullmatch(contents[start : start + length])
    if header is None:
        raise InputError("The .npy file is damaged or does not hold a plain array of numbers.")
    if header["kind"] == b"O":
        raise InputError("The .npy file holds Python objects, which are never unpickled; save an array of numbers.")
    if header["kind"] not in b"biuf":
        raise InputError("The .npy file does not hold numbers; an array of zeros and ones is needed.")
    shape = [int(size) for size in header["shape"].split(b",") if size.strip()]
    if len(shape) != 2:
        raise InputError(f"The .npy file holds an array of {len(shape)} dimensions; a matrix has two.")
    check_shape(*shape)
    try:
        array = np.load(BytesIO(contents), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError("The .npy file is damaged: its data do not fit its header.") from error
    return _check_binary(array)


def write_npy(H: np.ndarray) -> bytes:
    file = BytesIO()
    np.save(file, H, allow_pickle=False)
    return file.getvalue()


def _check_binary(array: np.ndarray) -> np.ndarray:
    """Return a real array (m, n) of zeros and ones as uint8."""
    bad = np.argwhere((array != 0) & (array != 1))
    if len(bad):
        row, column = bad[0]
        raise InputError(not_a_bit(str(array[row, column]), f"Row {row + 1}, column {column + 1}"))
    return array.astype(np.uint8)
