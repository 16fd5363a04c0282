"""Convolution layers: filters that slide over an image."""

from __future__ import annotations

from cnnstudio.layers.layer import LayerFix, ShapeError, require_image
from cnnstudio.layers.sliding_window import AXES, PaddedLayer, require_fit, sides, window_arithmetic
from cnnstudio.layers.weighted import WeightedLayer
from cnnstudio.operations import (
    BlockBuilder,
    Convolution,
    Pair,
    Shape,
    Sides,
    TransposedConvolution,
    Value,
    elements,
)
from cnnstudio.spec import integer, pair


class SlidingFilterLayer(PaddedLayer, WeightedLayer):
    """A convolution with padding, stride and dilation."""

    kernel_size: Pair = pair(
        default=(3, 3),
        min=1,
        max=31,
        unit="px",
        label="Filter size",
        help="Height and width of each filter in pixels. To see more than 31 at once, stack layers: that costs less.",
    )
    stride: Pair = pair(
        default=(1, 1),
        min=1,
        max=16,
        unit="px",
        help="How far the filter moves at each step, vertically and horizontally.",
    )
    dilation: Pair = pair(
        default=(1, 1),
        min=1,
        max=16,
        help="Distance between the pixels that a filter covers; 1 for adjacent pixels.",
        advanced=True,
    )

    @property
    def dilated_size(self) -> Pair:
        """Height and width that the dilated filter covers."""
        return (
            self.dilation[0] * (self.kernel_size[0] - 1) + 1,
            self.dilation[1] * (self.kernel_size[1] - 1) + 1,
        )

    def sides(self, image: Shape) -> Sides:
        """The zero padding on each side of an image of this shape."""
        return sides(self, image, self.dilated_size, self.stride)

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        return window_arithmetic(inputs[0], self.dilated_size, self.stride, self.sides(inputs[0]))

    def slide(
        self, build: BlockBuilder, image: Value, filters: int, groups: int, *, weight: str = "weight"
    ) -> tuple[Convolution, str]:
        """Declare the weight and return the operation and the weight's name. Raises ShapeError if no window fits."""
        channels, _, _ = require_image(image.shape)
        padding = self.sides(image.shape)
        require_fit(
            image.shape, self.dilated_size, self.stride, padding, size_param="kernel_size", dilation=self.dilation
        )
        area = elements(self.kernel_size)
        name = self.add_weight(
            build,
            (filters, channels // groups, *self.kernel_size),
            channels // groups * area,
            filters // groups * area,
            weight,
        )
        operation = Convolution(filters, self.kernel_size, self.stride, padding, self.dilation, groups)
        return operation, name


class ConvolutionLayer(
    SlidingFilterLayer, kind="convolution", title="Convolution", role="convolution", prefix="conv", key="C"
):
    """Slides filters over the image. Each filter makes a feature map of how well it matches the patch under it.
    Red: a match. Blue: a match with the opposite sign."""

    filters: int = integer(
        default=16, min=1, max=4096, unit="features", help="Number of filters. Each makes one feature map."
    )
    groups: int = integer(
        default=1,
        min=1,
        max=4096,
        help="Splits the channels into this many groups that are convolved separately; 1 for an ordinary convolution.",
        advanced=True,
    )

    def summary(self) -> str:
        return f"{self.filters}@{self.kernel_size[0]}×{self.kernel_size[1]}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels, _, _ = require_image(inputs[0].shape)
        _require_groups(channels, self.filters, self.groups)
        operation, weight = self.slide(build, inputs[0], self.filters, self.groups)
        return build.emit(operation, inputs[0], weight=weight, **self.add_bias(build, self.filters))


class DepthwiseConvolutionLayer(
    SlidingFilterLayer,
    kind="depthwise_convolution",
    title="Depthwise convolution",
    role="convolution",
    prefix="depthwise",
):
    """Applies separate filters to each channel without mixing channels: much cheaper than a full convolution."""

    multiplier: int = integer(
        default=1, min=1, max=64, label="Filters per channel", help="Number of filters for each input channel."
    )

    def summary(self) -> str:
        return f"{self.kernel_size[0]}×{self.kernel_size[1]}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels, _, _ = require_image(inputs[0].shape)
        filters = channels * self.multiplier
        operation, weight = self.slide(build, inputs[0], filters, channels)
        return build.emit(operation, inputs[0], weight=weight, **self.add_bias(build, filters))


class SeparableConvolutionLayer(
    SlidingFilterLayer,
    kind="separable_convolution",
    title="Separable convolution",
    role="convolution",
    prefix="separable",
):
    """A depthwise convolution finds patterns in each channel; a 1×1 convolution then mixes the channels."""

    filters: int = integer(
        default=16, min=1, max=4096, unit="features", help="Number of feature maps that the 1×1 convolution makes."
    )

    def summary(self) -> str:
        return f"{self.filters}@{self.kernel_size[0]}×{self.kernel_size[1]}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels, _, _ = require_image(inputs[0].shape)
        operation, weight = self.slide(build, inputs[0], channels, channels, weight="depthwise_weight")
        patterns = build.emit(operation, inputs[0], weight=weight)
        mix = self.add_weight(build, (self.filters, channels, 1, 1), channels, self.filters, "pointwise_weight")
        pointwise = Convolution(self.filters, (1, 1), (1, 1), (0, 0, 0, 0), (1, 1), 1)
        return build.emit(pointwise, patterns, weight=mix, **self.add_bias(build, self.filters))


class TransposedConvolutionLayer(
    WeightedLayer,
    kind="transposed_convolution",
    synonyms="deconvolution",
    title="Transposed convolution",
    role="convolution",
    prefix="deconv",
):
    """Enlarges the image: each pixel adds a copy of the filters, scaled by its value, to a larger output."""

    filter_axis = 1

    filters: int = integer(
        default=16, min=1, max=4096, unit="features", help="Number of filters. Each makes one feature map."
    )
    kernel_size: Pair = pair(
        default=(2, 2),
        min=1,
        max=31,
        unit="px",
        label="Filter size",
        help="Height and width of each filter in pixels.",
    )
    stride: Pair = pair(
        default=(2, 2),
        min=1,
        max=16,
        unit="px",
        help="Distance between the copies: how many times larger the output is.",
    )
    crop: Pair = pair(
        default=(0, 0),
        min=0,
        max=30,
        unit="px",
        help="Rows and columns removed from each edge of the output (padding in PyTorch).",
    )
    extra: Pair = pair(
        default=(0, 0),
        min=0,
        max=15,
        unit="px",
        help="Rows and columns added at the bottom and right (output padding); fewer than the stride or the dilation.",
        advanced=True,
    )
    dilation: Pair = pair(
        default=(1, 1),
        min=1,
        max=16,
        help="Distance between the pixels of a filter; 1 for adjacent pixels.",
        advanced=True,
    )
    groups: int = integer(
        default=1,
        min=1,
        max=4096,
        help="Splits the channels into this many groups that are processed separately.",
        advanced=True,
    )

    def summary(self) -> str:
        return f"{self.filters}@{self.kernel_size[0]}×{self.kernel_size[1]}"

    def operation(self) -> TransposedConvolution:
        """The operation with this layer's parameters."""
        padding = (*self.crop, *self.crop)
        return TransposedConvolution(
            self.filters, self.kernel_size, self.stride, padding, self.extra, self.dilation, self.groups
        )

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        lines = ["out = (W − 1)·S + F − 2P + extra"]
        output = self.operation().output_shape(*inputs)
        for axis, side in enumerate(AXES):
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            lines.append(
                f"{side}: ({inputs[0][1 + axis]} − 1)·{self.stride[axis]} + {reach} − 2·{self.crop[axis]}"
                f" + {self.extra[axis]} = {output[1 + axis]}"
            )
        return tuple(lines)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels, _, _ = require_image(inputs[0].shape)
        _require_groups(channels, self.filters, self.groups)
        operation = self.operation()
        if min(operation.output_shape(inputs[0].shape)[1:]) < 1:
            raise ShapeError(
                f"Cropping {self.crop[0]} × {self.crop[1]} from each edge leaves no pixels: "
                f"{self.arithmetic(inputs[0].shape)[1]}. Crop less.",
                LayerFix("Set crop to 0 × 0", {"crop": (0, 0)}),
            )
        if any(
            extra >= max(step, gap) for extra, step, gap in zip(self.extra, self.stride, self.dilation, strict=True)
        ):
            raise ShapeError(
                "The extra rows and columns must be fewer than the stride or the dilation, whichever is larger.",
                LayerFix("Set extra to 0 × 0", {"extra": (0, 0)}),
            )
        area = elements(self.kernel_size)
        weight = self.add_weight(
            build,
            (channels, self.filters // self.groups, *self.kernel_size),
            channels // self.groups * area,
            self.filters // self.groups * area,
        )
        return build.emit(operation, inputs[0], weight=weight, **self.add_bias(build, self.filters))


def _require_groups(channels: int, filters: int, groups: int) -> None:
    if channels % groups or filters % groups:
        raise ShapeError(
            f"The number of groups ({groups}) must divide the {channels} input channels and the {filters} filters.",
            LayerFix("Set groups to 1", {"groups": 1}),
        )
