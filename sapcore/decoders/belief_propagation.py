"""Belief propagation: the sum-product algorithm on the Tanner graph.

A check sends to each of its bits the box-plus of what its other bits said (Gallager 1963; Hagenauer, Offer, Papke, IEEE
Trans. Inf. Theory 42(2), 1996). In the domain phi(x) = -ln tanh(x/2), its own inverse, box-plus adds magnitudes and
multiplies signs. The sum over the others is never made by subtraction, and sums of positive terms lose nothing to
cancellation, so the messages need no clipping.
"""

import math

import numpy as np
import torch

from sapcore.codes import LinearCode
from sapcore.decoders.edges import Edges
from sapcore.decoders.message_passing import MessagePassing, check_iterations, least_of_others, with_signs_of_others
from sapcore.decoders.protocol import identity_digest


class BeliefPropagation:
    """Sum-product in float32 with at most `iterations` iterations, under the flooding or the layered schedule.

    A frame stops as soon as its hard decision satisfies every check, before the first iteration included, and leaves
    the batch. The matrix may have redundant rows and rows of any weight. Raises InputError if `iterations` is not from
    1 to 1000.
    """

    def __init__(self, code: LinearCode, iterations: int, layered: bool = False) -> None:
        check_iterations("Belief propagation", iterations)
        self.code = code
        self.iterations = iterations
        self.layered = layered
        self.digest = identity_digest(f"bp:{iterations}" + "/layered" * layered)
        self._messages = MessagePassing(code.parity_check, box_plus_of_others, iterations, layered)

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) under noise of deviation `sigma` to bits (B, n) uint8."""
        return self._messages.decode(received, 2 / sigma**2)


def box_plus_of_others(edges: Edges, messages: torch.Tensor) -> torch.Tensor:
    """Return for each edge the box-plus of `messages` (E, B) on the other edges of its check."""
    magnitudes = _phi(edges.combine_others(torch.add, 0.0, _phi(messages.abs())))
    if math.isinf(magnitudes.max()):  # phi of more than 88 is 0 in float32; there box-plus is the least of the others
        magnitudes = torch.where(torch.isinf(magnitudes), least_of_others(edges, messages), magnitudes)
    return with_signs_of_others(edges, messages, magnitudes)


def _phi(magnitude: torch.Tensor) -> torch.Tensor:
    """Return -ln tanh(x/2) = ln(1 + 2 / (e^x - 1)) of x >= 0, in place; phi(0) is infinite and phi(88.8) is 0."""
    return magnitude.expm1_().reciprocal_().mul_(2).log1p_()
