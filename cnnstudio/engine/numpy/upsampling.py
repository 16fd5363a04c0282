"""The stage of upsampling."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import (
    Upsampling,
)


class UpsamplingStage(Stage[Upsampling]):
    """Upsamples rows and columns with one matrix each, by nearest neighbor or linear interpolation."""

    def __init__(self, operation: Upsampling, context: StageContext) -> None:
        super().__init__(operation, context)
        channels, _, width = context.input_shape
        tall = context.batched((channels, context.output_shape[1], width))
        self._tall = context.memory.forward_scratch(tall)
        self._grad_tall = context.memory.backward_scratch(tall)

    def bind(self) -> None:
        super().bind()
        (scale_down, scale_across), mode = self.operation.scale, self.operation.mode
        _, height, width = self.context.input_shape
        rows = _upsampling_matrix(height, scale_down, mode).astype(self.context.memory.dtype)
        columns = _upsampling_matrix(width, scale_across, mode).astype(self.context.memory.dtype)
        self.forward_products = _products(rows, columns, self.x, self._tall.array, self.y)
        if self.grad_input is not None:
            last, first = _products(rows, columns, self.grad_input, self._grad_tall.array, self.grad_output)
            self.backward_products = [(matrix.T, result, source) for matrix, source, result in (first, last)]

    def forward(self) -> None:
        for matrix, source, result in self.forward_products:
            np.matmul(matrix, source, out=result)

    def backward(self) -> None:
        if self.grad_input is not None:
            for matrix, source, result in self.backward_products:
                np.matmul(matrix, source, out=result)


def _products(by_row: Array, by_column: Array, x: Array, tall: Array, y: Array) -> list[tuple[Array, Array, Array]]:
    """The two matrix products, over rows and then over columns: (matrix, source, result) with shared axes first."""
    channels, height, width, batch = x.shape
    rows = (by_row, x.reshape(channels, height, width * batch), tall.reshape(channels, -1, width * batch))
    columns = (by_column, tall.reshape(-1, width, batch), y.reshape(-1, y.shape[2], batch))
    return [rows, columns]


def _upsampling_matrix(size: int, scale: int, mode: str) -> Array:
    """A matrix (size * scale, size) that upsamples a column of pixels; each of its rows sums to 1."""
    places = np.arange(size * scale)
    matrix = np.zeros((size * scale, size))
    if mode == "nearest":
        matrix[places, places // scale] = 1.0
        return matrix
    source = np.clip((places + 0.5) / scale - 0.5, 0, size - 1)
    lower = np.floor(source).astype(int)
    upper = np.minimum(lower + 1, size - 1)
    np.add.at(matrix, (places, lower), 1.0 - (source - lower))
    np.add.at(matrix, (places, upper), source - lower)
    return matrix


STAGES: StageTable = {Upsampling: UpsamplingStage}
