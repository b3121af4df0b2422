"""The size of a FECCT, apart from the network so that cards are read without torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.errors import InputError

MOST_PASSES = 64  # of a decoder in several passes, see `Passes`
MOST_NODES = 2048  # n + rows: the attention of more does not fit beside other workers


def check_nodes(code: LinearCode) -> None:
    """Make sure that the Tanner graph of `code` has at most MOST_NODES nodes; raises InputError otherwise."""
    if code.n + code.rows > MOST_NODES:
        raise InputError(
            f"{code.name} has {code.n + code.rows} bits and checks together; fecct decodes up to {MOST_NODES}."
        )


@dataclass(frozen=True)
class FecctConfig:
    """Size of the network: `layers` blocks of `heads` attention heads of width / heads, and 4 `width` channels.

    Attributes:
        kept_heads: heads of each layer of a pruned network, each as wide as before; None where nothing is pruned.
        kept_channels: feed-forward channels of each layer likewise.
    """

    layers: int = 6
    width: int = 128
    heads: int = 8
    kept_heads: Sequence[int] | None = None
    kept_channels: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if min(self.layers, self.width, self.heads) < 1 or self.width % self.heads:
            raise InputError(
                f"A FECCT has at least one layer, head and channel, and heads that divide its width; not {self}."
            )
        for name, most in (("kept_heads", self.heads), ("kept_channels", self.channels)):
            kept = getattr(self, name)
            if kept is not None:
                object.__setattr__(self, name, tuple(kept))
                if len(kept) != self.layers or not all(1 <= count <= most for count in kept):
                    raise InputError(f"{name} must hold 1 to {most} for each of {self.layers} layers, not {kept}.")

    @property
    def channels(self) -> int:
        """Feed-forward channels of a layer that is not pruned."""
        return 4 * self.width

    @property
    def head_width(self) -> int:
        """Width of a head."""
        return self.width // self.heads

    @property
    def layer_heads(self) -> tuple[int, ...]:
        """Heads of each layer."""
        return tuple(self.kept_heads or [self.heads] * self.layers)

    @property
    def layer_channels(self) -> tuple[int, ...]:
        """Feed-forward channels of each layer."""
        return tuple(self.kept_channels or [self.channels] * self.layers)
