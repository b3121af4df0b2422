"""N:M sparsity: of every M consecutive inputs of a row of weights, N are kept.

One convention throughout: N counts what is *kept*, so 1:4 keeps a quarter. Public code of the Wanda family counts the
zeros instead; for 2:4 the two agree.
"""

import re
from dataclasses import dataclass

import numpy as np

from sapcore.errors import InputError, quoted

_TEXT = re.compile(r"(\d{1,6}):(\d{1,6})", re.ASCII)


@dataclass(frozen=True)
class NToM:
    """Keep `kept` of `of` consecutive inputs.

    >>> NToM.parse("2:4")
    NToM(kept=2, of=4)
    >>> str(NToM(1, 4)), NToM(1, 4).density
    ('1:4', 0.25)

    Raises:
        InputError: it keeps nothing, or more than there are.
    """

    kept: int
    of: int

    def __post_init__(self) -> None:
        if self.kept < 1:
            raise InputError(f"N:M sparsity keeps N of M consecutive inputs, N at least 1; {self} keeps nothing.")
        if self.kept > self.of:
            raise InputError(f"N:M sparsity keeps N of M consecutive inputs; {self} would keep more than there are.")

    @classmethod
    def parse(cls, text: str) -> "NToM":
        """From text such as "2:4". Raises InputError where it is no such text."""
        found = _TEXT.fullmatch(text)
        if not found:
            raise InputError(f"N:M sparsity is written as two whole numbers such as 2:4, not {quoted(text)}.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.kept}:{self.of}"

    @property
    def density(self) -> float:
        """Share of the weights that is kept, N / M."""
        return self.kept / self.of

    def check(self, inputs: int, layer: str) -> None:
        """Make sure that M divides the number of `inputs` of the layer of that name; raises InputError otherwise."""
        if inputs % self.of:
            raise InputError(f"{self} does not fit {layer}: {self.of} does not divide its {inputs} inputs.")

    def mask(self, scores: np.ndarray) -> np.ndarray:
        """What is kept of a weight matrix whose entries have these scores: the N highest of each group, True = kept.

        Among equal scores the earlier input is kept.

        >>> NToM(2, 4).mask(np.array([[1, 5, 2, 9, 3, 3, 3, 3]])).astype(int)
        array([[0, 1, 0, 1, 1, 1, 0, 0]])

        Args:
            scores: (outputs, inputs), any real numbers; compared as float64.

        Returns:
            (outputs, inputs) bool.

        Raises:
            InputError: M does not divide the inputs, or a score is not finite.
        """
        self.check(scores.shape[-1], "a matrix")
        scores = scores.astype(np.float64)  # the negative of an unsigned integer wraps
        if not np.isfinite(scores).all():
            raise InputError(f"{self} needs finite scores to choose by; some of these are not.")
        groups = scores.reshape(-1, self.of)
        mask = np.zeros(groups.shape, dtype=bool)
        best = np.argsort(-groups, axis=1, kind="stable")[:, : self.kept]
        np.put_along_axis(mask, best, True, axis=1)
        return mask.reshape(scores.shape)

    def holds(self, mask: np.ndarray) -> bool:
        """Whether a mask (outputs, inputs) keeps exactly N in every group of every row."""
        return mask.shape[-1] % self.of == 0 and bool((mask.reshape(-1, self.of).sum(axis=1) == self.kept).all())
