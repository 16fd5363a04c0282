"""Stages of activations, softmax and parametric ReLU."""

from __future__ import annotations

from itertools import pairwise
from math import prod

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.activation_functions import FUNCTIONS
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import (
    Activation,
    ParametricReLU,
    Shape,
    Softmax,
)

ZEROS = 1 << 14  # numbers of a broadcast array of zeros: NumPy's maximum of two arrays is far faster than with a scalar
PART = 1 << 22  # numbers between two checks for an interruption


class InPlaceActivation:
    """An activation as part of any stage; its backward pass turns the output's gradient into the input's in place."""

    def __init__(self, context: StageContext, activation: Activation, shape: Shape) -> None:
        self.activation = activation
        self._forward, self._backward = FUNCTIONS[activation.function]
        full = context.batched(shape)
        plain = activation.function in ("relu", "tanh", "sigmoid", "hard_sigmoid")  # forward without scratch
        self._scratch = None if plain else context.memory.forward_scratch(full)
        self._zeros = context.memory.constant(_rows_of(full)) if activation.function == "relu" else None
        needs_scratch = context.has_backward and activation.function != "relu"
        self._backward_scratch = context.memory.backward_scratch(full) if needs_scratch else None
        mask_type = context.memory.dtype if activation.function == "gelu" else bool
        self._mask = context.memory.backward_scratch(full, mask_type) if context.has_backward else None

    def bind(self, x: Array, y: Array, grad_output: Array) -> None:
        """Take the input, the output (which may be the same array) and the output's gradient."""
        scratch = self._scratch.array if self._scratch else y
        if self._zeros:
            scratch = np.broadcast_to(self._zeros.array, x.shape)
        backward_scratch = self._backward_scratch.array if self._backward_scratch else np.zeros((), x.dtype)
        mask = self._mask.array if self._mask else y
        self._forward_parts = _parts(x, y, scratch)
        self._backward_parts = _parts(x, y, grad_output, backward_scratch, mask)

    def forward(self) -> None:
        """y = f(x)"""
        for x, y, scratch in self._forward_parts:
            if len(self._forward_parts) > 1:
                check_interrupted()
            self._forward(x, y, scratch, self.activation)

    def backward(self) -> None:
        """Replace the output's gradient by the input's."""
        for x, y, grad_output, scratch, mask in self._backward_parts:
            if len(self._backward_parts) > 1:
                check_interrupted()
            self._backward(x, y, grad_output, scratch, mask, self.activation)


def _parts(*arrays: Array) -> list[list[Array]]:
    """Arrays, each of the first one's shape or of none, in parts along their first axis that are quickly computed."""
    first = arrays[0]
    count = min(len(first), -(-first.size // PART))
    ends = [len(first) * number // count for number in range(count + 1)]
    places = [slice(begin, end) for begin, end in pairwise(ends)]
    return [[array[place] if array.ndim else array for array in arrays] for place in places]


def _rows_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The last axes of a shape, as many as hold at most ZEROS numbers together."""
    axis = len(shape)
    while axis and prod(shape[axis - 1 :]) <= ZEROS:
        axis -= 1
    return shape[axis:]


class ActivationStage(Stage[Activation]):
    """An activation on its own."""

    def __init__(self, operation: Activation, context: StageContext) -> None:
        super().__init__(operation, context)
        self.activation = InPlaceActivation(context, operation, context.output_shape)

    def bind(self) -> None:
        super().bind()
        self.activation.bind(self.x, self.y, self.grad_output)

    def forward(self) -> None:
        self.activation.forward()

    def backward(self) -> None:
        if self.grad_input is not None:
            self.activation.backward()
            np.copyto(self.grad_input, self.grad_output)


class ParametricReLUStage(Stage[ParametricReLU]):
    """max(x, 0) + slope * min(x, 0)"""

    def __init__(self, operation: ParametricReLU, context: StageContext) -> None:
        super().__init__(operation, context)
        full = context.batched(context.output_shape)
        self._below = context.memory.saved(full)
        self._above = context.memory.forward_scratch(full)
        self._product = context.memory.backward_scratch(full)
        self._mask = context.memory.backward_scratch(full, bool)

    def bind(self) -> None:
        super().bind()
        self.below, self.above = self._below.array, self._above.array
        self.product, self.mask = self._product.array, self._mask.array
        self.slope = self.context.weights["weight"].reshape(-1, *[1] * len(self.context.output_shape))

    def forward(self) -> None:
        np.minimum(self.x, 0, out=self.below)
        np.maximum(self.x, 0, out=self.above)
        np.multiply(self.below, self.slope, out=self.y)
        np.add(self.y, self.above, out=self.y)

    def backward(self) -> None:
        if self.grad_weight is not None:
            np.multiply(self.grad_output, self.below, out=self.product)
            np.add.reduce(self.product.reshape(len(self.grad_output), -1), axis=1, out=self.grad_weight)
        if self.grad_input is not None:
            np.greater(self.x, 0, out=self.mask)
            np.multiply(self.mask, 1.0 - self.slope, out=self.product)
            np.add(self.product, self.slope, out=self.product)
            np.multiply(self.grad_output, self.product, out=self.grad_input)


class SoftmaxStage(Stage[Softmax]):
    """exp(x) / sum of exp(x) over the channels."""

    def __init__(self, operation: Softmax, context: StageContext) -> None:
        super().__init__(operation, context)
        full = context.batched(context.output_shape)
        self._reduced = context.memory.saved((1, *full[1:]))
        self._product = context.memory.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.reduced, self.product = self._reduced.array, self._product.array

    def forward(self) -> None:
        np.maximum.reduce(self.x, axis=0, keepdims=True, out=self.reduced)
        np.subtract(self.x, self.reduced, out=self.y)
        np.exp(self.y, out=self.y)
        np.add.reduce(self.y, axis=0, keepdims=True, out=self.reduced)
        np.divide(self.y, self.reduced, out=self.y)

    def backward(self) -> None:
        if self.grad_input is not None:
            np.multiply(self.grad_output, self.y, out=self.product)
            np.add.reduce(self.product, axis=0, keepdims=True, out=self.reduced)
            np.subtract(self.grad_output, self.reduced, out=self.grad_input)
            np.multiply(self.grad_input, self.y, out=self.grad_input)


STAGES: StageTable = {Activation: ActivationStage, ParametricReLU: ParametricReLUStage, Softmax: SoftmaxStage}
