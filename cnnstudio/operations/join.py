"""Operations with several inputs."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Shape


@dataclass(frozen=True)
class Add(Operation):
    """The sum of inputs of one shape."""


@dataclass(frozen=True)
class Multiply(Operation):
    """The product of inputs of one shape."""


@dataclass(frozen=True)
class Concatenate(Operation):
    """Stack the channels of the inputs."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return sum(shape[0] for shape in inputs), *inputs[0][1:]
