"""A FECCT for one matrix as one ONNX graph, from received values to bits.

The graph says what `FecctDecoder.decode` and `Fecct.forward` say, written out so that the file holds nothing else: the
library's exporter also works, but writes the source paths of the machine into every node, takes another dependency, and
sends frames of zero syndrome through the network.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper
from torch import Tensor, nn

from sapcore.codes import LinearCode
from sapcore.decoders.fecct import Attention, Block, CodeView, Fecct
from sapcore.export.graph import Graph, model_of

RECEIVED, BITS = "received", "bits"


def decoder_model(code: LinearCode, network: Fecct, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """The model that takes `received` (B, n) float32 and gives `bits` (B, n) uint8, for any B.

    Frames of zero syndrome come back as received and do not enter the network.

    Args:
        code: under the matrix that is decoded with.
        network: with everything merged into its weights; layers may have widths of their own.
        metadata: texts to keep in the file.

    Raises:
        InputError: the file would be larger than the format holds.
    """
    graph, view = Graph("decoder"), CodeView.of(code)
    hard = graph.add("Less", RECEIVED, graph.constant(0.0))  # (B, n) bool
    syndromes = _syndromes(graph, hard, code)  # (B, m) int64
    wrong_frames = graph.add("NonZero", graph.add("ReduceMax", syndromes, graph.integers(1), keepdims=0))  # (1, A)
    places = graph.add("Transpose", wrong_frames, perm=[1, 0])  # (A, 1), of the frames to decode
    some = graph.add("Greater", graph.add("Size", places), graph.constant(np.int64(0)))
    branches = {
        "then_branch": _corrected(network, view, hard, syndromes, places),
        "else_branch": Graph("received").proto(_words("received_bits", TensorProto.BOOL, code.n), hard),
    }
    bits = graph.add("If", some, **branches)  # (B, n) bool; runtimes differ in what they make of an empty batch
    bits = graph.add("Cast", bits, to=TensorProto.UINT8)
    takes, gives = _words(RECEIVED, TensorProto.FLOAT, code.n), _words(BITS, TensorProto.UINT8, code.n)
    return model_of(graph.proto(gives, bits, takes), metadata)


def _words(name: str, kind: int, n: int) -> onnx.ValueInfoProto:
    """A value (B, n) of a type."""
    return helper.make_tensor_value_info(name, kind, ["batch", n])


def _corrected(network: Fecct, view: CodeView, hard: str, syndromes: str, places: str) -> onnx.GraphProto:
    """The bits (B, n) bool when the frames at `places` (A, 1), at least one, have been through the network."""
    graph = Graph("corrected")
    active = graph.add("Squeeze", places, graph.integers(1))  # (A,)
    magnitudes = graph.add("Abs", graph.add("Gather", RECEIVED, active))  # (A, n)
    logits = _network(graph, network, view, magnitudes, graph.add("Gather", syndromes, active))
    wrong = graph.add("Greater", logits, graph.constant(0.0))
    corrected = graph.add("Xor", graph.add("Gather", hard, active), wrong)  # (A, n) bool
    bits = graph.add("ScatterND", hard, places, corrected)
    return graph.proto(_words("corrected_bits", TensorProto.BOOL, len(view.fold)), bits)


def _syndromes(graph: Graph, hard: str, code: LinearCode) -> str:
    """Syndromes (B, m) int64 of bits (B, n) bool; float32 sums of at most 4096 ones are exact."""
    sums = graph.add(
        "MatMul", graph.add("Cast", hard, to=TensorProto.FLOAT), graph.constant(code.parity_check.T.astype(np.float32))
    )
    return graph.add("Mod", graph.add("Cast", sums, to=TensorProto.INT64), graph.constant(np.int64(2)))


def _network(graph: Graph, network: Fecct, view: CodeView, magnitudes: str, syndromes: str) -> str:
    """Logits (B, n)."""
    n, checks = view.fold.shape
    values = graph.add("Unsqueeze", magnitudes, graph.integers(2))
    bits = graph.add("Mul", values, _constant(graph, network.magnitude))  # (B, n, d)
    x = graph.add("Concat", bits, graph.add("Gather", _constant(graph, network.syndrome.weight), syndromes), axis=1)
    for block in network.blocks:
        x = _block(graph, block, view, x)
    x = _norm(graph, network.norm, x)
    bits, folded = graph.add_many("Split", 2, x, graph.integers(n, checks), axis=1)
    folded = graph.add("MatMul", _constant(graph, view.fold), folded)  # (B, n, d)
    hidden = graph.add("Add", _linear(graph, network.bit, bits), _linear(graph, network.check, folded))
    return graph.add("Squeeze", _linear(graph, network.out, graph.add("Gelu", hidden)), graph.integers(2))


def _block(graph: Graph, block: Block, view: CodeView, x: str) -> str:  # (B, T, d) -> (B, T, d)
    x = graph.add("Add", x, _attention(graph, block.attention, view, _norm(graph, block.norm_attention, x)))
    hidden = graph.add("Gelu", _linear(graph, block.up, _norm(graph, block.norm_ffn, x)))
    return graph.add("Add", x, _linear(graph, block.down, hidden))


def _attention(graph: Graph, attention: Attention, view: CodeView, x: str) -> str:  # (B, T, d) -> (B, T, d)
    nodes, inner = len(view.distances), attention.q.out_features
    split = graph.integers(0, nodes, attention.heads, inner // attention.heads)  # 0: as it is
    parts = ((attention.q, [0, 2, 1, 3]), (attention.k, [0, 2, 3, 1]), (attention.v, [0, 2, 1, 3]))
    q, k, v = (
        graph.add("Transpose", graph.add("Reshape", _linear(graph, part, x), split), perm=perm) for part, perm in parts
    )
    modulation = _constant(graph, attention.modulation(view.distances))  # (h, T, T)
    scores = graph.add("Mul", graph.add("MatMul", q, k), modulation)  # (B, h, T, T)
    said = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), v)
    said = graph.add("Reshape", graph.add("Transpose", said, perm=[0, 2, 1, 3]), graph.integers(0, nodes, inner))
    return _linear(graph, attention.o, said)


def _linear(graph: Graph, layer: nn.Linear, x: str) -> str:
    return graph.add("Add", graph.add("MatMul", x, _constant(graph, layer.weight.T)), _constant(graph, layer.bias))


def _norm(graph: Graph, layer: nn.LayerNorm, x: str) -> str:
    scale, shift = _constant(graph, layer.weight), _constant(graph, layer.bias)
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=layer.eps)


def _constant(graph: Graph, values: Tensor) -> str:
    return graph.constant(values.detach().float().numpy())
