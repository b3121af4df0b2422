"""A backbone put to work on one code."""

import numpy as np
import torch

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.decoders.fecct_config import check_nodes
from sapcore.decoders.inference import InferencePath


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
        syndromes = self._view.syndrome(torch.from_numpy(hard_decision(received)))
        return self._path.logits(torch.from_numpy(np.abs(received, dtype=np.float32)), syndromes).numpy()

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Bits (B, n) uint8 of `received` (B, n) float32. The network does not use `sigma`."""
        bits = hard_decision(received)
        (active,) = np.nonzero(self.code.syndrome(bits).any(axis=1))
        if active.size:
            bits[active] ^= self.logits(received[active]) > 0
        return bits
