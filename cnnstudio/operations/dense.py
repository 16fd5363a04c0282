"""The fully connected operation, and Reshape."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Shape, elements


@dataclass(frozen=True)
class Dense(Operation):
    """Each output is a weighted sum of all inputs. Weights: `weight` (units, features), optionally `bias` (units,)."""

    units: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return (self.units,)

    def macs(self, *inputs: Shape) -> int:
        return self.units * elements(inputs[0])


@dataclass(frozen=True)
class Reshape(Operation):
    """The same values in the same order (channels, rows, columns) in another shape."""

    shape: Shape

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape
