"""An ONNX graph, node by node."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import helper, numpy_helper

from sapcore.errors import InputError

OPSET = 20  # the first with Gelu
IR_VERSION = 9  # that of opset 20
MOST_BYTES = 2_000_000_000  # of constants: a protobuf message ends at 2 GiB


class Graph:
    """Collects nodes and constants; values are named by strings.

    `graph.add("Less", "received", graph.constant(0.0))` gives the name of the result.

    Args:
        name: of the graph; no two graphs of a model share it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._bytes = 0

    def constant(self, value: np.ndarray | float) -> str:
        """The name of a constant; a Python float becomes float32.

        Raises:
            InputError: the constants together are larger than an ONNX file can be.
        """
        array = np.asarray(np.float32(value) if isinstance(value, float) else value, order="C")
        self._bytes += array.nbytes
        if self._bytes > MOST_BYTES:
            raise InputError(f"This decoder needs more than the {MOST_BYTES / 1e9:g} GB that an ONNX file may hold.")
        self._constants.append(numpy_helper.from_array(array, f"{self.name}.c{len(self._constants)}"))
        return self._constants[-1].name

    def integers(self, *values: int) -> str:
        """The name of a constant vector of int64, such as axes or a shape."""
        return self.constant(np.array(values, np.int64))

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        """Add a node of one output and return the name of that."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, outputs: int, *inputs: str, **attributes: object) -> list[str]:
        """Add a node of several outputs and return their names."""
        names = [f"{self.name}.v{len(self._nodes)}.{place}" for place in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def proto(self, gives: onnx.ValueInfoProto, result: str, *takes: onnx.ValueInfoProto) -> onnx.GraphProto:
        """The graph so far, which gives `result` under the name and type of `gives`."""
        nodes = [*self._nodes, helper.make_node("Identity", [result], [gives.name])]
        return helper.make_graph(nodes, self.name, takes, [gives], self._constants)


def model_of(graph: onnx.GraphProto, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """The checked model of a graph, with texts to keep in the file."""
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="sapcore")
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model
