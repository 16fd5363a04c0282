"""Stages that bring values to a common scale."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage import Bench, Stage
from cnnstudio.operations import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
)


class BatchNormalizationStage(Stage):
    """Statistics of each channel over the whole batch, all shards of it; running ones at rest or where it is frozen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, BatchNormalization)
        self.operation = bench.operation
        self.measures = bench.training and not bench.operation.frozen
        full = bench.full(bench.shape)
        self.count = int(np.prod(full[1:-1])) * bench.whole_batch
        self._normal = bench.kept(full)
        self._scratch = bench.forward_scratch(full)
        self._product = bench.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        weights = self.bench.weights
        self.dweight, self.dbias = self.bench.weight_gradient("weight"), self.bench.weight_gradient("bias")
        self.weight, self.bias = weights["weight"][:, None], weights["bias"][:, None]
        self.running_mean, self.running_var = weights["running_mean"], weights["running_var"]
        channels = len(self.x)
        self.flat_x, self.flat_y = self.x.reshape(channels, -1), self.y.reshape(channels, -1)
        self.flat_dy = self.dy.reshape(channels, -1)
        self.normal = self._normal.array.reshape(channels, -1)
        self.scratch = self._scratch.array.reshape(channels, -1)
        self.product = self._product.array.reshape(channels, -1)
        self.inverse = np.ones((channels, 1), self.bench.dtype)
        self.sums = np.zeros((2, channels), self.bench.dtype)

    def forward(self) -> None:
        if not self.measures:
            self.scale = self.weight / np.sqrt(self.running_var[:, None] + self.operation.epsilon)
            np.multiply(self.flat_x, self.scale, out=self.flat_y)
            np.add(self.flat_y, self.bias - self.running_mean[:, None] * self.scale, out=self.flat_y)
            return
        mean = self._mean_over_batch(self.flat_x, self.sums[0])
        np.subtract(self.flat_x, mean, out=self.normal)
        np.multiply(self.normal, self.normal, out=self.scratch)
        variance = self._mean_over_batch(self.scratch, self.sums[1])
        np.divide(1.0, np.sqrt(variance + self.operation.epsilon), out=self.inverse)
        np.multiply(self.normal, self.inverse, out=self.normal)
        np.multiply(self.normal, self.weight, out=self.flat_y)
        np.add(self.flat_y, self.bias, out=self.flat_y)
        if self.bench.leads:
            self._follow(mean[:, 0], variance[:, 0])

    def _mean_over_batch(self, values: Array, out: Array) -> Array:
        np.add.reduce(values, axis=1, out=out)
        self.bench.exchange.sum(out)
        mean: Array = out[:, None] / self.bench.dtype.type(self.count)
        return mean

    def _follow(self, mean: Array, variance: Array) -> None:
        momentum = self.operation.momentum
        unbiased = variance * (self.count / max(self.count - 1, 1))
        self.running_mean += momentum * (mean - self.running_mean)
        self.running_var += momentum * (unbiased - self.running_var)

    def backward(self) -> None:
        if not self.measures:
            if self.dx is not None:
                np.multiply(self.flat_dy, self.scale, out=self.dx.reshape(len(self.dx), -1))
            return
        np.add.reduce(self.flat_dy, axis=1, out=self.sums[0])
        np.multiply(self.flat_dy, self.normal, out=self.product)
        np.add.reduce(self.product, axis=1, out=self.sums[1])
        if self.dbias is not None:
            np.copyto(self.dbias, self.sums[0])
        if self.dweight is not None:
            np.copyto(self.dweight, self.sums[1])
        if self.dx is None:
            return
        self.bench.exchange.sum(self.sums)
        dx = self.dx.reshape(len(self.dx), -1)
        means = self.sums[:, :, None] / self.bench.dtype.type(self.count)
        np.multiply(self.normal, means[1], out=self.product)
        np.subtract(self.flat_dy, self.product, out=dx)
        np.subtract(dx, means[0], out=dx)
        np.multiply(dx, self.weight * self.inverse, out=dx)


