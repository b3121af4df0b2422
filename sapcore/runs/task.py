"""What a worker does: simulate a group of consecutive blocks of one point."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import BlockResult, PointKey, measure_block
from sapcore.variants import build_decoder

if TYPE_CHECKING:
    from sapcore.decoders.protocol import Decoder

BUILT_DECODERS = 64  # kept by each worker


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
    return [measure_block(code, built, key.ebn0_db, key.seed, index) for index in indices]
