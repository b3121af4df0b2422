"""The size of a FECCT, apart from the network so that cards are read without torch."""

from dataclasses import dataclass

from sapcore.errors import InputError


@dataclass(frozen=True)
class FecctConfig:
    """Size of the network: `layers` blocks of `heads` attention heads and 4 `width` feed-forward channels."""

    layers: int = 6
    width: int = 128
    heads: int = 8

    def __post_init__(self) -> None:
        if min(self.layers, self.width, self.heads) < 1 or self.width % self.heads:
            raise InputError(
                f"A FECCT has at least one layer, head and channel, and heads that divide its width; not {self}."
            )
