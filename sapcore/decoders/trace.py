"""What a FECCT does to one frame, layer by layer, on the very path that decodes it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sapcore.decoders.fecct_decoder import FecctDecoder


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer on one frame; T = n + m nodes, the bits first.

    Attributes:
        attention: weights after the softmax, (heads, T, T) float32: how much the node of the row looks at the node of
            the column; rows sum to 1.
        kept: (heads,) bool, False for a head that was pruned away, whose attention changed nothing.
        logits: (n,) float32, that the hard decision on each bit is wrong, read out after this layer.
    """

    attention: np.ndarray
    kept: np.ndarray
    logits: np.ndarray


def trace(
    decoder: FecctDecoder,
    received: np.ndarray,
    backbone: FecctDecoder | None = None,
    kept: np.ndarray | None = None,
) -> Iterator[LayerTrace]:
    """Yield what each layer of `decoder` does to `received` (n,), whatever its syndrome.

    After every layer the tokens go through the network's read-out, which was trained for those after the last one
    ("logit lens", nostalgebraist, 2020); only the last logits decide.

    Args:
        decoder: of the code.
        received: the values of one frame.
        backbone: where `decoder` is pruned, the network before that under the same matrix. Its heads then look at the
            tokens of the pruned network: what they would have looked at had they not been removed.
        kept: with `backbone`, the heads that `decoder` keeps of it, (layers, heads) bool.
    """
    for layer, step in enumerate(decoder.steps(received[None], backbone)):
        attention = step.attention[0].numpy()
        mine = np.ones(len(attention), dtype=bool)
        if step.unpruned is not None:
            mine, own = kept[layer], attention
            attention = step.unpruned[0].numpy()
            attention[mine] = own
        yield LayerTrace(attention, mine, step.logits[0].numpy())
