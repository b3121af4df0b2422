"""The alist format of MacKay's Encyclopedia of Sparse Graph Codes: the places of the ones, by column and by row."""

import numpy as np

from sapcore.codes.bit_tables import joined
from sapcore.codes.matrix_checks import check_shape, decoded, whole_numbers
from sapcore.errors import InputError


def read_alist(contents: bytes) -> np.ndarray:
    """Read the alist format of MacKay's Encyclopedia of Sparse Graph Codes.

    Sizes "n m", the largest column and row weight, all column weights, all row weights, then for each column the rows
    of its ones and for each row the columns of its ones, counted from 1. Lists shorter than the largest weight may be
    padded with zeros or not. As the weights say how long each list is, line breaks and blanks carry no meaning here.
    """
    numbers = whole_numbers(decoded(contents).split())
    if len(numbers) < 4:
        raise InputError("The alist file ends before the sizes and the largest weights are given.")
    columns, rows = numbers[:2].tolist()
    check_shape(rows, columns)
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


def write_alist(H: np.ndarray) -> bytes:
    """Write the alist format with the lists padded by zeros, as MacKay's own files are."""
    lists_of = [[(np.flatnonzero(line) + 1).tolist() for line in side] for side in (H.T, H)]
    weights_of = [[len(entries) for entries in lists] for lists in lists_of]
    largest = [max(weights) for weights in weights_of]
    lines = [[H.shape[1], H.shape[0]], largest, *weights_of]
    for lists, width in zip(lists_of, largest, strict=True):
        lines += [entries + [0] * (width - len(entries)) for entries in lists]
    return joined(lines, " ")
