"""Decoding in several passes: a frame whose word is no codeword goes through the network again, told what it said.

The next pass starts from the received values mixed with the beliefs of the last one. No weight changes, and only the
few frames that are not done go on: the average cost of a frame hardly grows. A pass may look at other light words of
the dual as its checks than the one before. Turbo decoders exchange beliefs in the same way, and automorphism ensembles
(Geiselhart et al., 2021) try a word again under other checks; the rule for mixing is ours, found on two codes
(BCH(31,16) and BCH(63,45), 4 dB).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode, gf2
from sapcore.codes.gf2 import Bits
from sapcore.codes.redundant import most_rows
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.errors import InputError

MOST_MATRICES = 8
SHARE = 0.5  # of the beliefs in what the next pass receives


class Passes:
    """Decodes with a network in up to `passes` passes.

    Attributes:
        code: the code with the matrix that the first pass looks at.
        digest: identifies weights, precision, passes and matrices.

    Args:
        decoders: of the same code and network; pass number i, from 0, is made by decoders[i mod len(decoders)].
        passes: at most so many.
        digest: see above.
    """

    def __init__(self, decoders: Sequence[FecctDecoder], passes: int, digest: str) -> None:
        self.code = decoders[0].code
        self.digest = digest
        self._decoders = decoders
        self._passes = passes

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Bits (B, n) uint8 of `received` (B, n) float32. The network does not use `sigma`.

        A frame that is no codeword after the last pass is returned as that pass left it.
        """
        bits = hard_decision(received)
        (open_frames,) = np.nonzero(self.code.syndrome(bits).any(axis=1))
        values = received[open_frames]
        for number in range(self._passes if open_frames.size else 0):
            decisions = hard_decision(values)
            logits = self._decoders[number % len(self._decoders)].logits(values)
            wrong = self.code.syndrome(decisions).any(axis=1)  # else the mixed values are a codeword already
            bits[open_frames] = decisions ^ ((logits > 0) & wrong[:, None])
            left = self.code.syndrome(bits[open_frames]).any(axis=1)
            open_frames = open_frames[left]
            if not open_frames.size:
                break
            beliefs = np.where(decisions, logits, -logits)[left]  # positive where the network believes in a 0
            values = mixed(torch.from_numpy(received[open_frames]), torch.from_numpy(beliefs)).numpy()
        return bits


def mixed(received: Tensor, beliefs: Tensor) -> Tensor:
    """What the next pass receives, (B, n): SHARE of `beliefs` (B, n), the rest of `received` (B, n).

    In each frame the beliefs are scaled to the median magnitude of the received values, so that no noise level is
    needed.
    """
    size, belief = (part.abs().quantile(0.5, dim=1, keepdim=True) for part in (received, beliefs))
    return (1 - SHARE) * received + SHARE * size / belief.clamp_min(1e-9) * beliefs


def check_redundant(code: LinearCode) -> None:
    """Make sure that there are checks beyond those of `code`; raises InputError otherwise."""
    if code.standard is None:
        raise InputError(
            f"Fresh checks are light words of the dual beyond redundant checks, and {code.name} has none; take "
            f"{code.name}-r, or passes without +fresh."
        )


def further_matrices(code: LinearCode) -> list[LinearCode]:
    """`code` and, of the light words of its dual that follow its redundant checks, as many again each time.

    Words heavier than the heaviest of `code` are left out, and so is a last set that would not be complete; at most
    MOST_MATRICES in all. Where a set falls short of full rank its last words make room for checks of `code` that
    complete it, so every matrix is one of the same code.

    Raises:
        InputError: the matrix of `code` is not one of redundant checks.
    """
    check_redundant(code)
    count = min(most_rows(code.standard) // code.rows, MOST_MATRICES)
    words = code.standard.redundant(count * code.rows).parity_check
    heaviest = code.parity_check.sum(axis=1).max()
    matrices = [code]
    for first in range(code.rows, len(words), code.rows):
        rows = words[first : first + code.rows]
        if rows.sum(axis=1).max() > heaviest:
            break
        name = f"{code.name}, checks from {first + 1}"
        matrices.append(LinearCode(name, code.family, completed(rows, code.parity_check, code.rank)))
    return matrices


def completed(rows: Bits, others: Bits, rank: int) -> Bits:
    """As many rows as `rows` has, the first of them and then the fewest of `others` that give the whole `rank`.

    The rows and others together have to be of that rank, and the rows at least that many.
    """
    for kept in range(len(rows), 0, -1):
        missing = rank - gf2.rank(rows[:kept])
        if missing <= len(rows) - kept:
            break
    matrix = rows[:kept]
    for other in others:
        if len(matrix) == len(rows):
            break
        wider = np.vstack([matrix, other])
        if gf2.rank(wider) > gf2.rank(matrix):
            matrix = wider
    return np.vstack([matrix, rows[kept : kept + len(rows) - len(matrix)]])
