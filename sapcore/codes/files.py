"""Parity-check matrices in files: alist, 0/1 text, CSV, NumPy .npy and MatrixMarket.

Files come from users, so that every reader checks the size before it parses, never unpickles, and answers anything it
cannot use with an InputError of one sentence. Rows and columns are counted from 1 in those sentences.
"""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

from sapcore.codes.linear_code import MAX_COLUMNS, LinearCode
from sapcore.errors import InputError

FORMATS = ("alist", "txt", "csv", "npy", "mtx")
MAX_BYTES = 4_000_000
MAX_ROWS = 4096

_NPY_MAGIC = b"\x93NUMPY"
_NPY_HEADER = re.compile(
    rb"\{'descr': '[<>|=]?(?P<kind>[a-zA-Z?])[0-9]{0,9}', 'fortran_order': (?:True|False), "
    rb"'shape': \((?P<shape>(?:(?:0|[1-9][0-9]{0,17}), ?)*(?:0|[1-9][0-9]{0,17})?)\),? ?\} *\n?"
)
_MTX_BANNER = re.compile(
    r"%%matrixmarket\s+matrix\s+(?P<layout>coordinate|array)\s+(?P<field>pattern|integer|unsigned-integer|real)\s+"
    r"(?P<symmetry>general|symmetric)"
)
_SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_BIT = re.compile(r"\+?([01])(\.0*)?([eE][+-]?0+)?")  # also 1.0 and 1.000e+00, as numpy.savetxt writes them


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
    name = " ".join(Path(filename).name.split()) or "matrix"
    contents = _contents(source)
    try:
        if not contents.strip():
            raise InputError("The file is empty.")
        H = _READERS[_format_of(contents, Path(name).suffix)](contents)
        return LinearCode(name=Path(name).stem, family="matrix file", parity_check=H)
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


def _contents(source: Path | bytes) -> bytes:
    """Return the bytes of a source of at most MAX_BYTES."""
    if isinstance(source, bytes):
        contents = source
    else:
        try:
            if source.is_dir():
                raise InputError(f"{source} is a directory; a matrix file is needed.")
            if not source.is_file():
                raise InputError(f"There is no matrix file {source}.")
            with source.open("rb") as file:
                contents = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(f"The matrix file {source} cannot be read: {error.strerror}.") from error
    if len(contents) > MAX_BYTES:
        raise InputError(f"A matrix file may have at most {MAX_BYTES // 1_000_000} MB.")
    return contents


def _format_of(contents: bytes, suffix: str) -> str:
    """Return the format that the ending names, or that the contents look like."""
    ending = suffix.lower().removeprefix(".")
    if ending in FORMATS:
        return ending
    if contents.startswith(_NPY_MAGIC):
        return "npy"
    if contents[:14].lower() == b"%%matrixmarket":
        return "mtx"
    text = _text(contents)
    if re.fullmatch(r"[01\s,;]*", text):
        return "txt"
    if re.match(r"\s*[0-9]+[ \t]+[0-9]+[ \t\r]*\n", text):
        return "alist"
    raise InputError(f"This is not a matrix file; matrices are read from {', '.join('.' + f for f in FORMATS)} files.")


def _text(contents: bytes) -> str:
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("This is not a text file (UTF-8).") from error


def _check_shape(rows: int, columns: int) -> None:
    """Refuse a declared shape before anything of that size is built."""
    if rows < 1 or columns < 1:
        raise InputError(f"The matrix is empty, {rows} rows by {columns} columns; it must have at least one of each.")
    if columns > MAX_COLUMNS:
        raise InputError(f"The matrix has {columns} columns; at most {MAX_COLUMNS} are allowed.")
    if rows > MAX_ROWS:
        raise InputError(f"The matrix has {rows} rows; at most {MAX_ROWS} are allowed.")


def _check_binary(array: np.ndarray) -> np.ndarray:
    """Return a real array (m, n) of zeros and ones as uint8."""
    bad = np.argwhere((array != 0) & (array != 1))
    if len(bad):
        row, column = bad[0]
        raise InputError(_not_a_bit(str(array[row, column]), f"Row {row + 1}, column {column + 1}"))
    return array.astype(np.uint8)


def _not_a_bit(entry: str, place: str) -> str:
    return f"{place} holds {_shortened(entry)}; only 0 and 1 are allowed."


def _shortened(entry: str) -> str:
    return repr(entry if len(entry) <= 20 else entry[:20] + "…")


def _read_txt(contents: bytes) -> np.ndarray:
    """Read lines of zeros and ones, with blanks, commas, semicolons or nothing between them."""
    return _parse_lines(contents, digits_may_touch=True)


def _read_csv(contents: bytes) -> np.ndarray:
    """Read rows of zeros and ones with a comma, a semicolon or blanks between them, quoted or not."""
    return _parse_lines(contents, digits_may_touch=False)


def _parse_lines(contents: bytes, digits_may_touch: bool) -> np.ndarray:
    known: dict[str, int] = {}
    matrix: list[list[int]] = []
    for number, line in enumerate(_text(contents).splitlines(), start=1):
        if not line.strip():
            continue
        entries = [entry.strip('"') for entry in _SEPARATOR.split(line.strip())]
        if digits_may_touch and "" not in entries and set(digits := "".join(entries)) <= {"0", "1"}:
            entries = list(digits)
        if not matrix:
            _check_shape(1, len(entries))
        elif len(entries) != len(matrix[0]):
            raise InputError(
                f"Line {number} has {len(entries)} entries and the first row has {len(matrix[0])}; "
                "all rows must have the same length."
            )
        for column, entry in enumerate(entries, start=1):
            if entry not in known:
                known[entry] = _bit(entry, f"Line {number}, column {column}")
        matrix.append([known[entry] for entry in entries])
    _check_shape(len(matrix), len(matrix[0]) if matrix else 0)
    return np.array(matrix, dtype=np.uint8)


def _bit(entry: str, place: str) -> int:
    match = _BIT.fullmatch(entry)
    if match is None:
        raise InputError(_not_a_bit(entry, place))
    return int(match[1])


def _bits(entries: list[str]) -> np.ndarray:
    known: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        if entry not in known:
            known[entry] = _bit(entry, f"Entry {number}")
    return np.array([known[entry] for entry in entries], dtype=np.uint8)


def _whole_numbers(words: list[str]) -> np.ndarray:
    for word in dict.fromkeys(words):
        if not _WHOLE_NUMBER.fullmatch(word):
            raise InputError(f"The file holds {_shortened(word)}, where a whole number is needed.")
    return np.array(words, dtype=np.int64)


def _read_alist(contents: bytes) -> np.ndarray:
    """Read the alist format of MacKay's Encyclopedia of Sparse Graph Codes.

    Sizes "n m", the largest column and row weight, all column weights, all row weights, then for each column the rows
    of its ones and for each row the columns of its ones, counted from 1. Lists shorter than the largest weight may be
    padded with zeros or not. As the weights say how long each list is, line breaks and blanks carry no meaning here.
    """
    numbers = _whole_numbers(_text(contents).split())
    if len(numbers) < 4:
        raise InputError("The alist file ends before the sizes and the largest weights are given.")
    columns, rows = numbers[:2].tolist()
    _check_shape(rows, columns)
    if len(numbers) < 4 + columns + rows:
        raise InputError(f"The alist file ends within the weights of its {columns} columns and {rows} rows.")
    column_weights, row_weights = numbers[4 : 4 + columns], numbers[4 + columns : 4 + columns + rows]
    indices = numbers[4 + columns + rows :]
    indices = indices[indices != 0]
    ones = _check_weights(column_weights, row_weights, numbers[2:4].tolist())
    if len(indices) != 2 * ones:
        problem = "ends too early" if len(indices) < 2 * ones else "goes on too long"
        raise InputError(f"The alist file {problem}: its weights ask for {2 * ones} indices and it has {len(indices)}.")
    by_column = _matrix_of_lists("column", indices[:ones], column_weights, "row", rows).T
    by_row = _matrix_of_lists("row", indices[ones:], row_weights, "column", columns)
    disagreement = np.argwhere(by_column != by_row)
    if len(disagreement):
        row, column = disagreement[0] + 1
        raise InputError(f"The column and row lists of the alist file disagree at row {row}, column {column}.")
    return by_row


def _check_weights(column_weights: np.ndarray, row_weights: np.ndarray, largest: list[int]) -> int:
    """Return the number of ones that the weights of an alist file agree on."""
    for kind, weights, limit in zip(("column", "row"), (column_weights, row_weights), largest, strict=True):
        if weights.min() < 1:
            place = f"{kind.capitalize()} {weights.argmin() + 1}"
            raise InputError(f"{place} has the weight {weights.min()}; every {kind} must hold a 1.")
        if weights.max() > limit:
            place = f"{kind.capitalize()} {weights.argmax() + 1}"
            raise InputError(f"{place} has the weight {weights.max()}; the alist file allows at most {limit}.")
    if column_weights.sum() != row_weights.sum():
        raise InputError(
            f"The column weights of the alist file sum to {column_weights.sum()} and the row weights to "
            f"{row_weights.sum()}; both must be the number of ones."
        )
    return int(column_weights.sum())


def _matrix_of_lists(kind: str, indices: np.ndarray, weights: np.ndarray, other: str, limit: int) -> np.ndarray:
    """Return the (len(weights), limit) uint8 matrix with ones where the lists, one after the other, say so."""
    owners = np.repeat(np.arange(len(weights)), weights)
    outside = np.flatnonzero((indices < 1) | (indices > limit))
    if len(outside):
        raise InputError(
            f"The list of {kind} {owners[outside[0]] + 1} names {other} {indices[outside[0]]}; "
            f"the {other}s go from 1 to {limit}."
        )
    matrix = np.zeros((len(weights), limit), dtype=np.uint8)
    matrix[owners, indices - 1] = 1
    short = np.flatnonzero(matrix.sum(axis=1, dtype=np.int64) != weights)
    if len(short):
        raise InputError(f"The list of {kind} {short[0] + 1} names the same {other} twice.")
    return matrix


def _read_npy(contents: bytes) -> np.ndarray:
    """Read a two-dimensional array of booleans, integers or floats from a NumPy .npy file; pickles are never read.

    The header is checked first, against the one form that NumPy writes: NumPy's own parser answers damaged headers with
    exceptions of many kinds.
    """
    if not contents.startswith(_NPY_MAGIC):
        raise InputError("This is not a NumPy .npy file.")
    size_bytes = 2 if contents[6:7] == b"\x01" else 4  # of the header's length, from version 2 on
    start = len(_NPY_MAGIC) + 2 + size_bytes
    length = int.from_bytes(contents[start - size_bytes : start], "little")
    header = _NPY_HEADER.fullmatch(contents[start : start + length])
    if header is None:
        raise InputError("The .npy file is damaged or does not hold a plain array of numbers.")
    if header["kind"] == b"O":
        raise InputError("The .npy file holds Python objects, which are never unpickled; save an array of numbers.")
    if header["kind"] not in b"biuf":
        raise InputError("The .npy file does not hold numbers; an array of zeros and ones is needed.")
    shape = [int(size) for size in header["shape"].split(b",") if size.strip()]
    if len(shape) != 2:
        raise InputError(f"The .npy file holds an array of {len(shape)} dimensions; a matrix has two.")
    _check_shape(*shape)
    try:
        array = np.load(BytesIO(contents), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError("The .npy file is damaged: its data do not fit its header.") from error
    return _check_binary(array)


def _read_mtx(contents: bytes) -> np.ndarray:
    """Read a MatrixMarket file, coordinate or array, general or symmetric, of pattern, integer or real entries.

    The format is that of Boisvert, Pozo and Remington, NISTIR 5935. scipy.io.mmread is not for files from strangers:
    version 1.17 ends the process with a segmentation fault on some damaged ones.
    """
    banner, _, rest = _text(contents).partition("\n")
    match = _MTX_BANNER.fullmatch(banner.strip().lower())
    if match is None:
        raise InputError(
            "The MatrixMarket file does not begin with '%%MatrixMarket matrix', coordinate or array, "
            "pattern, integer or real, and general or symmetric."
        )
    words = [word for line in rest.splitlines() if not line.lstrip().startswith("%") for word in line.split()]
    sizes = _whole_numbers(words[: 3 if match["layout"] == "coordinate" else 2]).tolist()
    if len(sizes) < (3 if match["layout"] == "coordinate" else 2):
        raise InputError("The MatrixMarket file ends before the size of the matrix and the number of its entries.")
    rows, columns, *entries = sizes
    _check_shape(rows, columns)
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
    row, column = _whole_numbers(body[0::width]), _whole_numbers(body[1::width])
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


def _write_txt(H: np.ndarray) -> bytes:
    return _joined(H.tolist(), " ")


def _write_csv(H: np.ndarray) -> bytes:
    return _joined(H.tolist(), ",")


def _joined(lines: list[list[int]], separator: str) -> bytes:
    return "".join(separator.join(map(str, line)) + "\n" for line in lines).encode()


def _write_alist(H: np.ndarray) -> bytes:
    """Write the alist format with the lists padded by zeros, as MacKay's own files are."""
    lists_of = [[(np.flatnonzero(line) + 1).tolist() for line in side] for side in (H.T, H)]
    weights_of = [[len(entries) for entries in lists] for lists in lists_of]
    largest = [max(weights) for weights in weights_of]
    lines = [[H.shape[1], H.shape[0]], largest, *weights_of]
    for lists, width in zip(lists_of, largest, strict=True):
        lines += [entries + [0] * (width - len(entries)) for entries in lists]
    return _joined(lines, " ")


def _write_npy(H: np.ndarray) -> bytes:
    file = BytesIO()
    np.save(file, H, allow_pickle=False)
    return file.getvalue()


def _write_mtx(H: np.ndarray) -> bytes:
    places = np.argwhere(H) + 1
    lines = [[*H.shape, len(places)], *places.tolist()]
    return b"%%MatrixMarket matrix coordinate pattern general\n" + _joined(lines, " ")


_READERS: dict[str, Callable[[bytes], np.ndarray]] = {
    "alist": _read_alist,
    "txt": _read_txt,
    "csv": _read_csv,
    "npy": _read_npy,
    "mtx": _read_mtx,
}
_WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "alist": _write_alist,
    "txt": _write_txt,
    "csv": _write_csv,
    "npy": _write_npy,
    "mtx": _write_mtx,
}
