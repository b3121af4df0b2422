"""What a decoder made of one frame, and the nearest codeword to compare with."""

from dataclasses import dataclass

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders import Decoder
from sapcore.errors import InputError
from sapcore.inspection.frame import Frame
from sapcore.variants import build_decoder, check_decodable

NEAREST = "ml", "osd:2"


@dataclass(frozen=True, eq=False)
class Decision:
    """The word `bits` (n,) uint8 decided for `frame`."""

    frame: Frame
    bits: np.ndarray

    @classmethod
    def of(cls, decoder: Decoder, frame: Frame) -> "Decision":
        """What `decoder` decides for `frame`."""
        return cls(frame, decoder.decode(frame.received[None], frame.sigma)[0])

    @property
    def wrong(self) -> np.ndarray:
        """(n,) bool, where the bit decided is not the bit sent."""
        return self.bits != self.frame.codeword

    @property
    def is_right(self) -> bool:
        """Whether the word is the one sent."""
        return not self.wrong.any()

    @property
    def is_codeword(self) -> bool:
        """Whether the syndrome of the word is zero."""
        return not self.frame.code.syndrome(self.bits).any()

    @property
    def squared_distance(self) -> float:
        """Squared Euclidean distance of the received values from the word's symbols."""
        return self.frame.squared_distance(self.bits)

    @property
    def beats_the_sent_word(self) -> bool:
        """Whether the word is a codeword nearer to the received values than the one sent: maximum likelihood errs."""
        sent = self.frame.squared_distance(self.frame.codeword)
        return self.is_codeword and not self.is_right and self.squared_distance < sent


def nearest_word_decoder(code: LinearCode) -> tuple[str, Decoder] | None:
    """The spec and the decoder that finds the nearest codeword.

    Exact maximum likelihood where it is within reach, else ordered statistics of order 2, which may miss it; None where
    both are out of reach.
    """
    for spec in NEAREST:
        try:
            check_decodable(spec, code)
        except InputError:
            continue
        return spec, build_decoder(spec, code)
    return None
