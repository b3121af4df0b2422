"""The next frame that is worth a look."""

from collections.abc import Callable

import numpy as np

from sapcore.decoders import Decoder
from sapcore.inspection.frame import FrameSource
from sapcore.simulation import BLOCK_FRAMES

SEARCHED = BLOCK_FRAMES
AT_ONCE = 64

Judge = Callable[[np.ndarray, np.ndarray], np.ndarray]


def next_in_error(source: FrameSource, decoder: Decoder, after: int) -> int | None:
    """The first of the SEARCHED frames after frame `after` that `decoder` gets wrong, None where there is none."""

    def wrong(codewords: np.ndarray, received: np.ndarray) -> np.ndarray:
        return (decoder.decode(received, source.sigma) != codewords).any(axis=1)

    return _first(source, wrong, after)


def next_different(source: FrameSource, first: Decoder, second: Decoder, after: int) -> int | None:
    """The first of the SEARCHED frames after `after` that two decoders decide differently, None where there is none."""

    def different(codewords: np.ndarray, received: np.ndarray) -> np.ndarray:
        return (first.decode(received, source.sigma) != second.decode(received, source.sigma)).any(axis=1)

    return _first(source, different, after)


def _first(source: FrameSource, judge: Judge, after: int) -> int | None:
    for start in range(after + 1, after + 1 + SEARCHED, AT_ONCE):
        found = np.flatnonzero(judge(*source.frames(start, start + AT_ONCE)))
        if found.size:
            return start + int(found[0])
    return None
