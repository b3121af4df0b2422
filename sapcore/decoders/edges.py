"""The edges of a Tanner graph in orders that let checks combine what their bits say, many checks and frames at once.

Edge arrays have shape (E, B): edges by frames. A combination of all others is built from parts and never by taking
something back out, so sums of positive terms lose nothing to cancellation.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch

Combine = Callable[..., torch.Tensor]  # an associative operation on two tensors with `out`, such as torch.add


class Edges(Protocol):
    """The edges of some checks, in an order of their own."""

    variables: torch.Tensor  # (E,) the variable node of each edge
    count: int

    def xor_others(self, bits: torch.Tensor) -> torch.Tensor:
        """Return for each edge the exclusive or of the bits (E, B) on the other edges of its check."""
        ...

    def combine_others(self, combine: Combine, neutral: float, values: torch.Tensor) -> torch.Tensor:
        """Return for each edge the combination of the values (E, B) on the other edges of its check."""
        ...


class RaggedEdges:
    """The edges of any checks, in an order in which checks of different degree combine without padding.

    Checks are sorted by falling degree. Slot j holds the j-th edge of every check that has one, in the order of the
    checks, so that it lines up with the first checks of slot j-1. The others combine from both ends.
    """

    def __init__(self, parity_check: np.ndarray) -> None:
        degrees = parity_check.sum(axis=1, dtype=np.int64)
        neighbours = [np.flatnonzero(parity_check[check]) for check in np.argsort(-degrees, kind="stable")]
        slots = [[bits[j] for bits in neighbours if len(bits) > j] for j in range(int(degrees.max()))]
        self.variables = torch.from_numpy(np.concatenate(slots))
        self.count = len(self.variables)
        self._sizes = [len(slot) for slot in slots]

    def xor(self, bits: torch.Tensor) -> torch.Tensor:
        """Return for each check the exclusive or of the bits on its edges: (E, B) to (checks, B), bool or integer."""
        first, *others = bits.split(self._sizes)
        result = first.clone()
        for slot, size in zip(others, self._sizes[1:], strict=True):
            result[:size].bitwise_xor_(slot)
        return result

    def xor_others(self, bits: torch.Tensor) -> torch.Tensor:
        """Return for each edge the exclusive or of the bits (E, B) on the other edges of its check."""
        of_all = self.xor(bits)
        result = torch.empty_like(bits)
        for slot, out, size in zip(bits.split(self._sizes), result.split(self._sizes), self._sizes, strict=True):
            torch.bitwise_xor(slot, of_all[:size], out=out)
        return result

    def combine_others(self, combine: Combine, neutral: float, values: torch.Tensor) -> torch.Tensor:
        """Return for each edge the combination of the values (E, B) on the other edges of its check."""
        from_first, from_last = torch.empty_like(values), torch.empty_like(values)
        slots, before, after = (part.split(self._sizes) for part in (values, from_first, from_last))
        before[0].fill_(neutral)
        for j, following in enumerate(self._sizes[1:]):
            combine(before[j][:following], slots[j][:following], out=before[j + 1])
        after[-1].fill_(neutral)
        for j, (size, following) in reversed(list(enumerate(pairwise(self._sizes)))):
            combine(after[j + 1], slots[j + 1], out=after[j][:following])
            if following < size:
                after[j][following:].fill_(neutral)
        return combine(from_first, from_last, out=from_first)


class EvenEdges:
    """The edges of checks of equal degree: first the first edge of every check, then the second, and so on.

    The others combine along a binary tree, in far fewer operations than from both ends.
    """

    def __init__(self, parity_check: np.ndarray) -> None:
        bits_of_checks = np.nonzero(parity_check)[1].reshape(len(parity_check), -1)
        self.variables = torch.from_numpy(bits_of_checks.T.flatten())
        self.count, self._degree = bits_of_checks.size, bits_of_checks.shape[1]

    def xor_others(self, bits: torch.Tensor) -> torch.Tensor:
        """Return for each edge the exclusive or of the bits (E, B) on the other edges of its check."""
        rows = bits.view(self._degree, -1)
        return (rows ^ _xor(rows)).view_as(bits)

    def combine_others(self, combine: Combine, neutral: float, values: torch.Tensor) -> torch.Tensor:
        """Return for each edge the combination of the values (E, B) on the other edges of its check."""
        return _combine_other_rows(combine, neutral, values.view(self._degree, -1)).view_as(values)


def _xor(rows: torch.Tensor) -> torch.Tensor:
    """Return the exclusive or (1, N) of the rows (D, N)."""
    while (count := rows.shape[0]) > 1:
        half = count // 2
        pairs = rows[:half] ^ rows[half : 2 * half]
        if count % 2:
            pairs[0].bitwise_xor_(rows[-1])
        rows = pairs
    return rows


def _combine_other_rows(combine: Combine, neutral: float, rows: torch.Tensor) -> torch.Tensor:
    """Return for each of the rows (D, N) the combination of the others: of its partner and all outside their pair."""
    count = rows.shape[0]
    if count <= 2:
        return rows.flip(0) if count == 2 else torch.full_like(rows, neutral)
    half, upper = count // 2, (count + 1) // 2
    left, middle, right = rows[:half], rows[half:upper], rows[upper:]  # a row in the middle has no partner
    pairs = combine(left, right)
    outside = _combine_other_rows(combine, neutral, torch.cat([pairs, middle]) if half < upper else pairs)
    result = torch.empty_like(rows)
    combine(right, outside[:half], out=result[:half])
    combine(left, outside[:half], out=result[upper:])
    if half < upper:
        result[half] = outside[half]
    return result
