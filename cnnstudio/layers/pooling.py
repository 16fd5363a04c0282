"""Pooling layers, which shrink feature maps, and upsampling, which enlarges them."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, require_image
from cnnstudio.layers.sliding_window import AXES, PaddedLayer, require_fit, sides, window_arithmetic
from cnnstudio.operations import (
    AveragePooling,
    BlockBuilder,
    MaxPooling,
    Pair,
    Reshape,
    Shape,
    Sides,
    Upsampling,
    Value,
    count_windows,
)
from cnnstudio.spec import choice, flag, pair


class WindowPoolingLayer(PaddedLayer):
    """A pooling layer with a sliding window."""

    pool_size: Pair = pair(
        default=(2, 2), min=1, max=31, unit="px", label="Window", help="Height and width of the window in pixels."
    )
    stride: Pair = pair(
        default=(2, 2),
        min=1,
        max=31,
        unit="px",
        help="How far the window moves at each step, vertically and horizontally.",
    )
    keep_edge: bool = flag(
        default=False,
        label="Keep the edge",
        help="Also pools an incomplete last window at the right and bottom edges (ceil mode).",
    )

    def summary(self) -> str:
        return f"{self.pool_size[0]}×{self.pool_size[1]}"

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        padding = sides(self, inputs[0], self.pool_size, self.stride)
        return window_arithmetic(inputs[0], self.pool_size, self.stride, padding, self.keep_edge)

    def windows(self, image: Shape) -> tuple[Sides, Pair]:
        """The padding and the overhang of the last windows. Raises ShapeError if no window fits."""
        require_image(image)
        padding = sides(self, image, self.pool_size, self.stride)
        self._require_narrow_padding(image, padding)
        require_fit(image, self.pool_size, self.stride, padding, size_param="pool_size", keep_edge=self.keep_edge)
        if not self.keep_edge:
            return padding, (0, 0)
        return padding, (self._overhang(image, padding, 0), self._overhang(image, padding, 1))

    def _overhang(self, image: Shape, padding: Sides, axis: int) -> int:
        """How far the last window extends beyond the padded image; negative if it ends before the edge."""
        size, before, after = image[1 + axis], padding[axis], padding[2 + axis]
        window, stride = self.pool_size[axis], self.stride[axis]
        count = count_windows(size, window, stride, before, after, keep_edge=True)
        return (count - 1) * stride + window - (size + before + after)

    def _require_narrow_padding(self, image: Shape, padding: Sides) -> None:
        for axis in range(2):
            widest = max(padding[axis], padding[2 + axis])
            if widest >= self.pool_size[axis]:
                fixes = [LayerFix("Set padding to same", {"padding": "same"})]
                if image[1] >= self.pool_size[0] and image[2] >= self.pool_size[1]:
                    fixes.append(LayerFix("Set padding to none", {"padding": "valid"}))
                raise ShapeError(
                    f"The padding ({widest}) must be smaller than the window's {AXES[axis]} ({self.pool_size[axis]}); "
                    "otherwise some windows contain no pixel of the image.",
                    *fixes,
                )


class MaxPoolingLayer(
    WindowPoolingLayer, kind="max_pooling", title="Max pooling", role="pooling", prefix="pool", key="P"
):
    """Keeps the largest value in each window: it shrinks the map and keeps whether a pattern is there, not where."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        padding, overhang = self.windows(inputs[0].shape)
        return build.emit(MaxPooling(self.pool_size, self.stride, padding, overhang), inputs[0])


class AveragePoolingLayer(
    WindowPoolingLayer,
    kind="average_pooling",
    synonyms="avg mean",
    title="Average pooling",
    role="pooling",
    prefix="pool",
):
    """Takes the mean of each window, which shrinks the map and smooths it."""

    count_padding: bool = flag(
        default=False,
        label="Count padding",
        help="Includes the zeros of the padding in the mean.",
        when=("padding", ("same", "custom")),
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        padding, overhang = self.windows(inputs[0].shape)
        operation = AveragePooling(self.pool_size, self.stride, padding, overhang, self.count_padding)
        return build.emit(operation, inputs[0])


class GlobalPoolingLayer(Layer):
    """Pooling over whole maps: one value per channel."""

    def _whole(self, image: Shape) -> tuple[Pair, Pair, Sides, Pair]:
        _, height, width = require_image(image)
        return (height, width), (1, 1), (0, 0, 0, 0), (0, 0)


class GlobalAveragePoolingLayer(
    GlobalPoolingLayer,
    kind="global_average_pooling",
    synonyms="gap mean pooling",
    title="Global average",
    role="pooling",
    prefix="gap",
):
    """The mean of each map: one number per channel, wherever the pattern was. Replaces Flatten."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        mean = build.emit(AveragePooling(*self._whole(inputs[0].shape), count_padding=False), inputs[0])
        return build.emit(Reshape((inputs[0].shape[0],)), mean)


class GlobalMaxPoolingLayer(
    GlobalPoolingLayer,
    kind="global_max_pooling",
    synonyms="gmp max pooling",
    title="Global maximum",
    role="pooling",
    prefix="gmp",
):
    """The largest value of each map: one number per channel, wherever the pattern was."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        largest = build.emit(MaxPooling(*self._whole(inputs[0].shape)), inputs[0])
        return build.emit(Reshape((inputs[0].shape[0],)), largest)


class UpsamplingLayer(
    Layer, kind="upsampling", synonyms="resize nearest bilinear", title="Upsampling", role="pooling", prefix="up"
):
    """Enlarges each map by whole factors, by repeating pixels or by interpolating between them."""

    scale: Pair = pair(default=(2, 2), min=1, max=16, help="Factors for height and width.")
    mode: str = choice(
        default="nearest",
        options=("nearest", "bilinear"),
        help="nearest repeats each pixel; bilinear interpolates between neighbors.",
    )

    def summary(self) -> str:
        return f"{self.scale[0]}×{self.scale[1]}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        require_image(inputs[0].shape)
        return build.emit(Upsampling(self.scale, self.mode), inputs[0])
