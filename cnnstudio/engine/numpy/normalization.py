"""Stages of normalization layers and of input standardization."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    Standardization,
)


class BatchNormalizationStage(Stage[BatchNormalization]):
    """Normalizes each channel by statistics of the whole batch, over all shards; in inference, and where the layer is
    frozen, by running statistics.
    """

    def __init__(self, operation: BatchNormalization, context: StageContext) -> None:
        super().__init__(operation, context)
        self.uses_batch_statistics = context.training and not operation.frozen
        full = context.batched(context.output_shape)
        self.count = int(np.prod(full[1:-1])) * context.shard.batch
        self._normalized = context.memory.saved(full)
        self._scratch = context.memory.forward_scratch(full)
        self._product = context.memory.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        weights = self.context.weights
        self.weight, self.bias = weights["weight"][:, None], weights["bias"][:, None]
        self.running_mean, self.running_var = weights["running_mean"], weights["running_var"]
        channels = len(self.x)
        self.flat_x, self.flat_y = self.x.reshape(channels, -1), self.y.reshape(channels, -1)
        self.flat_grad_output = self.grad_output.reshape(channels, -1)
        self.normalized = self._normalized.array.reshape(channels, -1)
        self.scratch = self._scratch.array.reshape(channels, -1)
        self.product = self._product.array.reshape(channels, -1)
        self.inverse_std = np.ones((channels, 1), self.context.memory.dtype)
        self.sums = np.zeros((2, channels), self.context.memory.dtype)

    def forward(self) -> None:
        if not self.uses_batch_statistics:
            self.scale = self.weight / np.sqrt(self.running_var[:, None] + self.operation.epsilon)
            np.multiply(self.flat_x, self.scale, out=self.flat_y)
            np.add(self.flat_y, self.bias - self.running_mean[:, None] * self.scale, out=self.flat_y)
            return
        mean = self._mean_over_batch(self.flat_x, self.sums[0])
        np.subtract(self.flat_x, mean, out=self.normalized)
        np.multiply(self.normalized, self.normalized, out=self.scratch)
        check_interrupted()
        variance = self._mean_over_batch(self.scratch, self.sums[1])
        np.divide(1.0, np.sqrt(variance + self.operation.epsilon), out=self.inverse_std)
        np.multiply(self.normalized, self.inverse_std, out=self.normalized)
        np.multiply(self.normalized, self.weight, out=self.flat_y)
        np.add(self.flat_y, self.bias, out=self.flat_y)
        if self.context.shard.updates_statistics:
            self._update_running(mean[:, 0], variance[:, 0])

    def _mean_over_batch(self, values: Array, out: Array) -> Array:
        np.add.reduce(values, axis=1, out=out)
        self.context.shard.all_reduce.sum(out)
        mean: Array = out[:, None] / self.context.memory.dtype.type(self.count)
        return mean

    def _update_running(self, mean: Array, variance: Array) -> None:
        momentum = self.operation.momentum
        unbiased = variance * (self.count / max(self.count - 1, 1))
        self.running_mean += momentum * (mean - self.running_mean)
        self.running_var += momentum * (unbiased - self.running_var)

    def backward(self) -> None:
        if not self.uses_batch_statistics:
            if self.grad_input is not None:
                np.multiply(self.flat_grad_output, self.scale, out=self.grad_input.reshape(len(self.grad_input), -1))
            return
        np.add.reduce(self.flat_grad_output, axis=1, out=self.sums[0])
        np.multiply(self.flat_grad_output, self.normalized, out=self.product)
        np.add.reduce(self.product, axis=1, out=self.sums[1])
        if self.grad_bias is not None:
            np.copyto(self.grad_bias, self.sums[0])
        if self.grad_weight is not None:
            np.copyto(self.grad_weight, self.sums[1])
        if self.grad_input is None:
            return
        check_interrupted()
        self.context.shard.all_reduce.sum(self.sums)
        grad_input = self.grad_input.reshape(len(self.grad_input), -1)
        means = self.sums[:, :, None] / self.context.memory.dtype.type(self.count)
        np.multiply(self.normalized, means[1], out=self.product)
        np.subtract(self.flat_grad_output, self.product, out=grad_input)
        np.subtract(grad_input, means[0], out=grad_input)
        np.multiply(grad_input, self.weight * self.inverse_std, out=grad_input)


class SampleNormalizationStage(Stage[GroupNormalization | LayerNormalization]):
    """Normalizes groups of channels of each sample; layer normalization is a single group with its own weights."""

    def __init__(self, operation: GroupNormalization | LayerNormalization, context: StageContext) -> None:
        super().__init__(operation, context)
        self.epsilon = operation.epsilon
        self.groups = operation.groups if isinstance(operation, GroupNormalization) else 1
        full = context.batched(context.output_shape)
        self._normalized = context.memory.saved(full)
        self._inverse_std = context.memory.saved((self.groups, 1, context.shard.size))
        self._scratch = context.memory.forward_scratch(full)
        self._product = context.memory.backward_scratch(full)
        self._grad_normalized = context.memory.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.normalized, self.product = self._normalized.array, self._product.array
        self.grad_normalized = self._grad_normalized.array
        weight = self.context.weights["weight"]
        shape = (*weight.shape, *[1] * (self.x.ndim - weight.ndim))
        self.weight, self.bias = weight.reshape(shape), self.context.weights["bias"].reshape(shape)
        self.inverse_std = self._inverse_std.array
        self.grouped_x, self.grouped_scratch = self._grouped(self.x), self._grouped(self._scratch.array)
        self.grouped_normalized = self._grouped(self.normalized)

    def _grouped(self, values: Array) -> Array:
        return values.reshape(self.groups, -1, self.context.shard.size)

    def forward(self) -> None:
        mean = self.grouped_x.mean(axis=1, keepdims=True)
        np.subtract(self.grouped_x, mean, out=self.grouped_normalized)
        np.multiply(self.grouped_normalized, self.grouped_normalized, out=self.grouped_scratch)
        check_interrupted()
        variance = self.grouped_scratch.mean(axis=1, keepdims=True)
        np.divide(1.0, np.sqrt(variance + self.epsilon), out=self.inverse_std)
        np.multiply(self.grouped_normalized, self.inverse_std, out=self.grouped_normalized)
        np.multiply(self.normalized, self.weight, out=self.y)
        np.add(self.y, self.bias, out=self.y)

    def backward(self) -> None:
        np.multiply(self.grad_output, self.normalized, out=self.product)
        for gradient, values in ((self.grad_weight, self.product), (self.grad_bias, self.grad_output)):
            if gradient is not None:
                np.add.reduce(values.reshape(gradient.size, -1), axis=1, out=gradient.reshape(-1))
        if self.grad_input is None:
            return
        check_interrupted()
        np.multiply(self.grad_output, self.weight, out=self.grad_normalized)
        np.multiply(self.grad_normalized, self.normalized, out=self.product)
        grad_normalized, product = self._grouped(self.grad_normalized), self._grouped(self.product)
        grad_input = self._grouped(self.grad_input)
        mean_product = product.mean(axis=1, keepdims=True)
        np.subtract(grad_normalized, grad_normalized.mean(axis=1, keepdims=True), out=grad_input)
        np.multiply(self.grouped_normalized, mean_product, out=product)
        np.subtract(grad_input, product, out=grad_input)
        np.multiply(grad_input, self.inverse_std, out=grad_input)


class LocalResponseNormalizationStage(Stage[LocalResponseNormalization]):
    """x / (bias + alpha / size * sum of squares of neighboring channels) ** beta"""

    def __init__(self, operation: LocalResponseNormalization, context: StageContext) -> None:
        super().__init__(operation, context)
        full = context.batched(context.output_shape)
        self._divisor, self._power = context.memory.saved(full), context.memory.saved(full)
        self._squares = context.memory.forward_scratch(full)
        self._ratio, self._spread = context.memory.backward_scratch(full), context.memory.backward_scratch(full)

    def bind(self) -> None:
        super().bind()
        self.divisor, self.power, self.squares = self._divisor.array, self._power.array, self._squares.array
        self.ratio, self.spread = self._ratio.array, self._spread.array

    def forward(self) -> None:
        op = self.operation
        np.multiply(self.x, self.x, out=self.squares)
        before = (op.size - 1) // 2
        _sum_neighbors(self.squares, self.divisor, before, op.size - 1 - before)
        np.multiply(self.divisor, op.alpha / op.size, out=self.divisor)
        np.add(self.divisor, op.bias, out=self.divisor)
        np.power(self.divisor, -op.beta, out=self.power)
        np.multiply(self.x, self.power, out=self.y)

    def backward(self) -> None:
        if self.grad_input is None:
            return
        op = self.operation
        np.multiply(self.grad_output, self.y, out=self.ratio)
        np.divide(self.ratio, self.divisor, out=self.ratio)
        before = (op.size - 1) // 2
        _sum_neighbors(self.ratio, self.spread, op.size - 1 - before, before)
        np.multiply(self.spread, self.x, out=self.spread)
        np.multiply(self.spread, 2.0 * op.alpha * op.beta / op.size, out=self.spread)
        np.multiply(self.grad_output, self.power, out=self.grad_input)
        np.subtract(self.grad_input, self.spread, out=self.grad_input)


class StandardizationStage(Stage[Standardization]):
    """(x - mean) / standard deviation, per channel; the standard deviation is stored as `deviation`."""

    def bind(self) -> None:
        super().bind()
        column = (-1, *[1] * len(self.context.output_shape))
        self.mean = self.context.weights["mean"].reshape(column)
        self.std = self.context.weights["deviation"].reshape(column)

    def forward(self) -> None:
        np.subtract(self.x, self.mean, out=self.y)
        np.divide(self.y, self.std, out=self.y)

    def backward(self) -> None:
        if self.grad_input is not None:
            np.divide(self.grad_output, self.std, out=self.grad_input)


def _sum_neighbors(values: Array, out: Array, before: int, after: int) -> None:
    """out[c] = the sum of values[c - before] to values[c + after], as far as there are channels."""
    channels = len(values)
    np.copyto(out, values)
    for shift in range(1, min(before, channels - 1) + 1):
        np.add(out[shift:], values[:-shift], out=out[shift:])
    for shift in range(1, min(after, channels - 1) + 1):
        np.add(out[:-shift], values[shift:], out=out[:-shift])


STAGES: StageTable = {
    BatchNormalization: BatchNormalizationStage,
    GroupNormalization: SampleNormalizationStage,
    LayerNormalization: SampleNormalizationStage,
    LocalResponseNormalization: LocalResponseNormalizationStage,
    Standardization: StandardizationStage,
}
