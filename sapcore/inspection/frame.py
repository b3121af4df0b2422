"""A frame as the simulator draws it, and with signs changed by hand."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from sapcore.channel import hard_decision, noise_sigma, transmit
from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import BLOCK_FRAMES, block_frames


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of `code`.

    Attributes:
        code: under the matrix it is decoded with.
        codeword: what was sent, (n,) uint8.
        received: what arrived, (n,) float32; the bit 0 is sent as +1, the bit 1 as -1.
        sigma: standard deviation of the noise.
    """

    code: LinearCode
    codeword: np.ndarray
    received: np.ndarray
    sigma: float

    @cached_property
    def hard_decision(self) -> np.ndarray:
        """The bits nearest to the received values, (n,) uint8."""
        return hard_decision(self.received)

    @cached_property
    def wrong(self) -> np.ndarray:
        """(n,) bool, where the hard decision is not the bit sent."""
        return self.hard_decision != self.codeword

    @cached_property
    def syndrome(self) -> np.ndarray:
        """The syndrome of the hard decision, (m,) uint8: 1 for every check that is not satisfied."""
        return self.code.syndrome(self.hard_decision)

    def squared_distance(self, bits: np.ndarray) -> float:
        """Squared Euclidean distance of the received values from the symbols of the word `bits` (n,)."""
        return float(((self.received.astype(np.float64) - (1.0 - 2.0 * bits)) ** 2).sum())


@dataclass(frozen=True)
class FrameSource:
    """The frames of one code at one Eb/N0 and seed, numbered as the simulator draws them: 1024 a block, block by block.

    Attributes:
        code: to send.
        ebn0_db: Eb/N0 in dB.
        seed: of the simulation.
        flipped: indices from 0 of the bits whose received values have their sign changed, in every frame.

    Raises:
        InputError: a flipped bit is none of the code, or the seed is negative, or Eb/N0 is not finite.
    """

    code: LinearCode
    ebn0_db: float
    seed: int
    flipped: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not set(self.flipped) <= set(range(self.code.n)):
            raise InputError(f"Bits of {self.code.name} have indices from 0 to {self.code.n - 1}, not {self.flipped}.")
        if self.seed < 0:
            raise InputError(f"A seed is a whole number from 0 on, not {self.seed}.")
        noise_sigma(self.ebn0_db, self.code.rate)

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise."""
        return noise_sigma(self.ebn0_db, self.code.rate)

    def frame(self, index: int) -> Frame:
        """Frame `index`, from 0. Raises InputError for a negative one."""
        codewords, received = self.frames(index, index + 1)
        return Frame(self.code, codewords[0], received[0], self.sigma)

    def frames(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Codewords (B, n) uint8 and received values (B, n) float32 of frames `start` to `stop` - 1.

        Raises:
            InputError: `start` is negative.
        """
        parts = []
        for block in range(start // BLOCK_FRAMES, -(-stop // BLOCK_FRAMES)):
            part = slice(max(start - block * BLOCK_FRAMES, 0), stop - block * BLOCK_FRAMES)
            codewords, noise = (array[part] for array in _block(self.code, self.seed, block))
            parts.append((codewords, transmit(codewords, noise, self.sigma)))
        codewords, received = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        received[:, list(self.flipped)] *= -1
        return codewords, received


@lru_cache(maxsize=2)  # a search asks for many parts of a block
def _block(code: LinearCode, seed: int, index: int) -> tuple[np.ndarray, np.ndarray]:
    return block_frames(code, seed, index)
