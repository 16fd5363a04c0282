"""Operations with several inputs."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Shape


@dataclass(frozen=True)
class Add(Operation):
    """The elementwise sum of inputs of equal shape."""


@dataclass(frozen=True)
class Multiply(Operation):
    """The elementwise product of inputs of equal shape."""


@dataclass(frozen=True)
class Concatenate(Operation):
    """The inputs stacked along the channels."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return sum(shape[0] for shape in inputs), *inputs[0][1:]
