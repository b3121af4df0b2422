"""One block of frames, the unit of simulation.

The noise of a block comes from (seed, n, block index) alone and is scaled afterwards: every decoder, matrix, rate and
Eb/N0 of a length meets the same frames. Noise and messages are the same on any machine at any time, and so are the
counts of hard decisions. Decoders that compute in float32, all but `uncoded` and `bdd`, round as their processor and
its libraries do, so on another machine a rare frame on the edge between two words may be decoded to the other one.
"""

import time
from typing import NamedTuple

import numpy as np

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode
from sapcore.decoders import Decoder, Uncoded
from sapcore.errors import InputError
from sapcore.simulation.counts import ErrorCounts

BLOCK_FRAMES = 1024
NOISE_STREAM, MESSAGE_STREAM = 0, 1


class BlockResult(NamedTuple):
    """What one block gave.

    `seconds` is the time it took. `wrong` has one bit a frame, the first frame in the highest bit of the first byte,
    set where the frame was decoded wrongly (`numpy.packbits`), so that any two decoders that saw the block can be
    compared frame by frame; None where it was not kept.
    """

    index: int
    counts: ErrorCounts
    seconds: float
    wrong: bytes | None = None


def block_frames(code: LinearCode, seed: int, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the codewords (1024, n) uint8 and the unit-variance noise (1024, n) float64 of block `index`.

    The noise depends on `seed`, `code.n` and `index` alone. The messages are uniform and come from a stream of their
    own. Raises InputError if the seed or the index is negative.
    """
    if seed < 0 or index < 0:
        raise InputError(f"A seed and a block index are whole numbers from 0 on, not {min(seed, index)}.")
    noise = _generator(seed, code.n, index, NOISE_STREAM).standard_normal((BLOCK_FRAMES, code.n))
    messages = _generator(seed, code.n, index, MESSAGE_STREAM).integers(0, 2, (BLOCK_FRAMES, code.k), dtype=np.uint8)
    return code.encode(messages), noise


def simulate_block(code: LinearCode, decoder: Decoder, ebn0_db: float, seed: int, index: int) -> ErrorCounts:
    """Send block `index` over the channel at `ebn0_db`, decode it, and count the errors over all n bits.

    The noise level follows the rate of the code; `Uncoded` spends no energy on redundancy and is sent at rate 1.
    """
    return measure_block(code, decoder, ebn0_db, seed, index).counts


def measure_block(code: LinearCode, decoder: Decoder, ebn0_db: float, seed: int, index: int) -> BlockResult:
    """Do what `simulate_block` does, and keep which frames were wrong and how long it took."""
    start = time.perf_counter()
    codewords, noise = block_frames(code, seed, index)
    rate = 1.0 if isinstance(decoder, Uncoded) else code.rate
    sigma = noise_sigma(ebn0_db, rate)
    decoded = decoder.decode(transmit(codewords, noise, sigma), sigma)
    wrong = np.packbits((codewords != decoded).any(axis=1)).tobytes()
    return BlockResult(index, ErrorCounts.compare(codewords, decoded), time.perf_counter() - start, wrong)


def _generator(seed: int, n: int, index: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(n, index, stream))))
