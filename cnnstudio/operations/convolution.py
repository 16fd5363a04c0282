"""Convolution and its transpose."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations.operation import Operation, Pair, Shape, Sides, elements
from cnnstudio.operations.sliding_window import window_grid


@dataclass(frozen=True)
class Convolution(Operation):
    """Convolution with zero padding (strictly a cross-correlation, as in every framework).

    Weights: `weight` (filters, C / groups, kernel height, kernel width) and optionally `bias` (filters,).
    """

    filters: int
    kernel_size: Pair
    stride: Pair
    padding: Sides
    dilation: Pair
    groups: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.filters, *window_grid(inputs[0], self.kernel_size, self.stride, self.padding, self.dilation)

    def macs(self, *inputs: Shape) -> int:
        channels = inputs[0][0] // self.groups
        return elements(self.output_shape(*inputs)) * channels * elements(self.kernel_size)


@dataclass(frozen=True)
class TransposedConvolution(Operation):
    """The gradient of Convolution with respect to its input, used as a forward operation that enlarges.

    Weights: `weight` (C, filters / groups, kernel height, kernel width) and optionally `bias` (filters,).
    """

    filters: int
    kernel_size: Pair
    stride: Pair
    padding: Sides
    output_padding: Pair
    dilation: Pair
    groups: int

    def output_shape(self, *inputs: Shape) -> Shape:
        _, height, width = inputs[0]
        top, left, bottom, right = self.padding
        sizes = []
        for axis, (size, border) in enumerate(((height, top + bottom), (width, left + right))):
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            sizes.append((size - 1) * self.stride[axis] + reach - border + self.output_padding[axis])
        return self.filters, *sizes

    def macs(self, *inputs: Shape) -> int:
        return elements(inputs[0]) * (self.filters // self.groups) * elements(self.kernel_size)
