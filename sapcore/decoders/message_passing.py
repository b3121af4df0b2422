"""Message passing on the Tanner graph: what belief propagation and min-sum share.

Bits and checks tell each other what they believe of each bit, as log-likelihood ratios ln p(0)/p(1). Under the flooding
schedule all checks of an iteration answer to the same bits. Under the layered schedule (also horizontal, row or turbo
schedule; Mansour and Shanbhag, IEEE Trans. VLSI Systems 11(6), 2003) checks take turns, and each answers to bits that
have already heard the checks before it, so that the same number of iterations reaches further.
"""

from collections.abc import Callable

import numpy as np
import torch

from sapcore.decoders.edges import Edges, EvenEdges, RaggedEdges
from sapcore.decoders.layers import layers
from sapcore.decoders.protocol import MOST_ITERATIONS
from sapcore.errors import InputError

CERTAIN = 1e30  # the message of a check with no other bit, and the greatest magnitude: far above any real one
BATCH_ELEMENTS = 2**19  # edges times frames decoded together
SIGN_BIT = -(2**31)  # of a float32, taken as an int32

CheckNode = Callable[[Edges, torch.Tensor], torch.Tensor]
"""How checks answer: messages (E, B) of their bits, which stay as they are, to new messages (E, B) to their bits."""


class MessagePassing:
    """An iterative decoder in float32 with a given check node and at most `iterations` iterations.

    A frame stops as soon as its hard decision satisfies every check, before the first iteration included, and leaves
    the batch. The matrix may have redundant rows and rows of any weight.
    """

    def __init__(self, parity_check: np.ndarray, check_node: CheckNode, iterations: int, layered: bool) -> None:
        self._iterations = iterations
        self._edges = RaggedEdges(parity_check)
        self._schedule = Layered(parity_check, check_node) if layered else Flooding(self._edges, check_node)

    def decode(self, received: np.ndarray, scale: float) -> np.ndarray:
        """Decode `received` (B, n), log-likelihood ratios when multiplied by `scale`, to bits (B, n) uint8."""
        bits = np.empty(received.shape, dtype=np.uint8)
        batch = max(1, min(1024, BATCH_ELEMENTS // self._edges.count))
        for start in range(0, len(received), batch):
            part = slice(start, start + batch)
            llr = torch.from_numpy(np.ascontiguousarray(received[part].T, dtype=np.float32)) * scale
            bits[part] = self._decode_batch(llr).T.numpy()
        return bits

    @torch.inference_mode()
    def _decode_batch(self, llr: torch.Tensor) -> torch.Tensor:
        """Decode log-likelihood ratios (n, B) to bits (n, B) uint8."""
        bits = torch.empty(llr.shape, dtype=torch.bool)
        frames = torch.arange(llr.shape[1])  # the columns of `bits` still being decoded
        from_checks = torch.zeros(self._edges.count, llr.shape[1])
        total = llr.clone()
        for iteration in range(self._iterations + 1):
            ones = total < 0
            open_frames = self._edges.xor(ones.index_select(0, self._edges.variables)).any(dim=0)
            if iteration == self._iterations or not open_frames.any():
                bits[:, frames] = ones
                break
            if not open_frames.all():
                bits[:, frames] = ones
                keep = open_frames.nonzero().squeeze(1)
                frames = frames[keep]
                llr, total, from_checks = (part.index_select(1, keep) for part in (llr, total, from_checks))
            from_checks = self._schedule.answers(total, from_checks)
            total = llr.index_add(0, self._schedule.variables, from_checks)
        return bits.to(torch.uint8)


class Flooding:
    """The schedule in which all checks answer to the same bits."""

    def __init__(self, edges: Edges, check_node: CheckNode) -> None:
        self.variables = edges.variables
        self._edges = edges
        self._check_node = check_node

    def answers(self, total: torch.Tensor, from_checks: torch.Tensor) -> torch.Tensor:
        """Return the next messages of the checks (E, B) after these, which made the bits `total` (n, B)."""
        return self._check_node(self._edges, total.index_select(0, self.variables).sub_(from_checks))


class Layered:
    """The schedule in which layers of checks that share no bit take turns, in the order of `layers`."""

    def __init__(self, parity_check: np.ndarray, check_node: CheckNode) -> None:
        self._layers = [EvenEdges(parity_check[rows]) for rows in layers(parity_check)]
        self._sizes = [layer.count for layer in self._layers]
        self.variables = torch.cat([layer.variables for layer in self._layers])
        self._check_node = check_node

    def answers(self, total: torch.Tensor, from_checks: torch.Tensor) -> torch.Tensor:
        """Return the next messages of the checks (E, B) after these, which made the bits `total` (n, B).

        Both are overwritten.
        """
        for layer, messages in zip(self._layers, from_checks.split(self._sizes), strict=True):
            to_checks = total.index_select(0, layer.variables).sub_(messages)
            messages.copy_(self._check_node(layer, to_checks))
            total.index_copy_(0, layer.variables, to_checks.add_(messages))
        return from_checks


def with_signs_of_others(edges: Edges, messages: torch.Tensor, magnitudes: torch.Tensor) -> torch.Tensor:
    """Give `magnitudes` (E, B), in place, the product of the signs of `messages` (E, B) on the other edges."""
    signs = edges.xor_others(messages.view(torch.int32)).bitwise_and_(SIGN_BIT)
    magnitudes.view(torch.int32).bitwise_xor_(signs)
    return magnitudes


def least_of_others(edges: Edges, messages: torch.Tensor) -> torch.Tensor:
    """Return for each edge the least magnitude of `messages` (E, B) on the other edges of its check, up to CERTAIN."""
    return edges.combine_others(torch.minimum, CERTAIN, messages.abs()).clamp_(max=CERTAIN)


def check_iterations(decoder: str, iterations: int) -> None:
    """Raise InputError, with `decoder` as its subject, if `iterations` is not from 1 to 1000."""
    if not 1 <= iterations <= MOST_ITERATIONS:
        raise InputError(f"{decoder} takes 1 to {MOST_ITERATIONS} iterations, not {iterations}.")
