"""A backbone put to work on one code."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.decoders.fecct_config import check_nodes
from sapcore.decoders.inference import InferencePath, Step


class FecctDecoder:
    """Decodes frames of one code with a backbone; a frame of zero syndrome is returned as received.

    Attributes:
        code: the code with the matrix the network looks at.
        digest: identifies the weights and the precision.

    Raises:
        InputError: the Tanner graph has more than MOST_NODES nodes.
    """

    def __init__(self, code: LinearCode, network: Fecct, digest: str, precision: str = "float32") -> None:
        check_nodes(code)
        self.code = code
        self.digest = digest
        self._view = CodeView.of(code)
        self._path = InferencePath(network.eval(), self._view, precision)

    def logits(self, received: np.ndarray) -> np.ndarray:
        """Logits (B, n) float32 that the hard decision on each bit of `received` (B, n) is wrong, for any syndrome."""
        return self._path.logits(*self._inputs(received)).numpy()

    def steps(self, received: np.ndarray, unpruned: "FecctDecoder | None" = None) -> Iterator[Step]:
        """What each layer does to a few frames `received` (B, n), see `InferencePath.steps`."""
        return self._path.steps(*self._inputs(received), None if unpruned is None else unpruned._path)

    def _inputs(self, received: np.ndarray) -> tuple[Tensor, Tensor]:
        """Magnitudes (B, n) and syndromes (B, m) of frames."""
        syndromes = self._view.syndrome(torch.from_numpy(hard_decision(received)))
        return torch.from_numpy(np.abs(received, dtype=np.float32)), syndromes

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Bits (B, n) uint8 of `received` (B, n) float32. The network does not use `sigma`."""
        bits = hard_decision(received)
        (active,) = np.nonzero(self.code.syndrome(bits).any(axis=1))
        if active.size:
            bits[active] ^= self.logits(received[active]) > 0
        return bits
