"""What a FECCT costs: parameters, bytes, multiply-accumulates a frame. Counted, not estimated; needs no weights."""

from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.decoders.fecct_config import FecctConfig

DISTANCE_CLASSES = 10  # entries of a table of psi


@dataclass(frozen=True)
class Complexity:
    """The cost of one network under one matrix.

    Attributes:
        parameters: of the whole network.
        bytes: of its parameters in float32.
        macs_blocks: multiply-accumulates a frame in the matrix products of the blocks.
        macs: those of the whole network; norms, GELU, softmax and the scaling of scores are not products and not here.
    """

    parameters: int
    bytes: int
    macs_blocks: int
    macs: int


def complexity(config: FecctConfig, code: LinearCode) -> Complexity:
    """The cost of a network of this size when it decodes a frame of non-zero syndrome of `code` under its matrix."""
    d, nodes = config.width, code.n + code.rows
    parameters = 3 * d + 2 * d + 2 * (d * d + d) + d + 1  # embeddings, last norm, bit and check, out
    macs_blocks = 0
    for heads, channels in zip(config.layer_heads, config.layer_channels, strict=True):
        inner = heads * config.head_width
        parameters += 4 * d * inner + 3 * inner + d + heads * DISTANCE_CLASSES  # q, k, v, o and psi
        parameters += 2 * d * channels + channels + d + 4 * d  # up, down, two norms
        macs_blocks += nodes * (4 * d * inner + 2 * nodes * inner + 2 * d * channels)
    read_out = code.n * code.rows * d + 2 * code.n * d * d + code.n * d
    return Complexity(parameters, 4 * parameters, macs_blocks, macs_blocks + read_out)


def adapter_parameters(config: FecctConfig, rank: int) -> int:
    """Parameters of a LoRA adapter of that rank on every matrix of the blocks of a network of this size."""
    inner, d = sum(config.layer_heads) * config.head_width, config.layers * config.width
    return rank * (4 * (inner + d) + 2 * (d + sum(config.layer_channels)))
