"""Every operation by its definition, sample by sample: slow, and independent of the engine.

Values are (C, H, W) or (features,), in float64. Operations that act only while training rest here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import singledispatch
from itertools import product

import numpy as np

from cnnstudio.array import Array
from cnnstudio.operations import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Block,
    Concatenate,
    Convolution,
    Dense,
    Dropout,
    GaussianNoise,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    MaxPooling,
    Multiply,
    Operation,
    ParametricReLU,
    Pooling,
    Reshape,
    Softmax,
    Standardization,
    TransposedConvolution,
    Upsampling,
)

Named = Mapping[str, Array]


def block_result(block: Block, inputs: tuple[Array, ...], weights: Named) -> Array:
    """The block's result for one sample; `weights` by the layer's names."""
    values = dict(enumerate(inputs))
    for step in block.instructions:
        named = {role: weights[name] for role, name in step.weights.items()}
        values[step.output] = compute(step.operation, tuple(values[number] for number in step.inputs), named)
    return values[block.output]


@singledispatch
def compute(operation: Operation, xs: tuple[Array, ...], w: Named) -> Array:
    """The operation's result for one sample."""
    raise NotImplementedError(f"{type(operation).__name__} needs its definition here")


@compute.register
def _(op: Convolution, xs: tuple[Array, ...], w: Named) -> Array:
    (x,), weight = xs, w["weight"]
    y = np.zeros(op.output_shape(x.shape))
    inputs, outputs = len(x) // op.groups, op.filters // op.groups
    for f, i, j in np.ndindex(y.shape):
        group = f // outputs
        for c, di, dj in np.ndindex(weight.shape[1:]):
            row = i * op.stride[0] + di * op.dilation[0] - op.padding[0]
            column = j * op.stride[1] + dj * op.dilation[1] - op.padding[1]
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                y[f, i, j] += weight[f, c, di, dj] * x[group * inputs + c, row, column]
    return _biased(y, w)


@compute.register
def _(op: TransposedConvolution, xs: tuple[Array, ...], w: Named) -> Array:
    (x,), weight = xs, w["weight"]
    y = np.zeros(op.output_shape(x.shape))
    inputs, outputs = len(x) // op.groups, op.filters // op.groups
    for c, i, j in np.ndindex(x.shape):
        group = c // inputs
        for f, di, dj in np.ndindex(weight.shape[1:]):
            row = i * op.stride[0] + di * op.dilation[0] - op.padding[0]
            column = j * op.stride[1] + dj * op.dilation[1] - op.padding[1]
            if 0 <= row < y.shape[1] and 0 <= column < y.shape[2]:
                y[group * outputs + f, row, column] += weight[c, f, di, dj] * x[c, i, j]
    return _biased(y, w)


@compute.register
def _(op: Dense, xs: tuple[Array, ...], w: Named) -> Array:
    return _biased(np.array([sum(a * b for a, b in zip(row, xs[0], strict=True)) for row in w["weight"]]), w)


def _biased(y: Array, w: Named) -> Array:
    return y + w["bias"].reshape(-1, *[1] * (y.ndim - 1)) if "bias" in w else y


