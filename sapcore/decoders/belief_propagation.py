"""Belief propagation: the sum-product algorithm on the Tanner graph, flooding schedule.

A check sends to each of its bits the box-plus of what its other bits said (Gallager 1963; Hagenauer, Offer, Papke, IEEE
Trans. Inf. Theory 42(2), 1996). In the domain phi(x) = -ln tanh(x/2), its own inverse, box-plus adds magnitudes and
multiplies signs. The sum over the others is built from both ends, never by subtraction, and sums of positive terms lose
nothing to cancellation, so the messages need no clipping.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

from sapcore.codes import LinearCode
from sapcore.decoders.protocol import MOST_ITERATIONS, identity_digest
from sapcore.errors import InputError

CERTAIN = 1e30  # the message of a check with no other bit, and the greatest magnitude: far above any real one
BATCH_ELEMENTS = 2**19  # edges times frames decoded together


class BeliefPropagation:
    """Flooding sum-product in float32 with at most `iterations` iterations.

    A frame stops as soon as its hard decision satisfies every check, before the first iteration included, and leaves
    the batch. The matrix may have redundant rows and rows of any weight. Raises InputError if `iterations` is not from
    1 to 1000.
    """

    def __init__(self, code: LinearCode, iterations: int) -> None:
        if not 1 <= iterations <= MOST_ITERATIONS:
            raise InputError(f"Belief propagation takes 1 to {MOST_ITERATIONS} iterations, not {iterations}.")
        self.code = code
        self.iterations = iterations
        self.digest = identity_digest(f"bp:{iterations}")
        self._edges = EdgeLayout(code.parity_check)

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) under noise of deviation `sigma` to bits (B, n) uint8."""
        bits = np.empty(received.shape, dtype=np.uint8)
        batch = max(1, min(1024, BATCH_ELEMENTS // self._edges.count))
        for start in range(0, len(received), batch):
            part = slice(start, start + batch)
            llr = torch.from_numpy(np.ascontiguousarray(received[part].T, dtype=np.float32)) * (2 / sigma**2)
            bits[part] = self._decode_batch(llr).T.numpy()
        return bits

    @torch.inference_mode()
    def _decode_batch(self, llr: torch.Tensor) -> torch.Tensor:
        """Decode log-likelihood ratios ln p(0)/p(1), (n, B), to bits (n, B) uint8."""
        edges = self._edges
        bits = torch.empty(llr.shape, dtype=torch.uint8)
        frames = torch.arange(llr.shape[1])  # the columns of `bits` still being decoded
        from_checks = torch.zeros(edges.count, llr.shape[1])
        total = llr
        for iteration in range(self.iterations + 1):
            at_edges = total.index_select(0, edges.variables)  # (E, B)
            open_frames = edges.parity(at_edges < 0).any(dim=0)
            if iteration == self.iterations or not open_frames.any():
                bits[:, frames] = (total < 0).to(torch.uint8)
                break
            if not open_frames.all():
                closed = frames[~open_frames]
                bits[:, closed] = (total[:, ~open_frames] < 0).to(torch.uint8)
                keep = open_frames.nonzero().squeeze(1)
                frames, llr = frames[keep], llr[:, keep]
                at_edges, from_checks = at_edges[:, keep], from_checks[:, keep]
            from_checks = edges.box_plus_others(at_edges.sub_(from_checks))
            total = llr.index_add(0, edges.variables, from_checks)
        return bits


class EdgeLayout:
    """The edges of a Tanner graph in an order in which checks of different degree combine without padding.

    Checks are sorted by falling degree. Slot j holds the j-th edge of every check that has one, in the order of the
    checks, so that it lines up with the first checks of slot j-1. Edge arrays have shape (E, B), check arrays (m, B).
    """

    def __init__(self, parity_check: np.ndarray) -> None:
        degrees = parity_check.sum(axis=1, dtype=np.int64)
        neighbours = [np.flatnonzero(parity_check[check]) for check in np.argsort(-degrees, kind="stable")]
        slots = [[bits[j] for bits in neighbours if len(bits) > j] for j in range(int(degrees.max()))]
        self.variables = torch.from_numpy(np.concatenate(slots))  # (E,) the variable node of each edge
        self.count = len(self.variables)
        ends = np.cumsum([len(slot) for slot in slots])
        self._slots = [slice(int(end) - len(slot), int(end)) for slot, end in zip(slots, ends, strict=True)]

    def parity(self, flags: torch.Tensor) -> torch.Tensor:
        """Return for each check whether an odd number of its edges is flagged: (E, B) bool to (m, B) bool."""
        odd = flags[self._slots[0]].clone()
        for slot in self._slots[1:]:
            odd[: slot.stop - slot.start] ^= flags[slot]
        return odd

    def box_plus_others(self, messages: torch.Tensor) -> torch.Tensor:
        """Return for each edge the box-plus of `messages` (E, B) on the other edges of its check; overwrites them."""
        negative = messages < 0
        odd = self.parity(negative)
        for slot in self._slots:
            negative[slot] ^= odd[: slot.stop - slot.start]
        magnitude = messages.abs_()
        result = _phi(self._combine_others(torch.add, 0.0, _phi(magnitude.clone())))
        saturated = torch.isinf(result)
        if saturated.any():  # phi of a magnitude over 88 is 0 in float32; there box-plus is the least of the others
            result = torch.where(saturated, self._combine_others(torch.minimum, CERTAIN, magnitude), result)
        return result.mul_(1 - 2 * negative.to(torch.float32))

    def _combine_others(
        self, combine: Callable[..., torch.Tensor], neutral: float, values: torch.Tensor
    ) -> torch.Tensor:
        """Return for each edge the combination of the values (E, B) on the other edges of its check, from both ends."""
        before = torch.full_like(values, neutral)
        after = torch.full_like(values, neutral)
        for slot, following in pairwise(self._slots):
            size = following.stop - following.start
            combine(before[slot][:size], values[slot][:size], out=before[following])
        for slot, following in pairwise(self._slots[::-1]):
            size = slot.stop - slot.start
            combine(after[slot], values[slot], out=after[following][:size])
        return combine(before, after, out=before)


def _phi(magnitude: torch.Tensor) -> torch.Tensor:
    """Return -ln tanh(x/2) = ln(1 + 2 / (e^x - 1)) of x >= 0, in place; phi(0) is infinite and phi(88.8) is 0."""
    return magnitude.expm1_().reciprocal_().mul_(2).log1p_()
