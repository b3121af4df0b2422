"""A binary linear block code, given by one of its parity-check matrices."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sapcore.codes import gf2
from sapcore.errors import InputError

MAX_COLUMNS = 4096


@dataclass(frozen=True, eq=False)
class LinearCode:
    """The code { x : H xᵀ = 0 } together with the matrix H under which it is decoded.

    Spectrum, signature, masks and the digest belong to H, not to the code alone. H may hold more rows than its rank;
    k is always n - rank. Two codes are equal when name, digest and cyclic are.

    Attributes:
        name: such as "BCH(31,16)"; forms with redundant checks end in "-r" or "-rROWS".
        family: such as "BCH".
        parity_check: H, shape (rows, n), uint8, read-only.
        minimum_distance: the true minimum distance, None where it is not known.
        cyclic: whether every cyclic shift of a codeword is a codeword.
        standard: for a form with redundant checks, the code it was made from.

    Raises:
        InputError: H is not a binary matrix of at most 4096 columns without all-zero rows and columns and with k > 0.

    >>> code = LinearCode("Repetition(3,1)", "repetition", [[1, 1, 0], [0, 1, 1]])
    >>> code.n, code.k, code.rows, code.ones
    (3, 1, 2, 4)
    """

    name: str
    family: str
    parity_check: NDArray[np.uint8]
    minimum_distance: int | None = None
    cyclic: bool = False
    standard: "LinearCode | None" = field(default=None, repr=False)

    def __post_init__(self) -> None:
        matrix = _checked(self.parity_check)
        matrix.setflags(write=False)
        object.__setattr__(self, "parity_check", matrix)
        if self.k == 0:
            raise InputError(
                f"The matrix has rank {self.rank} on {self.n} columns, so k = 0; "
                "the rank must be below the number of columns."
            )

    @property
    def n(self) -> int:
        """Block length, the columns of H."""
        return self.parity_check.shape[1]

    @property
    def rows(self) -> int:
        """Rows of H, redundant ones included."""
        return self.parity_check.shape[0]

    @cached_property
    def rank(self) -> int:
        """Rank of H over GF(2)."""
        return gf2.rank(self.parity_check)

    @property
    def k(self) -> int:
        """Information bits a block, n - rank."""
        return self.n - self.rank

    @property
    def rate(self) -> float:
        """k / n, with the true k."""
        return self.k / self.n

    @cached_property
    def ones(self) -> int:
        """Ones in H, the edges of the Tanner graph."""
        return int(self.parity_check.sum(dtype=np.int64))

    @cached_property
    def generator(self) -> NDArray[np.uint8]:
        """A generator matrix (k, n) with H Gᵀ = 0, read-only."""
        basis = gf2.null_space(self.parity_check)
        basis.setflags(write=False)
        return basis

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits of SHA-256 over the shape and the packed bits of H."""
        shape = np.array(self.parity_check.shape, dtype="<u4").tobytes()
        return hashlib.sha256(shape + np.packbits(self.parity_check).tobytes()).hexdigest()[:16]

    def redundant(self, rows: int | None = None) -> "LinearCode":
        """The same code under `rows` light words of its dual, columns balanced, full rank.

        Without `rows`, 2n for n <= 32 and n beyond, or every word there is where the dual holds fewer. The matrix for
        fewer rows is the top of the matrix for more. See `sapcore.codes.redundant`.

        Raises:
            InputError: `rows` is below n - k or above the number of light words found, or n is above 1024.
        """
        from sapcore.codes.redundant import default_count, redundant_checks

        base = self.standard or self
        default = default_count(base)
        count = default if rows is None else rows
        return LinearCode(
            name=f"{base.name}-r" if count == default else f"{base.name}-r{count}",
            family=base.family,
            parity_check=redundant_checks(base, count),
            minimum_distance=base.minimum_distance,
            cyclic=base.cyclic,
            standard=base,
        )

    def syndrome(self, bits: ArrayLike) -> NDArray[np.uint8]:
        """H xᵀ mod 2 of each word: bits (..., n) to (..., rows).

        Raises:
            InputError: the last axis is not n long.
        """
        return self._product(bits, self.parity_check.T)

    def encode(self, messages: ArrayLike) -> NDArray[np.uint8]:
        """Codewords u G mod 2: messages (..., k) to (..., n).

        Raises:
            InputError: the last axis is not k long.
        """
        return self._product(messages, self.generator)

    def _product(self, bits: ArrayLike, matrix: NDArray[np.uint8]) -> NDArray[np.uint8]:
        vector = np.asarray(bits, dtype=np.float32)
        if vector.ndim == 0 or vector.shape[-1] != matrix.shape[0]:
            raise InputError(
                f"{self.name} takes {matrix.shape[0]} bits a word here, not an array of shape {vector.shape}."
            )
        # Sums of at most 4096 ones are exact in float32, where NumPy multiplies through BLAS.
        return (vector @ matrix.astype(np.float32)).astype(np.int32).astype(np.uint8) & np.uint8(1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LinearCode):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str, bool]:
        return self.name, self.digest, self.cyclic  # redundant checks of a cyclic code are whole orbits

    def __reduce__(self) -> tuple:
        fields = (self.name, self.family, self.parity_check, self.minimum_distance, self.cyclic, self.standard)
        return LinearCode, fields


def _checked(matrix: ArrayLike) -> NDArray[np.uint8]:
    """A contiguous uint8 copy (rows, n) of a usable parity-check matrix."""
    try:
        values = np.asarray(matrix)
    except ValueError as error:
        raise InputError("The matrix is ragged; every row must have the same number of entries.") from error
    if values.ndim != 2:
        raise InputError(f"A parity-check matrix has two axes, rows and columns, not {values.ndim}.")
    if values.size == 0:
        raise InputError("The matrix is empty; it must have at least one row and one column.")
    if values.shape[1] > MAX_COLUMNS:
        raise InputError(f"The matrix has {values.shape[1]} columns; at most {MAX_COLUMNS} are allowed.")
    if values.dtype.kind not in "biuf" or not np.isin(values, (0, 1)).all():
        raise InputError("The matrix holds entries other than 0 and 1; only these two are allowed.")
    bits = np.array(values, dtype=np.uint8, order="C")
    for axis, word in ((1, "row"), (0, "column")):
        empty = np.flatnonzero(~bits.any(axis=axis))
        if empty.size:
            raise InputError(
                f"{word.capitalize()} {empty[0] + 1} of the matrix is all zero; every {word} must hold a 1."
            )
    return bits
