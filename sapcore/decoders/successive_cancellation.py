"""Successive cancellation: the decoder of polar codes, for every code that has their structure.

With F the m-fold Kronecker power of [[1, 0], [1, 1]] and n = 2^m, a word is x = u F, and as F F = I its u is x F. A
code is of the polar type where some bits of u, the frozen ones, are 0 and the others free: its checks are then spanned
by the columns of F at the frozen places. Polar and Reed-Muller codes are of this type, under whatever matrix.

Successive cancellation decides the bits of u in turn (Arikan, IEEE Trans. Inf. Theory 55(7), 2009). As x is
(x' + x'', x''), with x' and x'' made of the two halves of u, the halves a and b of the log-likelihood ratios of x give
those of x', the box-plus of a and b, and, once x' is decided, those of x'': b + a where x' is 0, else b - a. Bits of u
that are all frozen, all free, or free at the last alone are decided at once, to the very same bits as one by one
(Alamdar-Yazdi and Kschischang, IEEE Commun. Letters 15(12), 2011).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sapcore.codes import LinearCode
from sapcore.decoders.protocol import identity_digest
from sapcore.errors import InputError

Values = NDArray[np.float32]

LARGEST_SCALE = 1e12  # of received values: box-plus is the lesser magnitude long before, and no product overflows
BATCH_ELEMENTS = 2**17  # bits of the frames decoded together: small enough to stay near the cache


class SuccessiveCancellation:
    """Successive cancellation with exact box-plus, in float32. Raises InputError for a code not of the polar type."""

    digest: ClassVar[str] = identity_digest("sc")

    def __init__(self, code: LinearCode) -> None:
        self.code = code
        self._form = PolarForm(code)

    @staticmethod
    def check(code: LinearCode) -> None:
        """Make sure that `code` can be decoded; raises InputError if it is not of the polar type."""
        frozen_bits(code)

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Decode `received` (B, n) under noise of deviation `sigma` to bits (B, n) uint8."""
        bits = np.empty(received.shape, dtype=np.uint8)
        for part, llr in self._form.batches(received, sigma, BATCH_ELEMENTS):
            signs = np.empty_like(llr)
            _decide(self._form.tree, llr, signs)
            bits[part] = self._form.bits(signs)
        return bits


class Kind(Enum):
    """What is known of consecutive bits of u."""

    FROZEN = "all frozen"
    REPETITION = "free at the last alone"
    FREE = "all free"
    MIXED = "anything else"


@dataclass(frozen=True)
class Subtree:
    """2^j consecutive bits of u, and their halves; frozen and repeating bits are never taken apart and have none."""

    kind: Kind
    halves: tuple["Subtree", ...] = ()


