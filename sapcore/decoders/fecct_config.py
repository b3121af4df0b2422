"""The size of a FECCT, apart from the network so that cards are read without torch."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class FecctConfig:
    """Size of the network: `layers` blocks of `heads` attention heads and 4 `width` feed-forward channels."""

    layers: int = 6
    width: int = 128
    heads: int = 8

    def to_dict(self) -> dict[str, int]:
        """The configuration as plain numbers, the arguments that make it again."""
        return asdict(self)
