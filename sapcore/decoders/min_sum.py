"""Normalised min-sum: belief propagation with a check node of comparisons alone.

The magnitude of a box-plus is at most the least of its terms. Min-sum sends that least magnitude (Fossorier,
Mihaljević, Imai, IEEE Trans. Commun. 47(5), 1999), and a factor below 1 makes up for its overestimate (Chen and
Fossorier, IEEE Trans. Commun. 50(3), 2002).
"""

import numpy as np
import torch

from sapcore.codes import LinearCode
from sapcore.decoders.edges import Edges
from sapcore.decoders.message_passing import MessagePassing, check_iterations, least_of_others, with_signs_of_others
from sapcore.decoders.protocol import identity_digest

NORMALISATION = 0.75


class MinSum:
    """Min-sum with normalisation factor 0.75 in float32 and at most `iterations` iterations, flooding or layered.

    Decisions do not depend on the scale of the received values. A frame stops as soon as its hard decision satisfies
    every check, before the first iteration included, and leaves the batch. The matrix may have redundant rows and rows
    of any weight. Raises InputError if `iterations` is not from 1 to 1000.
    """

    def __init__(self, code: LinearCode, iterations: int, layered: bool = False) -> None:
        check_iterations("Min-sum", iterations)
        self.code = code
        self.iterations = iterations
        self.layered = layered
        self.digest = identity_digest(f"ms:{iterations}" + "/layered" * layered)
        self._messages = MessagePassing(code.parity_check, normalised_least_of_others, iterations, layered)

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) to bits (B, n) uint8; they do not depend on `sigma`."""
        return self._messages.decode(received, 1.0)


def normalised_least_of_others(edges: Edges, messages: torch.Tensor) -> torch.Tensor:
    """Return for each edge 0.75 times the least magnitude of `messages` (E, B) on the other edges, with their signs."""
    return with_signs_of_others(edges, messages, least_of_others(edges, messages).mul_(NORMALISATION))
