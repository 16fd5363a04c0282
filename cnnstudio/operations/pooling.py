"""Pooling and upsampling."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Pair, Shape, Sides
from cnnstudio.operations.sliding_window import window_grid


@dataclass(frozen=True)
class Pooling(Operation):
    """A window sliding over each map.

    `overhang` (bottom, right) is how far the last windows extend beyond the padded image in ceil mode; nothing there
    ever counts.
    """

    pool_size: Pair
    stride: Pair
    padding: Sides
    overhang: Pair

    def output_shape(self, *inputs: Shape) -> Shape:
        top, left, bottom, right = self.padding
        reach = (top, left, bottom + self.overhang[0], right + self.overhang[1])
        return inputs[0][0], *window_grid(inputs[0], self.pool_size, self.stride, reach)

    def is_global(self, image: Shape) -> bool:
        """Whether its only window covers exactly the whole image (C, H, W)."""
        return self.pool_size == image[1:] and self.output_shape(image)[1:] == (1, 1) and not any(self.padding)


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """The largest value in the window, padding excluded. The first of equal values receives the gradient."""


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """The mean of the window, with the zeros of the padding if `count_padding`."""

    count_padding: bool


@dataclass(frozen=True)
class Upsampling(Operation):
    """Enlarge each map by whole factors.

    `nearest` repeats pixels; `bilinear` interpolates between pixel centers (half-pixel coordinates, edges clamped).
    """

    scale: Pair
    mode: str

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = inputs[0]
        return channels, height * self.scale[0], width * self.scale[1]
