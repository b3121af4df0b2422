"""Transmission without a code: every received value is decided alone."""

from typing import ClassVar

import numpy as np

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.decoders.protocol import identity_digest


class Uncoded:
    """Hard decision on frames of length `code.n`.

    Without a code every sent bit is an information bit, so the simulation transmits at rate 1 for this decoder and
    its bit error rate is Q(sqrt(2 Eb/N0)).
    """

    digest: ClassVar[str] = identity_digest("uncoded")

    def __init__(self, code: LinearCode) -> None:
        self.code = code

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Return the hard decisions (B, n) uint8 on `received` (B, n); `sigma` plays no part."""
        return hard_decision(received)
