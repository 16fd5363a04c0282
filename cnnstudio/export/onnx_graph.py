"""Builder of an ONNX graph, with nodes, arrays and values named after layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import GraphProto, TensorProto, ValueInfoProto, helper

from cnnstudio.array import Array
from cnnstudio.operations import Shape

BATCH = "N"  # the name of the batch dimension
INPUT, OUTPUT = "input", "output"  # the names of the network's input and output


class OnnxGraph:
    """Wraps a GraphProto. `arrays` are the network's weights by their names in the file."""

    def __init__(self, proto: GraphProto, arrays: Mapping[str, Array]) -> None:
        self.proto, self.arrays = proto, arrays
        self._values = {INPUT, OUTPUT, *arrays}
        self._nodes: set[str] = set()

    def node(self, kind: str, layer: str, inputs: tuple[str, ...], attributes: Mapping[str, Any]) -> str:
        """Add a node with one output; returns the name of the output."""
        name, output = f"{layer}.{kind}", _free(f"{layer}.{kind}", self._values)
        self.proto.node.append(helper.make_node(kind, inputs, [output], _free(name, self._nodes), **attributes))
        return output

    def name_last(self, layer: str, output: str = "") -> None:
        """Name the last node after its layer, and its output likewise or as given."""
        last = self.proto.node[-1]
        self._nodes.discard(last.name)
        self._values.discard(last.output[0])
        last.name = _free(layer, self._nodes)
        last.output[0] = output or _free(layer, self._values)

    def close(self, shape: Shape) -> str:
        """Declare the shape of the last node's output; returns its name."""
        name: str = self.proto.node[-1].output[0]
        if name != OUTPUT:
            self.proto.value_info.append(value_info(name, shape))
        return name

    def weight(self, name: str, shape: Shape) -> str:
        """Add an array of the network in this shape; returns its name."""
        self._add(name, np.asarray(self.arrays[name], "<f4").reshape(shape))
        return name

    def constant(self, name: str, values: Array) -> str:
        """Add a constant array; returns its name, which may have a number appended."""
        free = _free(name, self._values)
        self._add(free, values)
        return free

    def _add(self, name: str, values: Array) -> None:
        tensor = self.proto.initializer.add(name=name, dims=values.shape)
        tensor.data_type = helper.np_dtype_to_tensor_dtype(values.dtype)
        tensor.raw_data = values.tobytes()


@dataclass(frozen=True)
class Step:
    """An instruction to be added: names of inputs and weights, and shapes of one sample."""

    graph: OnnxGraph
    layer: str
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    shape: Shape
    weights: Mapping[str, str]

    @property
    def x(self) -> str:
        """The first input."""
        return self.inputs[0]

    @property
    def per_channel(self) -> Shape:
        """The shape in which one number per channel broadcasts: (C, 1, 1) for maps, (C,) for vectors."""
        return (self.shape[0], *[1] * (len(self.shape) - 1))

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; returns its output. The last node of an instruction computes its output."""
        return self.graph.node(kind, self.layer, inputs, attributes)

    def weight(self, role: str, shape: Shape | None = None) -> str:
        """Add the weight with this role as an initializer of the given shape."""
        name = self.weights[role]
        return self.graph.weight(name, self.graph.arrays[name].shape if shape is None else shape)

    def weights_if_present(self, *roles: str) -> list[str]:
        """Add the weights with those of the roles that the instruction has."""
        return [self.weight(role) for role in roles if role in self.weights]

    def number(self, word: str, value: float) -> str:
        """Add a constant number."""
        return self.graph.constant(f"{self.layer}.{word}", np.array(value, "<f4"))

    def numbers(self, word: str, values: Array) -> str:
        """Add a constant array."""
        return self.graph.constant(f"{self.layer}.{word}", values)

    def reshaped(self, value: str, *sizes: int) -> str:
        """Reshape a value to this shape of one sample; one of the sizes may be -1."""
        shape = self.numbers("shape", np.array([0, *sizes], "<i8"))  # 0: keep the batch dimension
        return self.node("Reshape", value, shape)


def value_info(name: str, shape: Shape) -> ValueInfoProto:
    """A float32 value (N, *shape) with any batch size."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape])


def _free(name: str, taken: set[str]) -> str:
    """Reserve the name, with a number appended if it is taken."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
