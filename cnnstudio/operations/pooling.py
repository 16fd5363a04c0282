"""Pooling, and its opposite: upsampling."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.convolution import window_count
from cnnstudio.operations.operation import Operation, Pair, Shape, Sides


@dataclass(frozen=True)
class Pooling(Operation):
    """A window that slides over each map.

    `overhang` (bottom, right) is how far the last windows reach beyond the padded image when an incomplete
    last window is kept (ceil mode); what lies there never counts.
    """

    pool_size: Pair
    stride: Pair
    padding: Sides
    overhang: Pair

    def output_shape(self, *inputs: Shape) -> Shape:
        top, left, bottom, right = self.padding
        reach = (top, left, bottom + self.overhang[0], right + self.overhang[1])
        return inputs[0][0], *window_count(inputs[0], self.pool_size, self.stride, reach)


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """The largest value under the window; padding never wins. Of equal values the first one gets the gradient."""


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """The mean under the window; `count_padding` says whether the border's zeros take part."""

    count_padding: bool


@dataclass(frozen=True)
class Upsampling(Operation):
    """Enlarge each map by whole factors.

    `nearest` repeats pixels; `bilinear` interpolates between pixel centres (half-pixel coordinates, edges held).
    """

    scale: Pair
    mode: str

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = inputs[0]
        return channels, height * self.scale[0], width * self.scale[1]
