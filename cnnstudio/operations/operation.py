"""The base class of operations: their output shape and cost. Engines implement them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

Shape = tuple[int, ...]  # of one sample, channels first: (C, H, W) or (features,)
Pair = tuple[int, int]  # height, width
Sides = tuple[int, int, int, int]  # top, left, bottom, right


@dataclass(frozen=True)
class Operation:
    """One operation that engines run, with all numbers resolved: no defaults, no padding modes."""

    inputs: ClassVar[int] = 1
    mixes_samples: ClassVar[bool] = False  # the output of one sample depends on the others in its batch
    random: ClassVar[bool] = False  # uses random numbers in training

    def output_shape(self, *inputs: Shape) -> Shape:
        """The output shape; by default that of the first input."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> int:
        """Multiply-accumulate operations (MACs) per sample; by convention 0 for elementwise operations and pooling."""
        return 0


def elements(shape: Shape) -> int:
    """The number of elements of a shape."""
    return prod(shape)
