"""The ONNX nodes of every operation (opset 17), one function each."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, singledispatch
from math import pi, sqrt

import numpy as np

from cnnstudio.export.onnx_graph import Step
from cnnstudio.operations import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Concatenate,
    Convolution,
    Dense,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    MaxPooling,
    Multiply,
    Operation,
    ParametricReLU,
    Pooling,
    Reshape,
    Sides,
    Softmax,
    Standardization,
    TransposedConvolution,
    Upsampling,
)


@singledispatch
def write(operation: Operation, step: Step) -> None:
    """Add the nodes of the operation; the last one computes its output."""
    raise NotImplementedError(f"{type(operation).__name__} has no ONNX nodes")


@write.register
def _convolution(operation: Convolution, step: Step) -> None:
    step.node(
        "Conv",
        step.x,
        *step.weights_if_present("weight", "bias"),
        kernel_shape=operation.kernel_size,
        strides=operation.stride,
        pads=operation.padding,
        dilations=operation.dilation,
        group=operation.groups,
    )


@write.register
def _transposed_convolution(operation: TransposedConvolution, step: Step) -> None:
    """ONNX Runtime refuses `output_padding` of a stride or more; then the full output is cropped and padded by Pad."""
    how = {
        "kernel_shape": operation.kernel_size,
        "strides": operation.stride,
        "dilations": operation.dilation,
        "group": operation.groups,
    }
    (top, left, bottom, right), (below, beside) = operation.padding, operation.output_padding
    if below < operation.stride[0] and beside < operation.stride[1]:
        arrays = step.weights_if_present("weight", "bias")
        step.node(
            "ConvTranspose", step.x, *arrays, **how, pads=operation.padding, output_padding=operation.output_padding
        )
        return
    whole = step.node("ConvTranspose", step.x, step.weight("weight"), **how)
    edges = np.array([0, 0, -top, -left, 0, 0, below - bottom, beside - right], "<i8")
    fitted = step.node("Pad", whole, step.numbers("edges", edges))
    if "bias" in step.weights:
        step.node("Add", fitted, step.weight("bias", step.per_channel))


@write.register
def _dense(operation: Dense, step: Step) -> None:
    step.node("Gemm", step.x, *step.weights_if_present("weight", "bias"), transB=1)


@write.register
def _reshape(operation: Reshape, step: Step) -> None:
    if len(operation.shape) == 1:
        step.node("Flatten", step.x, axis=1)
    else:
        step.reshaped(step.x, *operation.shape)


@write.register
def _max_pooling(operation: MaxPooling, step: Step) -> None:
    if operation.is_global(step.shapes[0]):
        step.node("GlobalMaxPool", step.x)
        return
    pads = _with_overhang(operation.padding, operation)
    step.node("MaxPool", step.x, kernel_shape=operation.pool_size, strides=operation.stride, pads=pads)


@write.register
def _average_pooling(operation: AveragePooling, step: Step) -> None:
    """Runtimes disagree on ceil mode with counted padding: Pad adds the zeros, and only the overhang is padding."""
    if operation.is_global(step.shapes[0]):
        step.node("GlobalAveragePool", step.x)
        return
    x, padding, counts = step.x, operation.padding, operation.count_padding
    if counts and max(operation.overhang) > 0:
        border = np.array([0, 0, *padding[:2], 0, 0, *padding[2:]], "<i8")
        x = step.node("Pad", x, step.numbers("border", border))
        padding, counts = (0, 0, 0, 0), False
    step.node(
        "AveragePool",
        x,
        kernel_shape=operation.pool_size,
        strides=operation.stride,
        pads=padding if counts else _with_overhang(padding, operation),
        count_include_pad=int(counts),
    )


def _with_overhang(padding: Sides, operation: Pooling) -> Sides:
    """Padding that extends to the end of the last windows, so that ceil mode is not needed."""
    top, left, bottom, right = padding
    return top, left, max(bottom + operation.overhang[0], 0), max(right + operation.overhang[1], 0)


@write.register
def _upsampling(operation: Upsampling, step: Step) -> None:
    scales = step.numbers("scales", np.array([1, 1, *operation.scale], "<f4"))
    if operation.mode == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    step.node("Resize", step.x, "", scales, **how)


@write.register
def _activation(operation: Activation, step: Step) -> None:
    ACTIVATIONS[operation.function](operation, step)


def _silu(operation: Activation, step: Step) -> None:
    step.node("Mul", step.x, step.node("Sigmoid", step.x))


def _gelu(operation: Activation, step: Step) -> None:
    """x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); ONNX has a Gelu node only since opset 20."""
    cube = step.node("Mul", step.node("Mul", step.x, step.x), step.x)
    bent = step.node("Add", step.x, step.node("Mul", cube, step.number("cubic", 0.044715)))
    tanh = step.node("Tanh", step.node("Mul", bent, step.number("root", sqrt(2 / pi))))
    gate = step.node("Add", tanh, step.number("one", 1.0))
    step.node("Mul", step.node("Mul", step.x, gate), step.number("half", 0.5))


ACTIVATIONS: dict[str, Callable[[Activation, Step], object]] = {
    "relu": lambda a, step: step.node("Relu", step.x),
    "leaky_relu": lambda a, step: step.node("LeakyRelu", step.x, alpha=a.alpha),
    "elu": lambda a, step: step.node("Elu", step.x, alpha=a.alpha),
    "sigmoid": lambda a, step: step.node("Sigmoid", step.x),
    "hard_sigmoid": lambda a, step: step.node("HardSigmoid", step.x, alpha=a.alpha, beta=a.beta),
    "tanh": lambda a, step: step.node("Tanh", step.x),
    "softplus": lambda a, step: step.node("Softplus", step.x),
    "silu": _silu,
    "gelu": _gelu,
}


@write.register
def _parametric_relu(operation: ParametricReLU, step: Step) -> None:
    step.node("PRelu", step.x, step.weight("weight", step.per_channel))


@write.register
def _softmax(operation: Softmax, step: Step) -> None:
    step.node("Softmax", step.x, axis=1)


@write.register
def _batch_normalization(operation: BatchNormalization, step: Step) -> None:
    arrays = step.weights_if_present("weight", "bias", "running_mean", "running_var")
    step.node("BatchNormalization", step.x, *arrays, epsilon=operation.epsilon)


@write.register
def _group_normalization(operation: GroupNormalization, step: Step) -> None:
    """Each group as a channel of InstanceNormalization; ONNX has no usable GroupNormalization before opset 21."""
    ones, zeros = np.ones(operation.groups, "<f4"), np.zeros(operation.groups, "<f4")
    rows = step.reshaped(step.x, operation.groups, -1)
    scale, offset = step.numbers("ones", ones), step.numbers("zeros", zeros)
    normal = step.node("InstanceNormalization", rows, scale, offset, epsilon=operation.epsilon)
    maps = step.reshaped(normal, *step.shape)
    scaled = step.node("Mul", maps, step.weight("weight", step.per_channel))
    step.node("Add", scaled, step.weight("bias", step.per_channel))


@write.register
def _layer_normalization(operation: LayerNormalization, step: Step) -> None:
    arrays = step.weights_if_present("weight", "bias")
    step.node("LayerNormalization", step.x, *arrays, axis=1, epsilon=operation.epsilon)


@write.register
def _local_response_normalization(operation: LocalResponseNormalization, step: Step) -> None:
    """ONNX Runtime refuses LRN over an even number of channels; then it is computed by simple nodes."""
    if operation.size % 2:
        step.node("LRN", step.x, size=operation.size, alpha=operation.alpha, beta=operation.beta, bias=operation.bias)
        return
    before = (operation.size - 1) // 2
    squares = step.reshaped(step.node("Mul", step.x, step.x), 1, step.shape[0], -1)
    mean = step.node(
        "AveragePool",
        squares,
        kernel_shape=(operation.size, 1),
        pads=(before, 0, operation.size - 1 - before, 0),
        count_include_pad=1,
    )
    strength = step.node("Mul", step.reshaped(mean, *step.shape), step.number("alpha", operation.alpha))
    divisor = step.node("Add", strength, step.number("bias", operation.bias))
    step.node("Div", step.x, step.node("Pow", divisor, step.number("beta", operation.beta)))


@write.register
def _standardization(operation: Standardization, step: Step) -> None:
    centered = step.node("Sub", step.x, step.weight("mean", step.per_channel))
    step.node("Div", centered, step.weight("deviation", step.per_channel))


@write.register
def _add(operation: Add, step: Step) -> None:
    reduce(lambda sum, x: step.node("Add", sum, x), step.inputs)


@write.register
def _multiply(operation: Multiply, step: Step) -> None:
    reduce(lambda product, x: step.node("Mul", product, x), step.inputs)


@write.register
def _concatenate(operation: Concatenate, step: Step) -> None:
    step.node("Concat", *step.inputs, axis=1)
