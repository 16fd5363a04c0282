"""Stages of fully connected layers and of reshaping."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.numpy.activation import InPlaceActivation
from cnnstudio.engine.numpy.matrix_product import MatrixProduct
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import (
    Dense,
    Reshape,
)


class DenseStage(Stage[Fused[Dense]]):
    """weight @ x + bias, then the activation that is fused into it."""

    def __init__(self, operation: Fused[Dense], context: StageContext) -> None:
        super().__init__(operation, context)
        shape = context.output_shape
        self.activation = InPlaceActivation(context, operation.activation, shape) if operation.activation else None
        self._ones = context.memory.constant((context.shard.size,))

    def bind(self) -> None:
        super().bind()
        weight = self.context.weights["weight"]
        self.product = MatrixProduct(weight, self.x, self.y)
        if self.grad_weight is not None:
            self.weight_gradient = MatrixProduct(self.grad_output, self.x.T, self.grad_weight)
        if self.grad_input is not None:
            self.input_gradient = MatrixProduct(weight.T, self.grad_output, self.grad_input)
        bias = self.context.weights.get("bias")
        self.bias = None if bias is None else bias[:, None]
        self.ones = self._ones.array
        self.ones.fill(1)
        if self.activation:
            self.activation.bind(self.y, self.y, self.grad_output)

    def forward(self) -> None:
        self.product.compute()
        if self.bias is not None:
            np.add(self.y, self.bias, out=self.y)
        if self.activation:
            self.activation.forward()

    def backward(self) -> None:
        if self.activation:
            self.activation.backward()
        if self.grad_weight is not None:
            self.weight_gradient.compute()
        if self.grad_bias is not None:
            np.dot(self.grad_output, self.ones, out=self.grad_bias)
        if self.grad_input is not None:
            self.input_gradient.compute()


class ReshapeStage(Stage[Reshape]):
    """A view: the output lies in the input's memory, and so does its gradient unless the input has other consumers."""

    def forward(self) -> None:
        pass

    def backward(self) -> None:
        if self.grad_input is not None:
            np.copyto(self.grad_input, self.grad_output.reshape(self.grad_input.shape))


STAGES: StageTable = {Dense: DenseStage, Reshape: ReshapeStage}
