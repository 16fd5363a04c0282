"""Fully connected layers and changes of shape."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Shape, elements


@dataclass(frozen=True)
class Dense(Operation):
    """Every output is a weighted sum of all inputs. Weights: `weight` (units, features), `bias` (units,)."""

    units: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return (self.units,)

    def macs(self, *inputs: Shape) -> int:
        return self.units * elements(inputs[0])


@dataclass(frozen=True)
class Reshape(Operation):
    """The same numbers in the same order (channels, rows, columns) under another shape."""

    shape: Shape

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape
