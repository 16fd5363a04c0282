"""What every operation says about itself: its output shape and its arithmetic. Engines say how."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

Shape = tuple[int, ...]  # of one sample, channels first: (C, H, W) or (features,)
Pair = tuple[int, int]  # height, width
Sides = tuple[int, int, int, int]  # top, left, bottom, right


@dataclass(frozen=True)
class Operation:
    """One instruction of the set that engines run; every number in it is resolved, none is a default."""

    inputs: ClassVar[int] = 1
    mixes_samples: ClassVar[bool] = False  # the output for one sample depends on the others of its batch
    random: ClassVar[bool] = False  # draws random numbers while training

    def output_shape(self, *inputs: Shape) -> Shape:
        """The output's shape; the first input's unless an operation says otherwise."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> int:
        """Multiplications (each with its addition) for one sample, as papers count them: none for the cheap."""
        return 0


def elements(shape: Shape) -> int:
    """How many numbers a shape holds."""
    return prod(shape)
