"""The cases of one operator each that the ONNX project ships, in one form wherever they come from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

from cnnstudio.array import Array


@dataclass(frozen=True)
class OnnxCase:
    """A node with its attributes, the arrays it takes (None where one is left out) and those it must give."""

    name: str
    operator: str
    opset: int
    attributes: Mapping[str, Any]
    inputs: tuple[Array | None, ...]
    outputs: tuple[Array, ...]

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or what ONNX takes where it is not given."""
        return self.attributes.get(name, default)

    def input(self, index: int) -> Array | None:
        """An input, None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def on_images(self) -> OnnxCase:
        """A case of a window that slides along rows, as the same one over images that are one pixel high."""
        if self.x.ndim != 3:
            return self
        ones = {"kernel_shape": 1, "strides": 1, "dilations": 1, "output_padding": 0}
        attributes = {name: [ones[name], *value] if name in ones else value for name, value in self.attributes.items()}
        if "pads" in attributes:
            left, right = attributes["pads"]
            attributes["pads"] = [0, left, 0, right]
        inputs = tuple(x[:, :, None] if x is not None and x.ndim == 3 else x for x in self.inputs)
        return replace(self, attributes=attributes, inputs=inputs, outputs=tuple(y[:, :, None] for y in self.outputs))

    @property
    def x(self) -> Array:
        """The first input."""
        assert self.inputs[0] is not None
        return self.inputs[0]

    @property
    def y(self) -> Array:
        """The first output."""
        return self.outputs[0]


@cache
def onnx_cases() -> tuple[OnnxCase, ...]:
    """All cases of a single node: ONNX's own and those it took over from PyTorch; some 4 s."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cases about overflow
        return (*_generated(), *_stored("pytorch-converted"), *_stored("pytorch-operator"))


def _generated() -> Iterator[OnnxCase]:
    for case in load_model_tests(kind="node"):
        if case.model and case.data_sets and len(case.model.graph.node) == 1:
            inputs, outputs = case.data_sets[0]
            yield _case(case.name, case.model, dict(zip(_input_names(case.model), inputs, strict=True)), outputs)


def _stored(kind: str) -> Iterator[OnnxCase]:
    for case in load_model_tests(kind=kind):
        assert case.model_dir is not None
        folder = Path(case.model_dir)
        model = onnx.load(folder / "model.onnx")
        if len(model.graph.node) == 1:
            weights = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
            names = [name for name in _input_names(model) if name not in weights]
            data = folder / "test_data_set_0"
            arrays = {name: _read(data / f"input_{index}.pb") for index, name in enumerate(names)}
            outputs = [_read(data / f"output_{index}.pb") for index in range(len(model.graph.output))]
            yield _case(case.name, model, arrays | weights, outputs)


def _case(name: str, model: onnx.ModelProto, arrays: Mapping[str, Array], outputs: Sequence[Array]) -> OnnxCase:
    (node,) = model.graph.node
    attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    inputs = tuple(arrays.get(name) for name in node.input)
    return OnnxCase(name, node.op_type, model.opset_import[0].version, attributes, inputs, tuple(outputs))


def _input_names(model: onnx.ModelProto) -> list[str]:
    return [item.name for item in model.graph.input]


def _read(path: Path) -> Array:
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return np.asarray(numpy_helper.to_array(tensor))
