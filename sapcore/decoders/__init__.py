"""Decoders: what one is, and the classical ones. The network lives in `fecct`, its weights in `backbones`."""

from typing import TYPE_CHECKING

from sapcore.decoders.maximum_likelihood import MaximumLikelihood
from sapcore.decoders.protocol import Decoder, identity_digest
from sapcore.decoders.uncoded import Uncoded

if TYPE_CHECKING:
    from sapcore.decoders.belief_propagation import BeliefPropagation

__all__ = ["BeliefPropagation", "Decoder", "MaximumLikelihood", "Uncoded", "identity_digest"]


def __getattr__(name: str) -> object:
    """Import what needs torch only when it is asked for: a second that pages and the command line save."""
    if name == "BeliefPropagation":
        from sapcore.decoders.belief_propagation import BeliefPropagation

        return BeliefPropagation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
