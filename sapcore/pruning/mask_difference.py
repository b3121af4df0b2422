"""What tells two masks apart: which heads and channels one alone keeps, both keep, neither keeps."""

from dataclasses import dataclass

import numpy as np

from sapcore.errors import InputError
from sapcore.pruning.structured_mask import StructuredMask

BOTH, FIRST_ALONE, SECOND_ALONE, NEITHER = range(4)
STATES = ("both", "first alone", "second alone", "neither")


@dataclass(frozen=True, eq=False)
class MaskDifference:
    """Every head and channel by which of two masks keep it.

    Attributes:
        heads: (layers, heads) places in STATES.
        channels: (layers, d_ff) places in STATES.
    """

    heads: np.ndarray
    channels: np.ndarray

    @classmethod
    def of(cls, first: StructuredMask, second: StructuredMask) -> "MaskDifference":
        """Compare two masks.

        Raises:
            InputError: they belong to backbones of different shapes.
        """
        if first.heads.shape != second.heads.shape or first.channels.shape != second.channels.shape:
            raise InputError("These masks belong to backbones of different sizes, so they cannot be compared.")
        return cls(_states(first.heads, second.heads), _states(first.channels, second.channels))

    def counts(self) -> dict[str, np.ndarray]:
        """Of "heads" and of "channels" the number in each state, (layers, 4)."""
        parts = {"heads": self.heads, "channels": self.channels}
        return {
            name: np.stack([(states == state).sum(axis=1) for state in range(len(STATES))], axis=1)
            for name, states in parts.items()
        }


def _states(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.select([first & second, first & ~second, second & ~first], [BOTH, FIRST_ALONE, SECOND_ALONE], NEITHER)
