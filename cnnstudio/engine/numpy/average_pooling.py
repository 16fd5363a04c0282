"""The stage of average pooling."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.pooling_windows import window_taps
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import (
    AveragePooling,
    Shape,
)


class AveragePoolingStage(Stage[AveragePooling]):
    """The mean of each window."""

    def __init__(self, operation: AveragePooling, context: StageContext) -> None:
        super().__init__(operation, context)
        self.is_global = operation.is_global(context.input_shape)
        self._scaled_grad = context.memory.backward_scratch(context.batched(context.output_shape))

    def bind(self) -> None:
        super().bind()
        image, shape = self.context.input_shape, self.context.output_shape
        self.scale = (1.0 / _counts(self.operation, image, shape)).astype(self.context.memory.dtype)
        self.scaled_grad = self._scaled_grad.array
        self.flat = self.x.reshape(image[0], -1, self.context.shard.size)
        self.flat_y = self.y.reshape(shape[0], -1, self.context.shard.size)[:, 0]
        taps = window_taps(self.operation, image, shape)
        self.forward_taps = [(self.x[pixels], self.y[outputs]) for pixels, outputs in taps]
        if self.grad_input is not None:
            self.backward_taps = [(self.grad_input[pixels], self.scaled_grad[outputs]) for pixels, outputs in taps]

    def forward(self) -> None:
        if self.is_global:
            np.add.reduce(self.flat, axis=1, out=self.flat_y)
        else:
            self.y.fill(0)
            for x, y in self.forward_taps:
                np.add(y, x, out=y)
        np.multiply(self.y, self.scale, out=self.y)

    def backward(self) -> None:
        if self.grad_input is None:
            return
        np.multiply(self.grad_output, self.scale, out=self.scaled_grad)
        if self.is_global:
            np.copyto(self.grad_input, self.scaled_grad)
            return
        self.grad_input.fill(0)
        for grad_input, scaled_grad in self.backward_taps:
            np.add(grad_input, scaled_grad, out=grad_input)


def _counts(operation: AveragePooling, image: Shape, shape: Shape) -> Array:
    """How many pixels each window averages, as (1, H, W, 1)."""
    top, left, bottom, right = operation.padding if operation.count_padding else (0, 0, 0, 0)
    sides = []
    for axis, (before, after) in enumerate(((top, bottom), (left, right))):
        start = np.arange(shape[1 + axis]) * operation.stride[axis] - operation.padding[axis]
        end = np.minimum(start + operation.pool_size[axis], image[1 + axis] + after)
        sides.append(end - np.maximum(start, -before))
    counts: Array = (sides[0][:, None] * sides[1])[None, :, :, None].astype(np.float64)
    return counts


STAGES: StageTable = {AveragePooling: AveragePoolingStage}
