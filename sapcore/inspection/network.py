"""A trained network laid open on one code."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import backbone_config
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.trace import LayerTrace, trace
from sapcore.errors import InputError
from sapcore.inspection.attention import edge_share
from sapcore.spectra import TannerGraph
from sapcore.variants import DecoderSpec, build_decoder


class LayerSummary(NamedTuple):
    """What the layers of a network did to one frame of n bits.

    Attributes:
        logits: (layers, n) float32, that the hard decision on each bit is wrong, read out after each layer.
        edge_shares: (layers, heads), the share of a head's attention along the edges of the Tanner graph.
    """

    logits: np.ndarray
    edge_shares: np.ndarray


@dataclass(frozen=True, eq=False)
class TracedNetwork:
    """A fecct, and what it was before heads and channels were taken out. N:M sparsity takes out single weights only.

    Attributes:
        spec: of the decoder.
        decoder: itself.
        backbone: before that, None where every head and channel is there.
        kept: (layers, heads) bool, the heads it keeps of the backbone.
    """

    spec: DecoderSpec
    decoder: FecctDecoder
    backbone: FecctDecoder | None
    kept: np.ndarray

    @classmethod
    def of(cls, spec: DecoderSpec | str, code: LinearCode) -> "TracedNetwork":
        """Build the decoder and what it was pruned from.

        Raises:
            InputError: the decoder has no network, or cannot be built for this code.
        """
        spec = DecoderSpec.parse(spec) if isinstance(spec, str) else spec
        if spec.base != "fecct":
            raise InputError(f"{spec} has no network to look into; fecct and its pruned forms have one.")
        if spec.passes is not None:
            one = replace(spec, passes=None, fresh=False)
            raise InputError(f"{spec} decodes in several passes, and one is shown at a time; name it {one}.")
        config, decoder = backbone_config(spec.backbone), build_decoder(spec, code)
        if spec.how is None:
            return cls(spec, decoder, None, np.ones((config.layers, config.heads), dtype=bool))
        backbone = build_decoder(replace(spec, how=None, ratio=None, lora=False), code)
        return cls(spec, decoder, backbone, spec.mask(code).heads)

    def has(self, layer: int, head: int) -> bool:
        """Whether the backbone has this head; both count from 0."""
        layers, heads = self.kept.shape
        return 0 <= layer < layers and 0 <= head < heads

    def trace(self, received: np.ndarray) -> Iterator[LayerTrace]:
        """Yield what each layer does to `received` (n,), see `sapcore.decoders.trace`."""
        return trace(self.decoder, received, self.backbone, self.kept)

    def summary(self, received: np.ndarray) -> LayerSummary:
        """What the layers do to `received` (n,)."""
        code = self.decoder.code
        edges, logits, shares = TannerGraph(code).edges, [], []
        for step in self.trace(received):
            logits.append(step.logits)
            shares.append([edge_share(head, edges, code.n) for head in step.attention])
        return LayerSummary(np.array(logits), np.array(shares))

    def attention(self, received: np.ndarray, layer: int, head: int) -> np.ndarray:
        """The attention (T, T) of one head of the backbone on `received` (n,); `layer` and `head` count from 0.

        Raises:
            InputError: the backbone has no such head.
        """
        if not self.has(layer, head):
            layers, heads = self.kept.shape
            raise InputError(
                f"{self.spec} has layers 0 to {layers - 1} and heads 0 to {heads - 1}, not {layer}, {head}."
            )
        step = next(islice(self.trace(received), layer, None))
        return step.attention[head].copy()
