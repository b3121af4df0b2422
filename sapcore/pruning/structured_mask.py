"""Which heads and feed-forward channels a pruned network keeps."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.importance import Importance

LARGEST_RATIO = 0.9


@dataclass(frozen=True, eq=False)
class StructuredMask:
    """What is kept of a backbone, True = kept; every layer keeps at least one head and one channel.

    Attributes:
        heads: (layers, heads) bool.
        channels: (layers, d_ff) bool.
        backbone: digest of the backbone it belongs to.

    Raises:
        InputError: the shapes do not fit each other, or a layer keeps nothing.
    """

    heads: np.ndarray
    channels: np.ndarray
    backbone: str

    def __post_init__(self) -> None:
        for name, kept in (("head", self.heads), ("channel", self.channels)):
            if kept.ndim != 2 or kept.dtype != bool or len(kept) != len(self.heads):
                raise InputError(f"A mask holds a row of True and False for each layer, not {kept.shape} {kept.dtype}.")
            if not kept.any(axis=1).all():
                raise InputError(
                    f"Layer {int(kept.any(axis=1).argmin())} of the mask keeps no {name}; keep one at least."
                )
            kept.setflags(write=False)

    @classmethod
    def from_importance(
        cls, importance: Importance, ratio: float, channel_ratio: float | None = None
    ) -> "StructuredMask":
        """Remove the least important share `ratio` of heads and of channels.

        Ours, the paper's ranking was not to be had: heads are ranked among all heads of the network, channels among
        all channels, whatever their layer; the best of each layer stays. Ties go to the earlier one.

        Args:
            importance: the scores.
            ratio: 0 to 0.9, of heads and of channels removed.
            channel_ratio: of channels, where they have a ratio of their own.

        Raises:
            InputError: a ratio is out of range.
        """
        ratios = ratio, ratio if channel_ratio is None else channel_ratio
        heads, channels = (
            _best(scores, checked_ratio(value))
            for scores, value in zip((importance.heads, importance.channels), ratios, strict=True)
        )
        return cls(heads, channels, importance.backbone)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that identify backbone and mask."""
        bits = np.packbits(np.concatenate([self.heads.ravel(), self.channels.ravel()]))
        identity = f"{self.backbone}:{self.heads.shape}:{self.channels.shape}:".encode() + bits.tobytes()
        return hashlib.sha256(identity).hexdigest()[:16]

    def pruned(self, config: FecctConfig) -> FecctConfig:
        """The size of the network that remains of one of size `config`.

        Raises:
            InputError: the mask is for a network of another size.
        """
        layers, heads, channels = len(self.heads), self.heads.shape[1], self.channels.shape[1]
        if set(config.layer_heads) != {heads} or set(config.layer_channels) != {channels} or config.layers != layers:
            raise InputError(
                f"This mask is for {layers} layers of {heads} heads and {channels} channels, not for a network of "
                f"{config.layers} layers of {config.heads} heads and {config.channels}."
            )
        kept_heads, kept_channels = self.heads.sum(axis=1).tolist(), self.channels.sum(axis=1).tolist()
        return replace(config, kept_heads=kept_heads, kept_channels=kept_channels)

    def jaccard(self, other: "StructuredMask") -> tuple[float, float]:
        """|A ∩ B| / |A ∪ B| of the kept heads, and of the kept channels; 1 for equal masks.

        Raises:
            InputError: the masks belong to backbones of different shapes.
        """
        if self.heads.shape != other.heads.shape or self.channels.shape != other.channels.shape:
            raise InputError("These masks belong to backbones of different sizes, so they have no overlap.")
        pairs = (self.heads, other.heads), (self.channels, other.channels)
        heads, channels = (float((a & b).sum() / (a | b).sum()) for a, b in pairs)
        return heads, channels


def checked_ratio(ratio: float) -> float:
    """Return `ratio`; raises InputError unless it is 0 to LARGEST_RATIO."""
    if not 0 <= ratio <= LARGEST_RATIO:
        raise InputError(f"A pruning ratio is a number from 0 to {LARGEST_RATIO}, not {ratio}.")
    return ratio


def ranks(scores: np.ndarray) -> np.ndarray:
    """The place of each score when the best are kept first, from 0: the best of each row, then the best of the rest.

    A mask that keeps `kept_count` of them keeps those of lower rank.
    """
    order = scores.astype(float, copy=True)
    order[np.arange(len(order)), order.argmax(axis=1)] = np.inf
    places = np.empty(scores.size, dtype=int)
    places[np.argsort(-order, axis=None, kind="stable")] = np.arange(scores.size)
    return places.reshape(scores.shape)


def kept_count(shape: tuple[int, int], ratio: float) -> int:
    """How many of layers x width are kept: all but round(ratio * size), ties to even, and one a layer at least."""
    size = shape[0] * shape[1]
    return max(shape[0], size - round(ratio * size))


def _best(scores: np.ndarray, ratio: float) -> np.ndarray:
    return ranks(scores) < kept_count(scores.shape, ratio)
