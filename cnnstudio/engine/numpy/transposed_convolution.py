"""The stage of transposed convolution."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.numpy.col2im import Col2im
from cnnstudio.engine.numpy.convolution_products import ColumnProduct, WeightGradient
from cnnstudio.engine.numpy.im2col import Im2col
from cnnstudio.engine.numpy.matrix_product import MatrixProduct
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.window_geometry import WindowGeometry
from cnnstudio.operations import (
    TransposedConvolution,
)


class TransposedConvolutionStage(Stage[TransposedConvolution]):
    """Col2im forward; the backward pass is a convolution of the output's gradient."""

    def __init__(self, operation: TransposedConvolution, context: StageContext) -> None:
        super().__init__(operation, context)
        op, image = operation, context.input_shape
        self.groups, self.channels = op.groups, image[0]
        self.geometry = WindowGeometry(
            context.output_shape,
            op.kernel_size,
            op.stride,
            op.padding[:2],
            op.dilation,
            (image[1], image[2]),
            op.groups,
        )
        self.col2im = Col2im(context, self.geometry, backward=False)
        inputs = image[0] // op.groups
        self._ordered = context.memory.forward_scratch((op.groups, self.geometry.depth, inputs))
        if context.has_backward:
            self.columns = Im2col(context, self.geometry, inputs, backward=True)
            self.weight_gradient = WeightGradient(context, self.geometry, image[0], self.columns.row_count)
            self.product = ColumnProduct(context, self.geometry, image[0], backward=True)

    def bind(self) -> None:
        super().bind()
        weight = self.context.weights["weight"]
        grouped = weight.reshape(self.groups, -1, *weight.shape[1:])  # groups, in, out, kh, kw
        bias = self.context.weights.get("bias")
        self.bias = None if bias is None else bias.reshape(-1, 1, 1, 1)
        self.col2im.bind(self.y)
        self.source = grouped.transpose(0, 3, 4, 2, 1)
        self.ordered = self._ordered.array
        flat_x = self.x.reshape(self.groups, self.channels // self.groups, -1)
        self.windows = MatrixProduct(self.ordered, flat_x, self.col2im.matrices)
        self.flat_grad_output = self.grad_output.reshape(len(self.grad_output), -1)
        if self.context.has_backward:
            self.columns.bind(self.grad_output)
            if self.grad_weight is not None:
                self.weight_gradient.bind(self.columns.rows, self.columns.row_output(self.x), self.grad_weight)
            if self.grad_input is not None:
                self.product.bind(grouped, self.columns, self.grad_input)

    def forward(self) -> None:
        np.copyto(self.ordered.reshape(self.source.shape), self.source)
        self.windows.compute()
        self.col2im.add()
        if self.bias is not None:
            np.add(self.y, self.bias, out=self.y)

    def backward(self) -> None:
        if self.grad_bias is not None:
            np.add.reduce(self.flat_grad_output, axis=1, out=self.grad_bias)
        self.columns.fill()
        if self.grad_weight is not None:
            self.weight_gradient.compute()
        if self.grad_input is not None:
            self.product.compute()


STAGES: StageTable = {TransposedConvolution: TransposedConvolutionStage}
