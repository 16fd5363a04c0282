"""The stage of convolution, with the max pooling, bias and activation that are fused into it."""

from __future__ import annotations

from math import prod

import numpy as np

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.memory import Buffer
from cnnstudio.engine.numpy.activation import InPlaceActivation
from cnnstudio.engine.numpy.convolution_products import ColumnProduct, InputGradient, WeightGradient
from cnnstudio.engine.numpy.im2col import Im2col
from cnnstudio.engine.numpy.max_pooling import make_max_pooling
from cnnstudio.engine.numpy.pooling_windows import pooled_part
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.window_geometry import WindowGeometry, forward_geometry
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import (
    Convolution,
)


class ConvolutionStage(Stage[Fused[Convolution]]):
    """A convolution, then max pooling, bias and activation where they are fused into it.

    `unpooled` is the convolution's output, `pooled` what max pooling makes of it; without pooling, and where pooling
    does not need its input again, `pooled` is the stage's output.
    """

    def __init__(self, operation: Fused[Convolution], context: StageContext) -> None:
        super().__init__(operation, context)
        self.head, image, shape = operation.head, context.input_shape, context.output_shape
        self.unpooled_shape = self.head.output_shape(image)
        if operation.pool:
            self.unpooled_shape = pooled_part(operation.pool, self.unpooled_shape)
        geometry = forward_geometry(self.head, image, self.unpooled_shape)
        save = context.has_backward and context.save_columns
        self.columns = Im2col(context, geometry, self.head.filters // self.head.groups, backward=False, save=save)
        self.product = ColumnProduct(context, geometry, self.head.filters, backward=False)
        self.pool = make_max_pooling(context, operation.pool, self.unpooled_shape, shape) if operation.pool else None
        self.activation = InPlaceActivation(context, operation.activation, shape) if operation.activation else None
        self._ones: Buffer | None = None
        if context.has_backward and "bias" in context.weights:
            self._ones = context.memory.constant((prod(context.batched(shape[1:])),))
        self._request_pooling_buffers()
        self._request_gradients(geometry)

    def _request_pooling_buffers(self) -> None:
        memory, full = self.context.memory, self.context.batched(self.unpooled_shape)
        self._unpooled: Buffer | None = None
        self._pooled: Buffer | None = None
        self._grad_unpooled: Buffer | None = None
        if self.pool is None:
            return
        if self.pool.needs_input:
            self._unpooled = memory.saved(full)
            self._pooled = memory.saved(self.context.batched(self.context.output_shape))
        else:
            self._unpooled = memory.forward_scratch(full)
        if self.context.has_backward:
            self._grad_unpooled = memory.backward_scratch(full)

    def _request_gradients(self, geometry: WindowGeometry) -> None:
        context, head = self.context, self.head
        self.weight_gradient: WeightGradient | None = None
        self.input_gradient: InputGradient | None = None
        self.columns_again: Im2col | None = None  # computed again in the backward pass where they are not saved
        if context.has_backward and context.gradients.trains_weight:
            self.weight_gradient = WeightGradient(context, geometry, head.filters, self.columns.row_count)
            if not context.save_columns:
                self.columns_again = Im2col(context, geometry, head.filters // head.groups, backward=True)
        if context.has_backward and context.gradients.inputs[0] is not None:
            self.input_gradient = InputGradient(context, head, context.input_shape, self.unpooled_shape)

    def bind(self) -> None:
        super().bind()
        weights = self.context.weights
        weight, bias = weights["weight"], weights.get("bias")
        grouped = weight.reshape(self.head.groups, -1, *weight.shape[1:])
        self.bias = None if bias is None else bias.reshape(-1, 1, 1, 1)
        unpooled = self._unpooled.array if self._unpooled else self.y
        grad_unpooled = self._grad_unpooled.array if self._grad_unpooled else self.grad_output
        self.pooled = self._pooled.array if self._pooled else self.y
        self.columns.bind(self.x)
        self.product.bind(grouped, self.columns, unpooled)
        if self.pool:
            self.pool.bind(unpooled, self.pooled, grad_unpooled, self.grad_output)
        if self.activation:
            self.activation.bind(self.y, self.y, self.grad_output)
        if self.columns_again:
            self.columns_again.bind(self.x)
        if self.weight_gradient and self.grad_weight is not None:
            columns = self.columns_again or self.columns
            self.weight_gradient.bind(columns.rows, columns.row_output(grad_unpooled), self.grad_weight)
        if self.input_gradient and self.grad_input is not None:
            self.input_gradient.bind(grouped, grad_unpooled, self.grad_input)
        self.flat_grad_output = self.grad_output.reshape(self.head.filters, -1)
        if self._ones:
            self.ones = self._ones.array
            self.ones.fill(1)

    def forward(self) -> None:
        self.columns.fill()
        self.product.compute()
        if self.pool:
            self.pool.forward()
        if self.bias is not None:
            np.add(self.pooled, self.bias, out=self.y)
        elif self.pooled is not self.y:
            np.copyto(self.y, self.pooled)
        if self.activation:
            self.activation.forward()

    def backward(self) -> None:
        if self.activation:
            self.activation.backward()
        if self.grad_bias is not None:
            np.dot(self.flat_grad_output, self.ones, out=self.grad_bias)
        if self.weight_gradient is None and self.input_gradient is None:
            return
        if self.pool:
            check_interrupted()
            self.pool.backward()
        if self.weight_gradient:
            if self.columns_again:
                self.columns_again.fill()
            self.weight_gradient.compute()
        if self.input_gradient:
            self.input_gradient.compute()


STAGES: StageTable = {Convolution: ConvolutionStage}
