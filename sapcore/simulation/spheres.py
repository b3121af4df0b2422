"""Frames whose noise has a given length, and where their counts are kept.

White Gaussian noise has a uniform direction and, independent of it, a length. A decoder that uses the received values
alone errs on noise of length r with a probability that no Eb/N0 and no rate changes, so one measurement on spheres
serves them all; see `radial`. Directions come from the unit-variance noise of blocks, other blocks for each sphere, so
that all decoders of a length see the same frames and no two spheres do.
"""

import time
from collections.abc import Mapping
from dataclasses import astuple

import numpy as np

from sapcore.channel import transmit
from sapcore.codes import LinearCode
from sapcore.decoders import Decoder
from sapcore.simulation.block import BLOCK_FRAMES, block_frames
from sapcore.simulation.counts import ErrorCounts
from sapcore.simulation.store import Store

STEP = 0.125  # between radii (signal amplitude 1): below the deviation of the length up to 12 dB at rate 1
SPHERE_BLOCKS = 2**32  # set apart for each sphere, far beyond those of direct simulation
_COUNTS = "frames, frame_errors, bits, bit_errors, bit_errors_squared"
SPHERE_TABLE = """CREATE TABLE IF NOT EXISTS sphere_blocks (
    code_digest TEXT NOT NULL, decoder_digest TEXT NOT NULL, seed INTEGER NOT NULL, radius REAL NOT NULL,
    block_index INTEGER NOT NULL, frames INTEGER NOT NULL, frame_errors INTEGER NOT NULL, bits INTEGER NOT NULL,
    bit_errors INTEGER NOT NULL, bit_errors_squared INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (code_digest, decoder_digest, seed, radius, block_index)) WITHOUT ROWID"""


def simulate_sphere(code: LinearCode, decoder: Decoder, radius: float, seed: int, index: int) -> ErrorCounts:
    """Send block `index` of a sphere with noise of length `radius`, decode it, and count the errors over all n bits."""
    codewords, noise = block_frames(code, seed, round(radius / STEP) * SPHERE_BLOCKS + index)
    noise = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return ErrorCounts.compare(codewords, decoder.decode(transmit(codewords, noise, radius), radius))


class Spheres:
    """Blocks 0, 1, 2, ... of each sphere of one code, decoder and seed, kept in `store` where there is one.

    Attributes:
        counts: of each radius (signal amplitude 1), what has been simulated.
    """

    def __init__(self, code: LinearCode, decoder: Decoder, seed: int = 0, store: Store | None = None) -> None:
        self._code, self._decoder, self._seed, self._store = code, decoder, seed, store
        self._key = code.digest, decoder.digest, seed
        self.counts: dict[float, ErrorCounts] = {}
        if store is not None:
            store.put_code(code)
            self.counts, _ = kept_spheres(store, *self._key)

    def grow(self, radius: float) -> None:
        """Simulate one more block of a sphere."""
        index, start = self._blocks(radius), time.perf_counter()
        block = simulate_sphere(self._code, self._decoder, radius, self._seed, index)
        if self._store is not None:
            row = (*self._key, radius, index, *astuple(block), time.perf_counter() - start)
            with self._store.transaction() as database:
                database.execute(f"INSERT OR IGNORE INTO sphere_blocks VALUES ({', '.join('?' * len(row))})", row)
        self.counts[radius] = self.counts.get(radius, ErrorCounts()) + block

    def _blocks(self, radius: float) -> int:
        return _blocks(self.counts, radius)


def kept_spheres(
    store: Store, code_digest: str, decoder_digest: str, seed: int
) -> tuple[dict[float, ErrorCounts], float]:
    """What `store` has of each radius, without a gap from block 0 on, and the seconds that it took."""
    with store.transaction() as database:
        database.execute(SPHERE_TABLE)
    counts: dict[float, ErrorCounts] = {}
    total = 0.0
    for radius, index, seconds, *row in store.read(
        f"SELECT radius, block_index, seconds, {_COUNTS} FROM sphere_blocks WHERE code_digest = ? "
        "AND decoder_digest = ? AND seed = ? ORDER BY radius, block_index",
        (code_digest, decoder_digest, seed),
    ):
        if index == _blocks(counts, radius):  # none before it is missing
            counts[radius] = counts.get(radius, ErrorCounts()) + ErrorCounts(*row)
            total += seconds
    return counts, total


def _blocks(counts: Mapping[float, ErrorCounts], radius: float) -> int:
    return counts[radius].frames // BLOCK_FRAMES if radius in counts else 0
