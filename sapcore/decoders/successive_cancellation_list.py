"""Successive cancellation with a list: at each free bit both values are followed, and the likeliest paths kept.

The metric of a path through the bits u_0, ..., u_i is the sum of ln(1 + e^-((1 - 2 u_j) llr_j)), the negative logarithm
of its probability given what was received (Balatsoukas-Stimming, Parizi and Burg, IEEE Trans. Signal Processing 63(19),
2015, theorem 1). As the bits u of a subtree and its x follow from each other, the terms of its u add up to those of its
x under the log-likelihood ratios of x. This gives the metric after frozen and after repeated bits at once, exactly, and
makes the path of least metric at the end the most likely word of the list.
"""

import numpy as np
from numpy.typing import NDArray

from sapcore.codes import LinearCode
from sapcore.decoders.protocol import identity_digest
from sapcore.decoders.successive_cancellation import (
    Kind,
    PolarForm,
    Subtree,
    Values,
    box_plus,
    folded_sum,
    frozen_bits,
    one_plus_exp_minus,
)
from sapcore.errors import InputError

MOST_PATHS = 32
BATCH_ELEMENTS = 2**19  # bits of all paths of the frames decoded together
INDEX_BITS = 6  # enough to number the candidates of a frame, two for each path

Places = NDArray[np.intp]


class SuccessiveCancellationList:
    """Successive cancellation that follows `size` paths and returns the most likely word among those at the end.

    Exact in float32: box-plus, metrics, and as many paths as there are until the list is full. One path is plain
    successive cancellation. Raises InputError if `size` is not from 1 to 32 or the code is not of the polar type.
    """

    def __init__(self, code: LinearCode, size: int) -> None:
        self.check(code, size)
        self.code = code
        self.size = size
        self.digest = identity_digest(f"scl:{size}")
        self._form = PolarForm(code)

    @staticmethod
    def check(code: LinearCode, size: int) -> None:
        """Make sure that `code` can be decoded with `size` paths; raises InputError as the class says."""
        if not 1 <= size <= MOST_PATHS:
            raise InputError(f"Successive cancellation takes a list of 1 to {MOST_PATHS} paths, not {size}.")
        frozen_bits(code)

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) under noise of deviation `sigma` to bits (B, n) uint8."""
        bits = np.empty(received.shape, dtype=np.uint8)
        for part, llr in self._form.batches(received, sigma, BATCH_ELEMENTS // self.size):
            paths = PathMetrics(llr.shape[1], self.size)
            signs, _ = _follow(self._form.tree, llr, paths)
            bits[part] = self._form.bits(signs[:, paths.best()])
        return bits


class PathMetrics:
    """The metrics (B, paths) of the paths of B frames, one path each at first and never more than `size`.

    In arrays over all P = B * paths, path p of frame b has the place b * paths + p.
    """

    def __init__(self, frames: int, size: int) -> None:
        self.metrics = np.zeros((frames, 1), dtype=np.float32)
        self._size = size

    def add(self, costs: Values) -> None:
        """Add `costs` (P,), none of them negative, to the metrics."""
        self.metrics += costs.reshape(self.metrics.shape)

    def split(self, margins: Values) -> tuple[Places, Values]:
        """Follow each path with its next bit as is likelier and, at `margins` (P,) more, the other way; keep the best.

        Returns (P',) the place of the path that each kept one goes on from, and (P',) float32 +1 where its bit is the
        likelier one, else -1. Of equal metrics the likelier bit comes first, then the earlier path.
        """
        frames, count = self.metrics.shape
        self.metrics = np.concatenate([self.metrics, self.metrics + margins.reshape(frames, count)], axis=1)
        kept = np.broadcast_to(np.arange(2 * count), (frames, 2 * count))
        if 2 * count > self._size:
            # a float that is not negative sorts as the integer of the same bits; the index goes below it
            keys = (self.metrics.view(np.int32).astype(np.int64) << INDEX_BITS) + kept
            keys = np.sort(keys, axis=1)[:, : self._size]
            kept = keys & (2**INDEX_BITS - 1)
            self.metrics = (keys >> INDEX_BITS).astype(np.int32).view(np.float32)
        unlikely = kept >= count
        places = kept - count * unlikely + count * np.arange(frames)[:, None]
        return places.ravel(), np.where(unlikely, np.float32(-1), np.float32(1)).ravel()

    def best(self) -> Places:
        """Return the place of the path of least metric of each frame, (B,)."""
        frames, count = self.metrics.shape
        return self.metrics.argmin(axis=1) + count * np.arange(frames)


def _follow(tree: Subtree, llr: Values, paths: PathMetrics) -> tuple[Values, Places | None]:
    """Follow `paths` through a subtree with `llr` (2^j, P) of its x.

    Returns (2^j, P') the signs of x, +1 for 0 and -1 for 1, on the paths there are then, and (P',) the place of the
    path that each goes on from, None where no bit was free.
    """
    if not tree.halves:
        return _follow_equal(tree, llr, paths)
    half = len(llr) // 2
    first, origin = _follow(tree.halves[0], box_plus(llr[:half], llr[half:]), paths)
    if origin is not None:
        llr = np.take(llr, origin, axis=1)
    second, then = _follow(tree.halves[1], llr[half:] + first * llr[:half], paths)
    if then is not None:
        first = np.take(first, then, axis=1)
        origin = then if origin is None else origin[then]
    return np.concatenate([first * second, second]), origin


def _follow_equal(tree: Subtree, llr: Values, paths: PathMetrics) -> tuple[Values, Places | None]:
    """`_follow` where all bits of x are 0, or all equal to one free bit.

    With s = +1 or -1 the sign of all of x, the terms ln(1 + e^-(s llr)) are ln(1 + e^-|llr|) + (|llr| - s llr) / 2.
    """
    total, most = folded_sum(llr), folded_sum(np.abs(llr))  # rounded alike, so that |total| <= most
    doubt = folded_sum(np.log(one_plus_exp_minus(np.abs(llr))))
    if tree.kind is Kind.FROZEN:
        paths.add(doubt + (most - total) / 2)
        return np.broadcast_to(np.float32(1), llr.shape), None
    margins = np.abs(total)
    paths.add(doubt + (most - margins) / 2)
    origin, agreement = paths.split(margins)
    signs = np.copysign(np.float32(1), total)[origin] * agreement
    return np.broadcast_to(signs, (len(llr), len(signs))), origin
