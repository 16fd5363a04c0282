"""Max pooling, as a stage and as part of a convolution."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.pooling_windows import window_taps
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import (
    MaxPooling,
    Shape,
)


class TiledMaxPooling:
    """Max pooling with 2 x 2 windows that tile the image: across pairs of columns, then pairs of rows."""

    needs_input = False

    def __init__(self, context: StageContext, image: Shape, shape: Shape) -> None:
        self._rows, self._columns = 2 * shape[1], 2 * shape[2]
        half = context.batched((shape[0], self._rows, shape[2]))
        self._half = context.memory.saved(half)
        self._left = context.memory.saved(half, bool)
        self._upper = context.memory.saved(context.batched(shape), bool)
        self.has_backward = context.has_backward

    def bind(self, x: Array, y: Array, grad_input: Array | None, grad_output: Array) -> None:
        """Take the input, the output and their gradients."""
        self.y, self.grad_input, self.grad_output = y, grad_input, grad_output
        self.half, self.left, self.upper = self._half.array, self._left.array, self._upper.array
        self.half_pair = self.half[:, ::2], self.half[:, 1::2]
        self.x_pair = self._pair(x)
        if grad_input is not None:
            self.grad_input_pair = self._pair(grad_input)
            edges = grad_input[:, self._rows :], grad_input[:, :, self._columns :]
            self.edges = [edge for edge in edges if edge.size]

    def _pair(self, x: Array) -> tuple[Array, Array]:
        return x[:, : self._rows, : self._columns : 2], x[:, : self._rows, 1 : self._columns : 2]

    def forward(self) -> None:
        """y = the largest of each window"""
        left, right = self.x_pair
        upper, lower = self.half_pair
        np.maximum(left, right, out=self.half)
        np.maximum(upper, lower, out=self.y)
        if self.has_backward:
            check_interrupted()
            np.greater_equal(left, right, out=self.left)
            np.greater_equal(upper, lower, out=self.upper)

    def backward(self) -> None:
        """Route the output's gradient to the largest of each window; 0 elsewhere."""
        (upper, lower), (left, right) = self.half_pair, self.grad_input_pair
        np.multiply(self.grad_output, self.upper, out=upper)
        np.subtract(self.grad_output, upper, out=lower)
        check_interrupted()
        np.multiply(self.half, self.left, out=left)
        np.subtract(self.half, left, out=right)
        for edge in self.edges:
            edge.fill(0)


class SlidingMaxPooling:
    """Max pooling with any window, one pass for each place in it. The first maximum of a window gets its gradient."""

    needs_input = True

    def __init__(self, context: StageContext, operation: MaxPooling, image: Shape, shape: Shape) -> None:
        self._taps = window_taps(operation, image, shape)
        full = context.batched(shape)
        self._remaining = context.memory.backward_scratch(full)
        self._routed = context.memory.backward_scratch(full)
        self._is_max = context.memory.backward_scratch(full, bool)

    def bind(self, x: Array, y: Array, grad_input: Array | None, grad_output: Array) -> None:
        """Take the input, the output and their gradients."""
        self.y, self.grad_input, self.grad_output = y, grad_input, grad_output
        self.remaining, routed, is_max = self._remaining.array, self._routed.array, self._is_max.array
        self.forward_taps = [(x[pixels], y[outputs]) for pixels, outputs in self._taps]
        if grad_input is not None:
            self.backward_taps = [
                (x[pixels], y[outputs], grad_input[pixels], self.remaining[outputs], routed[outputs], is_max[outputs])
                for pixels, outputs in self._taps
            ]

    def forward(self) -> None:
        """y = the largest of each window"""
        self.y.fill(-np.inf)
        for x, y in self.forward_taps:
            np.maximum(y, x, out=y)

    def backward(self) -> None:
        """Route the output's gradient to the largest of each window; 0 elsewhere. Overlapping windows add up."""
        assert self.grad_input is not None
        np.copyto(self.remaining, self.grad_output)
        self.grad_input.fill(0)
        for x, y, grad_input, remaining, routed, is_max in self.backward_taps:
            check_interrupted()
            np.equal(x, y, out=is_max)
            np.multiply(remaining, is_max, out=routed)
            np.subtract(remaining, routed, out=remaining)
            np.add(grad_input, routed, out=grad_input)


def make_max_pooling(
    context: StageContext, operation: MaxPooling, image: Shape, shape: Shape
) -> TiledMaxPooling | SlidingMaxPooling:
    """The faster implementation where the window allows it."""
    window = (operation.pool_size, operation.stride, operation.padding, operation.overhang)
    if window == ((2, 2), (2, 2), (0, 0, 0, 0), (0, 0)):
        return TiledMaxPooling(context, image, shape)
    return SlidingMaxPooling(context, operation, image, shape)


class MaxPoolingStage(Stage[MaxPooling]):
    """Max pooling that is not fused into a convolution."""

    def __init__(self, operation: MaxPooling, context: StageContext) -> None:
        super().__init__(operation, context)
        self.pool = make_max_pooling(context, operation, context.input_shape, context.output_shape)

    def bind(self) -> None:
        super().bind()
        self.pool.bind(self.x, self.y, self.grad_input, self.grad_output)

    def forward(self) -> None:
        self.pool.forward()

    def backward(self) -> None:
        if self.grad_input is not None:
            self.pool.backward()


STAGES: StageTable = {MaxPooling: MaxPoolingStage}