def _windows(op: Pooling, x: Array) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The pixels of the padded image that each window covers, without overhang."""
    top, left, bottom, right = op.padding
    _, high, wide = op.output_shape(x.shape)
    places = {}
    for i, j in product(range(high), range(wide)):
        rows = range(i * op.stride[0] - top, i * op.stride[0] - top + op.pool_size[0])
        columns = range(j * op.stride[1] - left, j * op.stride[1] - left + op.pool_size[1])
        places[i, j] = [
            (row, column)
            for row, column in product(rows, columns)
            if row < x.shape[1] + bottom and column < x.shape[2] + right
        ]
    return places


def _inside(places: list[tuple[int, int]], x: Array) -> list[tuple[int, int]]:
    return [(row, column) for row, column in places if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]]


@compute.register
def _(op: MaxPooling, xs: tuple[Array, ...], w: Named) -> Array:
    (x,) = xs
    y = np.zeros(op.output_shape(x.shape))
    for (i, j), places in _windows(op, x).items():
        y[:, i, j] = np.max([x[:, row, column] for row, column in _inside(places, x)], axis=0)
    return y


@compute.register
def _(op: AveragePooling, xs: tuple[Array, ...], w: Named) -> Array:
    (x,) = xs
    y = np.zeros(op.output_shape(x.shape))
    for (i, j), places in _windows(op, x).items():
        inside = _inside(places, x)
        count = len(places) if op.count_padding else len(inside)
        y[:, i, j] = np.sum([x[:, row, column] for row, column in inside], axis=0) / count
    return y


@compute.register
def _(op: Upsampling, xs: tuple[Array, ...], w: Named) -> Array:
    (x,) = xs
    y = np.zeros(op.output_shape(x.shape))
    for i, j in np.ndindex(y.shape[1:]):
        if op.mode == "nearest":
            y[:, i, j] = x[:, i // op.scale[0], j // op.scale[1]]
            continue
        sides = []
        for place, scale, size in ((i, op.scale[0], x.shape[1]), (j, op.scale[1], x.shape[2])):
            at = min(max((place + 0.5) / scale - 0.5, 0), size - 1)
            low = math.floor(at)
            sides.append(((low, 1 - (at - low)), (min(low + 1, size - 1), at - low)))
        y[:, i, j] = sum(a * b * x[:, row, column] for (row, a), (column, b) in product(*sides))
    return y


FUNCTIONS: dict[str, Callable[[float, float, float], float]] = {
    "relu": lambda x, a, b: max(x, 0.0),
    "leaky_relu": lambda x, a, b: x if x > 0 else a * x,
    "elu": lambda x, a, b: x if x > 0 else a * (math.exp(x) - 1),
    "gelu": lambda x, a, b: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x, a, b: x / (1 + math.exp(-x)),
    "sigmoid": lambda x, a, b: 1 / (1 + math.exp(-x)),
    "hard_sigmoid": lambda x, a, b: min(max(a * x + b, 0.0), 1.0),
    "tanh": lambda x, a, b: math.tanh(x),
    "softplus": lambda x, a, b: math.log(1 + math.exp(x)),
}


@compute.register
def _(op: Activation, xs: tuple[Array, ...], w: Named) -> Array:
    function = FUNCTIONS[op.function]
    return np.array([function(float(x), op.alpha, op.beta) for x in xs[0].ravel()]).reshape(xs[0].shape)


@compute.register
def _(op: ParametricReLU, xs: tuple[Array, ...], w: Named) -> Array:
    return np.stack([np.where(x > 0, x, a * x) for x, a in zip(xs[0], w["weight"], strict=True)])


@compute.register
def _(op: Softmax, xs: tuple[Array, ...], w: Named) -> Array:
    powers = np.exp(xs[0])
    return powers / powers.sum(axis=0)


@compute.register(Dropout)
@compute.register(GaussianNoise)
def _(op: Operation, xs: tuple[Array, ...], w: Named) -> Array:
    return xs[0]


@compute.register
def _(op: Reshape, xs: tuple[Array, ...], w: Named) -> Array:
    return np.array(list(xs[0].flat)).reshape(op.shape)


@compute.register
def _(op: BatchNormalization, xs: tuple[Array, ...], w: Named) -> Array:
    columns = zip(xs[0], w["weight"], w["bias"], w["running_mean"], w["running_var"], strict=True)
    return np.stack(
        [(x - mean) / math.sqrt(var + op.epsilon) * scale + shift for x, scale, shift, mean, var in columns]
    )


@compute.register
def _(op: LayerNormalization, xs: tuple[Array, ...], w: Named) -> Array:
    return (xs[0] - xs[0].mean()) / math.sqrt(xs[0].var() + op.epsilon) * w["weight"] + w["bias"]


@compute.register
def _(op: GroupNormalization, xs: tuple[Array, ...], w: Named) -> Array:
    groups = np.split(xs[0], op.groups)
    normal = np.concatenate([(x - x.mean()) / math.sqrt(x.var() + op.epsilon) for x in groups])
    return np.stack([x * a + b for x, a, b in zip(normal, w["weight"], w["bias"], strict=True)])


@compute.register
def _(op: LocalResponseNormalization, xs: tuple[Array, ...], w: Named) -> Array:
    (x,) = xs
    y = np.zeros(x.shape)
    for c in range(len(x)):
        first, last = c - (op.size - 1) // 2, c + op.size // 2
        squares = sum(x[n] ** 2 for n in range(max(first, 0), min(last, len(x) - 1) + 1))
        y[c] = x[c] / (op.bias + op.alpha / op.size * squares) ** op.beta
    return y


@compute.register
def _(op: Standardization, xs: tuple[Array, ...], w: Named) -> Array:
    return np.stack(
        [(x - mean) / deviation for x, mean, deviation in zip(xs[0], w["mean"], w["deviation"], strict=True)]
    )


@compute.register
def _(op: Add, xs: tuple[Array, ...], w: Named) -> Array:
    return np.sum(xs, axis=0)


@compute.register
def _(op: Multiply, xs: tuple[Array, ...], w: Named) -> Array:
    return np.prod(xs, axis=0)


@compute.register
def _(op: Concatenate, xs: tuple[Array, ...], w: Named) -> Array:
    return np.concatenate(xs)
