"""What a worker does: simulate a group of consecutive blocks of one point."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import ErrorCounts, PointKey, simulate_block
from sapcore.variants import build_decoder

if TYPE_CHECKING:
    from sapcore.decoders.protocol import Decoder

BUILT_DECODERS = 64  # kept by each worker

BlockResult = tuple[int, ErrorCounts, float]
"""Block index, its counts, and the seconds it took."""


@lru_cache(maxsize=BUILT_DECODERS)
def _built(code: LinearCode, decoder: str, digest: str) -> Decoder:
    built = build_decoder(decoder, code)
    if built.digest != digest:
        raise InputError(f"The worker's {decoder} is not the one this run was asked for; they must run the same files.")
    return built


def simulate_blocks(key: PointKey, code: LinearCode, decoder: str, indices: tuple[int, ...]) -> list[BlockResult]:
    """Simulate the blocks `indices` of the point `key` of `code` under the decoder spec `decoder`.

    Raises:
        InputError: the decoder cannot be built for the code, or is another one than `key` names.
    """
    built = _built(code, decoder, key.decoder_digest)
    results = []
    for index in indices:
        start = time.perf_counter()
        counts = simulate_block(code, built, key.ebn0_db, key.seed, index)
        results.append((index, counts, time.perf_counter() - start))
    return results
