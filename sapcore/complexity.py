"""What a FECCT costs: parameters, bytes, multiply-accumulates a frame. Counted, not estimated; needs no weights."""

from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.decoders.fecct_config import FecctConfig

DISTANCE_CLASSES = 10  # entries of a table of psi
PROJECTIONS, ATTENTION, FEED_FORWARD, READ_OUT = "q, k, v, o", "scores and values", "feed-forward", "read-out"


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
    d = config.width
    parameters = 3 * d + 2 * d + 2 * (d * d + d) + d + 1  # embeddings, last norm, bit and check, out
    for heads, channels in zip(config.layer_heads, config.layer_channels, strict=True):
        inner = heads * config.head_width
        parameters += 4 * d * inner + 3 * inner + d + heads * DISTANCE_CLASSES  # q, k, v, o and psi
        parameters += 2 * d * channels + channels + d + 4 * d  # up, down, two norms
    parts = macs_by_part(config, code)
    macs = sum(parts.values())
    return Complexity(parameters, 4 * parameters, macs - parts[READ_OUT], macs)


def sparse_complexity(config: FecctConfig, code: LinearCode, kept: int, of: int) -> Complexity:
    """The cost of a network whose blocks keep `kept` of every `of` weights, where nothing is spent on zeros.

    Counted are the weights that are kept, and for each of them ceil(log2(of)) bits that tell its place in its group.
    The multiply-accumulates are those of a kernel that skips zeros: PyTorch has none on a CPU, where the matrices are
    multiplied in full.
    """
    dense, parts = complexity(config, code), macs_by_part(config, code)
    inner, channels = config.head_width * sum(config.layer_heads), sum(config.layer_channels)
    weights = 4 * config.width * inner + 2 * config.width * channels
    kept_weights = weights * kept // of
    parameters = dense.parameters - weights + kept_weights
    skipped = sum((parts[part] - parts[part] * kept // of) for part in (PROJECTIONS, FEED_FORWARD))
    places = -(-kept_weights * (of - 1).bit_length() // 8)
    return Complexity(parameters, 4 * parameters + places, dense.macs_blocks - skipped, dense.macs - skipped)


def macs_by_part(config: FecctConfig, code: LinearCode) -> dict[str, int]:
    """The multiply-accumulates a frame of `complexity`, part by part of the network, summed over the layers."""
    d, nodes = config.width, code.n + code.rows
    inner, channels = config.head_width * sum(config.layer_heads), sum(config.layer_channels)
    return {
        PROJECTIONS: nodes * 4 * d * inner,
        ATTENTION: nodes * 2 * nodes * inner,
        FEED_FORWARD: nodes * 2 * d * channels,
        READ_OUT: code.n * code.rows * d + 2 * code.n * d * d + code.n * d,
    }


def adapter_parameters(config: FecctConfig, rank: int) -> int:
    """Parameters of a LoRA adapter of that rank on every matrix of the blocks of a network of this size."""
    inner, d = sum(config.layer_heads) * config.head_width, config.layers * config.width
    return rank * (4 * (inner + d) + 2 * (d + sum(config.layer_channels)))