class SampleNormalizationStage(Stage):
    """Statistics of groups of channels of each sample; layer normalization is one group with weights of its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        operation = bench.operation
        assert isinstance(operation, GroupNormalization | LayerNormalization)
        self.epsilon = operation.epsilon
        self.groups = operation.groups if isinstance(operation, GroupNormalization) else 1
        full = bench.full(bench.shape)
        self._normal = bench.kept(full)
        self._inverse = bench.kept((self.groups, 1, bench.batch))
        self._scratch = bench.forward_scratch(full)
        self._product, self._dnormal = bench.backward_scratch(full), bench.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.normal, self.product, self.dnormal = self._normal.array, self._product.array, self._dnormal.array
        self.dweight, self.dbias = self.bench.weight_gradient("weight"), self.bench.weight_gradient("bias")
        weight = self.bench.weights["weight"]
        shape = (*weight.shape, *[1] * (self.x.ndim - weight.ndim))
        self.weight, self.bias = weight.reshape(shape), self.bench.weights["bias"].reshape(shape)
        self.inverse = self._inverse.array
        self.grouped_x, self.grouped_scratch = self._grouped(self.x), self._grouped(self._scratch.array)
        self.grouped_normal = self._grouped(self.normal)

    def _grouped(self, values: Array) -> Array:
        return values.reshape(self.groups, -1, self.bench.batch)

    def forward(self) -> None:
        mean = self.grouped_x.mean(axis=1, keepdims=True)
        np.subtract(self.grouped_x, mean, out=self.grouped_normal)
        np.multiply(self.grouped_normal, self.grouped_normal, out=self.grouped_scratch)
        variance = self.grouped_scratch.mean(axis=1, keepdims=True)
        np.divide(1.0, np.sqrt(variance + self.epsilon), out=self.inverse)
        np.multiply(self.grouped_normal, self.inverse, out=self.grouped_normal)
        np.multiply(self.normal, self.weight, out=self.y)
        np.add(self.y, self.bias, out=self.y)

    def backward(self) -> None:
        np.multiply(self.dy, self.normal, out=self.product)
        for gradient, values in ((self.dweight, self.product), (self.dbias, self.dy)):
            if gradient is not None:
                np.add.reduce(values.reshape(gradient.size, -1), axis=1, out=gradient.reshape(-1))
        if self.dx is None:
            return
        np.multiply(self.dy, self.weight, out=self.dnormal)
        np.multiply(self.dnormal, self.normal, out=self.product)
        dnormal, product, dx = self._grouped(self.dnormal), self._grouped(self.product), self._grouped(self.dx)
        along = product.mean(axis=1, keepdims=True)
        np.subtract(dnormal, dnormal.mean(axis=1, keepdims=True), out=dx)
        np.multiply(self.grouped_normal, along, out=product)
        np.subtract(dx, product, out=dx)
        np.multiply(dx, self.inverse, out=dx)


class LocalResponseNormalizationStage(Stage):
    """x / (bias + alpha / size * sum of squares of neighbouring channels) ** beta"""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, LocalResponseNormalization)
        self.operation = bench.operation
        full = bench.full(bench.shape)
        self._divisor, self._power = bench.kept(full), bench.kept(full)
        self._squares = bench.forward_scratch(full)
        self._ratio, self._spread = bench.backward_scratch(full), bench.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.divisor, self.power, self.squares = self._divisor.array, self._power.array, self._squares.array
        self.ratio, self.spread = self._ratio.array, self._spread.array

    def forward(self) -> None:
        op = self.operation
        np.multiply(self.x, self.x, out=self.squares)
        before = (op.size - 1) // 2
        _sum_neighbours(self.squares, self.divisor, before, op.size - 1 - before)
        np.multiply(self.divisor, op.alpha / op.size, out=self.divisor)
        np.add(self.divisor, op.bias, out=self.divisor)
        np.power(self.divisor, -op.beta, out=self.power)
        np.multiply(self.x, self.power, out=self.y)

    def backward(self) -> None:
        if self.dx is None:
            return
        op = self.operation
        np.multiply(self.dy, self.y, out=self.ratio)
        np.divide(self.ratio, self.divisor, out=self.ratio)
        before = (op.size - 1) // 2
        _sum_neighbours(self.ratio, self.spread, op.size - 1 - before, before)
        np.multiply(self.spread, self.x, out=self.spread)
        np.multiply(self.spread, 2.0 * op.alpha * op.beta / op.size, out=self.spread)
        np.multiply(self.dy, self.power, out=self.dx)
        np.subtract(self.dx, self.spread, out=self.dx)


def _sum_neighbours(values: Array, out: Array, before: int, after: int) -> None:
    """out[c] = the sum of values[c - before] to values[c + after], as far as there are channels."""
    channels = len(values)
    np.copyto(out, values)
    for shift in range(1, min(before, channels - 1) + 1):
        np.add(out[shift:], values[:-shift], out=out[shift:])
    for shift in range(1, min(after, channels - 1) + 1):
        np.add(out[:-shift], values[shift:], out=out[:-shift])
