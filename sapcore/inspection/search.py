"""The next frame that is worth a look."""

from collections.abc import Callable

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders import Decoder
from sapcore.inspection.frame import FrameSource
from sapcore.simulation import BLOCK_FRAMES

MOST_PAIRS = 2**25  # of nodes, over all frames of a search: about ten seconds of two networks on one core
AT_ONCE = 64

Judge = Callable[[np.ndarray, np.ndarray], np.ndarray]


def frames_searched(code: LinearCode) -> int:
    """How many frames a search looks at: a block of 1024, of large Tanner graphs fewer."""
    return max(1, min(BLOCK_FRAMES, MOST_PAIRS // (code.n + code.rows) ** 2))


def next_in_error(source: FrameSource, decoder: Decoder, after: int) -> int | None:
    """The first frame after `after` that `decoder` gets wrong, None where it is not among `frames_searched`."""

    def wrong(codewords: np.ndarray, received: np.ndarray) -> np.ndarray:
        return (decoder.decode(received, source.sigma) != codewords).any(axis=1)

    return _first(source, wrong, after)


def next_different(source: FrameSource, first: Decoder, second: Decoder, after: int) -> int | None:
    """The first frame after `after` that two decoders decide differently, None where not among `frames_searched`."""

    def different(codewords: np.ndarray, received: np.ndarray) -> np.ndarray:
        return (first.decode(received, source.sigma) != second.decode(received, source.sigma)).any(axis=1)

    return _first(source, different, after)


def _first(source: FrameSource, judge: Judge, after: int) -> int | None:
    stop = after + 1 + frames_searched(source.code)
    for start in range(after + 1, stop, AT_ONCE):
        found = np.flatnonzero(judge(*source.frames(start, min(start + AT_ONCE, stop))))
        if found.size:
            return start + int(found[0])
    return None
