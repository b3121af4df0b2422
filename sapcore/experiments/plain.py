"""The yardstick of speed: the backbone as one writes it first in eager PyTorch."""

import numpy as np
import torch

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.decoders import identity_digest
from sapcore.decoders.backbones import backbone_digest, load_backbone
from sapcore.decoders.fecct import CodeView
from sapcore.decoders.fecct_config import check_nodes


class PlainFecct:
    """Decodes with `Fecct.forward` on the whole batch, in float32 and without gradients, and with nothing beyond.

    q, k and v are products of their own, the scores (B, heads, T, T) of all frames are there at once, psi is looked up
    by distance in every layer of every call, and denormal numbers are left as they are. Frames of zero syndrome go
    through the network like all others.

    Attributes:
        code: the code with the matrix the network looks at.
        digest: identifies the weights.

    Args:
        code: see above.
        backbone: its name.

    Raises:
        InputError: there is no such backbone, or the Tanner graph has more than MOST_NODES nodes.
    """

    def __init__(self, code: LinearCode, backbone: str) -> None:
        check_nodes(code)
        self.code = code
        self.digest = identity_digest(f"plain:{backbone_digest(backbone)}")
        self._network = load_backbone(backbone)
        self._view = CodeView.of(code)

    @torch.no_grad()
    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        """Bits (B, n) uint8 of `received` (B, n) float32. The network does not use `sigma`."""
        bits = hard_decision(received)
        syndromes = self._view.syndrome(torch.from_numpy(bits))
        logits = self._network(torch.from_numpy(np.abs(received)), syndromes, self._view)
        return bits ^ (logits > 0).numpy()
