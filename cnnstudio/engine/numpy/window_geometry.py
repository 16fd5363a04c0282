"""Where the windows of convolution and pooling lie on an image, and which pixels they cover."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations import Convolution, Pair, Shape


@dataclass(frozen=True)
class WindowGeometry:
    """Windows of one convolution. `padding` is that above and to the left, negative where the image is cropped;
    `count` is the number of windows down and across.
    """

    image: Shape
    kernel_size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    count: Pair
    groups: int = 1

    @property
    def channels(self) -> int:
        """Channels of one group."""
        return self.image[0] // self.groups

    @property
    def depth(self) -> int:
        """Numbers under one window, over the channels of one group."""
        return self.channels * self.kernel_size[0] * self.kernel_size[1]


def forward_geometry(operation: Convolution, image: Shape, output: Shape) -> WindowGeometry:
    """The windows of a convolution on its input."""
    return WindowGeometry(
        image,
        operation.kernel_size,
        operation.stride,
        operation.padding[:2],
        operation.dilation,
        (output[1], output[2]),
        operation.groups,
    )


def backward_geometry(operation: Convolution, image: Shape, output: Shape) -> WindowGeometry:
    """The windows on the output's gradient that give the input's gradient, for a stride of 1."""
    padding = tuple(
        operation.dilation[axis] * (operation.kernel_size[axis] - 1) - operation.padding[axis] for axis in range(2)
    )
    return WindowGeometry(
        output,
        operation.kernel_size,
        (1, 1),
        (padding[0], padding[1]),
        operation.dilation,
        (image[1], image[2]),
        operation.groups,
    )


def overlap(size: int, count: int, stride: int, offset: int) -> tuple[slice, slice]:
    """Which of `count` windows have a pixel at `offset` from their start, and which pixels these are.

    Returns slices of equal length: of windows, and of the image of this size.
    """
    first = max(0, -(offset // stride))
    last = min(count - 1, (size - 1 - offset) // stride)
    if last < first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(first, last + 1), slice(start, (last * stride + offset) + 1, stride)
