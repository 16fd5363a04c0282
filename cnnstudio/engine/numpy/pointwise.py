"""Stages that treat every number by itself, and softmax."""

from __future__ import annotations

from math import prod

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.activations import FUNCTIONS
from cnnstudio.engine.numpy.stage import Bench, Stage
from cnnstudio.operations import (
    Activation,
    Dropout,
    GaussianNoise,
    Shape,
)

ZEROS = 1 << 14  # numbers to compare with in turn: NumPy takes the larger of two arrays far quicker than of one and 0


class ActivationPass:
    """An activation applied to an array, and the way back, as part of any stage."""

    def __init__(self, bench: Bench, activation: Activation, shape: Shape) -> None:
        self.activation = activation
        self._forward, self._backward = FUNCTIONS[activation.function]
        full = bench.full(shape)
        plain = activation.function in ("relu", "tanh", "sigmoid", "hard_sigmoid")  # forward without scratch
        self._scratch = None if plain else bench.forward_scratch(full)
        self._zeros = bench.constant(_rows_of(full)) if activation.function == "relu" else None
        needy = bench.learning and activation.function != "relu"
        self._back_scratch = bench.backward_scratch(full) if needy else None
        mask_type = bench.dtype if activation.function == "gelu" else bool
        self._mask = bench.backward_scratch(full, mask_type) if bench.learning else None

    def bind(self, x: Array, y: Array, dy: Array) -> None:
        """Take the input, the output (which may be the same array) and the output's gradient."""
        before = self._scratch.array if self._scratch else y
        if self._zeros:
            before = np.broadcast_to(self._zeros.array, x.shape)
        self._before = (x, y, before, self.activation)
        scratch = self._back_scratch.array if self._back_scratch else np.zeros((), x.dtype)
        self._after = (x, y, dy, scratch, self._mask.array if self._mask else y, self.activation)

    def forward(self) -> None:
        """y = f(x)"""
        self._forward(*self._before)

    def backward(self) -> None:
        """dy becomes dx."""
        self._backward(*self._after)


def _rows_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The last axes of a shape, as many as make up to ZEROS numbers."""
    axis = len(shape)
    while axis and prod(shape[axis - 1 :]) <= ZEROS:
        axis -= 1
    return shape[axis:]


class ActivationStage(Stage):
    """An activation on its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, Activation)
        self.act = ActivationPass(bench, bench.operation, bench.shape)

    def bind(self) -> None:
        super().bind()
        self.act.bind(self.x, self.y, self.dy)

    def forward(self) -> None:
        self.act.forward()

    def backward(self) -> None:
        if self.dx is not None:
            self.act.backward()
            np.copyto(self.dx, self.dy)


class ParametricReLUStage(Stage):
    """max(x, 0) + slope * min(x, 0)"""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        full = bench.full(bench.shape)
        self._below = bench.kept(full)
        self._above = bench.forward_scratch(full)
        self._product = bench.backward_scratch(full)
        self._mask = bench.backward_scratch(full, bool)

    def bind(self) -> None:
        super().bind()
        self.below, self.above = self._below.array, self._above.array
        self.product, self.mask = self._product.array, self._mask.array
        self.slope = self.bench.weights["weight"].reshape(-1, *[1] * len(self.bench.shape))
        self.dslope = self.bench.weight_gradient("weight")

    def forward(self) -> None:
        np.minimum(self.x, 0, out=self.below)
        np.maximum(self.x, 0, out=self.above)
        np.multiply(self.below, self.slope, out=self.y)
        np.add(self.y, self.above, out=self.y)

    def backward(self) -> None:
        if self.dslope is not None:
            np.multiply(self.dy, self.below, out=self.product)
            np.add.reduce(self.product.reshape(len(self.dy), -1), axis=1, out=self.dslope)
        if self.dx is not None:
            np.greater(self.x, 0, out=self.mask)
            np.multiply(self.mask, 1.0 - self.slope, out=self.product)
            np.add(self.product, self.slope, out=self.product)
            np.multiply(self.dy, self.product, out=self.dx)


class SoftmaxStage(Stage):
    """exp(x) / sum of exp(x) over the channels."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        full = bench.full(bench.shape)
        self._row = bench.kept((1, *full[1:]))
        self._product = bench.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.row, self.product = self._row.array, self._product.array

    def forward(self) -> None:
        np.maximum.reduce(self.x, axis=0, keepdims=True, out=self.row)
        np.subtract(self.x, self.row, out=self.y)
        np.exp(self.y, out=self.y)
        np.add.reduce(self.y, axis=0, keepdims=True, out=self.row)
        np.divide(self.y, self.row, out=self.y)

    def backward(self) -> None:
        if self.dx is not None:
            np.multiply(self.dy, self.y, out=self.product)
            np.add.reduce(self.product, axis=0, keepdims=True, out=self.row)
            np.subtract(self.dy, self.row, out=self.dx)
            np.multiply(self.dx, self.y, out=self.dx)


class DropoutStage(Stage):
    """Multiply by a random mask of zeros and 1 / (1 - rate); at rest the program has no such stage."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, Dropout)
        self.rate = bench.operation.rate
        full = bench.full(bench.shape)
        shape = (full[0], *[1] * (len(full) - 2), full[-1]) if bench.operation.whole_maps else full
        self._draw = bench.forward_scratch(shape, np.float32)
        self._mask = bench.kept(shape)

    def bind(self) -> None:
        super().bind()
        self.draw, self.mask = self._draw.array, self._mask.array

    def forward(self) -> None:
        self.bench.noise().random(out=self.draw, dtype=np.float32)
        np.greater_equal(self.draw, self.rate, out=self.mask, casting="unsafe")
        np.multiply(self.mask, 1.0 / (1.0 - self.rate), out=self.mask)
        np.multiply(self.x, self.mask, out=self.y)

    def backward(self) -> None:
        if self.dx is not None:
            np.multiply(self.dy, self.mask, out=self.dx)


class GaussianNoiseStage(Stage):
    """Add normal noise; at rest the program has no such stage."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, GaussianNoise)
        self.deviation = bench.operation.std
        self._draw = bench.forward_scratch(bench.full(bench.shape), np.float32)

    def bind(self) -> None:
        super().bind()
        self.draw = self._draw.array

    def forward(self) -> None:
        self.bench.noise().standard_normal(out=self.draw, dtype=np.float32)
        np.multiply(self.draw, self.deviation, out=self.draw)
        np.add(self.x, self.draw, out=self.y)

    def backward(self) -> None:
        if self.dx is not None:
            np.copyto(self.dx, self.dy)


class StandardizationStage(Stage):
    """(x - mean) / deviation, per channel."""

    def bind(self) -> None:
        super().bind()
        column = (-1, *[1] * len(self.bench.shape))
        self.mean = self.bench.weights["mean"].reshape(column)
        self.deviation = self.bench.weights["deviation"].reshape(column)

    def forward(self) -> None:
        np.subtract(self.x, self.mean, out=self.y)
        np.divide(self.y, self.deviation, out=self.y)

    def backward(self) -> None:
        if self.dx is not None:
            np.divide(self.dy, self.deviation, out=self.dx)
