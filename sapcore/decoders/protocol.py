"""What every decoder offers, and how a decoder's identity becomes a short digest."""

import hashlib
from typing import Protocol

import numpy as np

from sapcore.codes import LinearCode

MOST_ITERATIONS = 1000  # of an iterative decoder


class Decoder(Protocol):
    """Decodes batches of received frames of one code.

    `digest` identifies everything that decides the output besides the code; two decoders with equal digests give
    equal bits for equal input.
    """

    code: LinearCode
    digest: str

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) float32, sent as +1 / -1 under noise of deviation `sigma`, to (B, n) uint8 bits."""
        ...


def identity_digest(identity: str) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a canonical identity text such as "bp:50"."""
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