class PolarForm:
    """A code of the polar type as its decoders see it: the tree over u, and the order in which x is read.

    With x in bit-reversed order, as Arikan has it, a code of the polar type is of that type again, its frozen places
    reversed, but other bits of u are then decided first. The order taken is the one in which the free bits are the more
    reliable, the given one where both are alike.
    """

    def __init__(self, code: LinearCode) -> None:
        frozen = frozen_bits(code)
        self.order = np.arange(code.n)
        reversed_order = _bit_reversed(code.n)
        # rounding may part sums that are equal, as those of all Reed-Muller codes are
        if _unreliability(frozen[reversed_order]) < (1 - 1e-9) * _unreliability(frozen):
            self.order, frozen = reversed_order, frozen[reversed_order]
        self.tree = _subtree(frozen)

    def batches(self, received: np.ndarray, sigma: float, elements: int) -> Iterator[tuple[slice, Values]]:
        """Yield each part of `received` (B, n), of about `elements` values, with its llr ln p(0)/p(1), (n, frames)."""
        scale = np.float32(min(2 / sigma**2, LARGEST_SCALE))
        frames = max(1, elements // received.shape[1])
        for start in range(0, len(received), frames):
            part = slice(start, start + frames)
            yield part, received[part].T[self.order].astype(np.float32, copy=False) * scale

    def bits(self, signs: Values) -> NDArray[np.uint8]:
        """Return bits (frames, n) from the decided signs of x (n, frames), +1 for 0 and -1 for 1."""
        return np.signbit(signs[self.order]).T.astype(np.uint8)  # either order undoes itself


def frozen_bits(code: LinearCode) -> NDArray[np.bool_]:
    """Return which bits of u = x F are 0 in every word x of `code`, (n,) bool.

    Raises:
        InputError: the code is not of the polar type.

    >>> from sapcore.codes import find
    >>> np.flatnonzero(frozen_bits(find("Polar(8,4)")))
    array([0, 1, 2, 4])
    """
    if code.n & (code.n - 1):
        raise InputError(
            "Successive cancellation decodes polar and Reed-Muller codes, whose length is a power of 2; "
            f"{code.name} has length {code.n}."
        )
    u = code.generator.copy()
    half = code.n // 2
    while half:
        parts = u.reshape(code.k, -1, 2, half)
        parts[:, :, 0] ^= parts[:, :, 1]
        half //= 2
    frozen = ~u.any(axis=0)
    if (count := int(frozen.sum())) != code.rank:
        raise InputError(
            "Successive cancellation decodes polar and Reed-Muller codes in natural or bit-reversed order of bits, "
            f"which have n - k frozen bits; {code.name} has {count}, and n - k = {code.rank}."
        )
    return frozen


def _bit_reversed(n: int) -> NDArray[np.intp]:
    order = np.zeros(1, dtype=np.intp)
    while len(order) < n:
        order = np.concatenate([2 * order, 2 * order + 1])
    return order


def _unreliability(frozen: NDArray[np.bool_]) -> float:
    """Return the sum of the Bhattacharyya parameters of the free bits on the erasure channel whose capacity is k/n.

    Exact on this channel (Arikan, above): z becomes 2z - z^2 in the first half and z^2 in the second.
    """
    z = np.array([frozen.mean()])
    while len(z) < len(frozen):
        z = np.stack([2 * z - z * z, z * z], axis=1).ravel()
    return float(z[~frozen].sum())


def _subtree(frozen: NDArray[np.bool_]) -> Subtree:
    """Return the tree over bits of which `frozen` (2^j,) are frozen."""
    if frozen.all():
        return Subtree(Kind.FROZEN)
    if frozen[:-1].all():
        return Subtree(Kind.REPETITION)
    kind = Kind.MIXED if frozen.any() else Kind.FREE
    return Subtree(kind, tuple(_subtree(half) for half in np.split(frozen, 2)))


def box_plus(a: Values, b: Values) -> Values:
    """Return 2 artanh(tanh(a/2) tanh(b/2)), the log-likelihood ratio of the sum of two bits, elementwise.

    Computed as sign(a) sign(b) min(|a|, |b|) + ln(1 + e^-|a+b|) - ln(1 + e^-|a-b|), to float32 rounding of the lesser
    magnitude and of 1. The sign is exact, also that of zero.
    """
    magnitude_a, magnitude_b = np.abs(a), np.abs(b)
    ratio = one_plus_exp_minus(np.abs(magnitude_a - magnitude_b))
    ratio /= one_plus_exp_minus(magnitude_a + magnitude_b)
    least = np.minimum(magnitude_a, magnitude_b, out=magnitude_a)
    least -= np.log(ratio, out=ratio)
    return np.copysign(least, np.multiply(a, b, out=magnitude_b), out=least)


def one_plus_exp_minus(values: Values) -> Values:
    """Return 1 + e^-x of `values` x >= 0, in place."""
    np.exp(np.negative(values, out=values), out=values)
    values += 1
    return values


def folded_sum(values: Values) -> Values:
    """Return the sum (P,) of `values` (2^j, P) over the first axis, half added to half as if bit by bit."""
    while len(values) > 1:
        half = len(values) // 2
        values = values[half:] + values[:half]
    return values[0]


def _decide(tree: Subtree, llr: Values, signs: Values) -> None:
    """Fill `signs` (2^j, B) with the decided x of a subtree, +1 for 0 and -1 for 1, from its `llr` (2^j, B).

    A bit is 1 where the sign bit of its llr is set. So free bits come out at once as one by one: x' has the sign of the
    box-plus, that of a times b, hence b + a or b - a the magnitude |a| + |b| and the sign of b.
    """
    match tree.kind:
        case Kind.FROZEN:
            signs[:] = 1
        case Kind.REPETITION:
            signs[:] = np.copysign(np.float32(1), folded_sum(llr))
        case Kind.FREE:
            np.copysign(np.float32(1), llr, out=signs)
        case Kind.MIXED:
            half = len(llr) // 2
            a, b = llr[:half], llr[half:]
            first, second = signs[:half], signs[half:]
            if tree.halves[0].kind is Kind.FROZEN:
                _decide(tree.halves[1], b + a, second)
                first[:] = second
            else:
                _decide(tree.halves[0], box_plus(a, b), first)
                _decide(tree.halves[1], b + first * a, second)
                first *= second
