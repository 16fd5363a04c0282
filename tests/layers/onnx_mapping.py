"""How a case of an ONNX operator becomes one of our layers with its weights, fed with images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import (
    ELULayer,
    GELULayer,
    HardSigmoidLayer,
    LeakyReLULayer,
    PReLULayer,
    ReLULayer,
    SigmoidLayer,
    SiLULayer,
    SoftmaxLayer,
    SoftplusLayer,
    TanhLayer,
)
from cnnstudio.layers.convolution import ConvolutionLayer, DepthwiseConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer, MultiplyLayer
from cnnstudio.layers.normalization import (
    BatchNormalizationLayer,
    GroupNormalizationLayer,
    LayerNormalizationLayer,
    LocalResponseNormalizationLayer,
)
from cnnstudio.layers.pooling import (
    AveragePoolingLayer,
    GlobalAveragePoolingLayer,
    GlobalMaxPoolingLayer,
    MaxPoolingLayer,
    UpsamplingLayer,
)
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer, ReshapeLayer
from tests.layers.onnx_cases import OnnxCase


@dataclass(frozen=True)
class Mapped:
    """A layer and what to do with it: `xs` are its inputs, each (N, C, H, W) or, to become rows, (N, features).

    `state` is what the running statistics must be after one step of training.
    """

    layer: Layer
    xs: tuple[Array, ...]
    weights: Mapping[str, Array] = field(default_factory=dict)
    training: bool = False
    state: Mapping[str, Array] = field(default_factory=dict)


def fold(x: Array, axis: int) -> Array:
    """Any array as images whose channels are the given axis: what is before it are samples, what is behind pixels."""
    axis %= x.ndim
    return x.reshape(prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :]), 1)


def folded(x: Array) -> Array:
    """An array of a pointwise operator as images."""
    return x if x.ndim == 4 else fold(x, min(1, x.ndim - 1))


def present(**arrays: Array | None) -> dict[str, Array]:
    """The arrays that are there."""
    return {name: array for name, array in arrays.items() if array is not None}


def window(case: OnnxCase, size: tuple[int, ...]) -> dict[str, Any]:
    """Stride and padding of a window that slides."""
    stride = tuple(case.attribute("strides", (1, 1)))
    automatic = case.attribute("auto_pad", b"NOTSET")
    if automatic == b"SAME_UPPER":
        return {"stride": stride, "padding": "same"}
    pads = tuple(case.attribute("pads", (0, 0, 0, 0)))
    if automatic == b"SAME_LOWER":
        totals = [
            max((-(-length // step) - 1) * step + reach - length, 0)
            for length, step, reach in zip(case.x.shape[2:], stride, size, strict=True)
        ]
        pads = (*(total - total // 2 for total in totals), *(total // 2 for total in totals))
    return {"stride": stride, "padding": "custom", "border": pads} if any(pads) else {"stride": stride}


def conv(case: OnnxCase) -> Mapped:
    weight, bias = case.inputs[1], case.input(2)
    assert weight is not None
    filters, channels, groups = len(weight), case.x.shape[1], case.attribute("group", 1)
    params: dict[str, Any] = {
        "kernel_size": weight.shape[2:],
        "use_bias": bias is not None,
        "dilation": tuple(case.attribute("dilations", (1, 1))),
        **window(case, weight.shape[2:]),
    }
    layer: Layer
    if groups == channels > 1:
        layer = DepthwiseConvolutionLayer(multiplier=filters // channels, **params)
    else:
        layer = ConvolutionLayer(filters=filters, groups=groups, **params)
    return Mapped(layer, (case.x,), present(weight=weight, bias=bias))


def conv_transpose(case: OnnxCase) -> Mapped:
    weight, bias = case.inputs[1], case.input(2)
    assert weight is not None
    groups, kernel = case.attribute("group", 1), weight.shape[2:]
    stride, dilation = (tuple(case.attribute(name, (1, 1))) for name in ("strides", "dilations"))
    top, left, bottom, right = case.attribute("pads", (0, 0, 0, 0))
    assert (top, left) == (bottom, right)
    extra = tuple(
        case.y.shape[2 + i]
        - ((case.x.shape[2 + i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 - 2 * (top, left)[i])
        for i in range(2)
    )
    assert extra == tuple(case.attribute("output_padding", extra))
    layer = TransposedConvolutionLayer(
        filters=weight.shape[1] * groups,
        kernel_size=kernel,
        stride=stride,
        crop=(top, left),
        extra=extra,
        dilation=dilation,
        groups=groups,
        use_bias=bias is not None,
    )
    return Mapped(layer, (case.x,), present(weight=weight, bias=bias))


def max_pool(case: OnnxCase) -> Mapped:
    size = tuple(case.attribute("kernel_shape"))
    keep_edge = bool(case.attribute("ceil_mode", 0))
    return Mapped(MaxPoolingLayer(pool_size=size, keep_edge=keep_edge, **window(case, size)), (case.x,))


def average_pool(case: OnnxCase) -> Mapped:
    size = tuple(case.attribute("kernel_shape"))
    how: dict[str, Any] = {
        "keep_edge": bool(case.attribute("ceil_mode", 0)),
        "count_padding": bool(case.attribute("count_include_pad", 0)),
    }
    return Mapped(AveragePoolingLayer(pool_size=size, **how, **window(case, size)), (case.x,))


def gemm(case: OnnxCase) -> Mapped:
    weight, bias = case.inputs[1], case.input(2)
    assert weight is not None
    weight = weight if case.attribute("transB", 0) else weight.T
    bias = None if bias is None else bias.reshape(len(weight))
    layer = DenseLayer(units=len(weight), use_bias=bias is not None)
    return Mapped(layer, (case.x,), present(weight=weight, bias=bias))


def batch_normalization(case: OnnxCase) -> Mapped:
    """ONNX's running variance follows the biased variance of the batch, ours the unbiased one, as PyTorch's does."""
    weight, bias, mean, variance = case.inputs[1:5]
    assert mean is not None
    assert variance is not None
    momentum = 1.0 - case.attribute("momentum", 0.9)
    layer = BatchNormalizationLayer(epsilon=case.attribute("epsilon", 1e-5), momentum=momentum)
    weights = present(weight=weight, bias=bias, running_mean=mean, running_var=variance)
    if not case.attribute("training_mode", 0):
        return Mapped(layer, (fold(case.x, 1),), weights)
    count = case.x.size // case.x.shape[1]
    kept = variance * (1.0 - momentum)
    unbiased = kept + (case.outputs[2] - kept) * count / (count - 1)
    state = {"running_mean": case.outputs[1], "running_var": unbiased}
    return Mapped(layer, (fold(case.x, 1),), weights, True, state)


def layer_normalization(case: OnnxCase) -> Mapped:
    """Over rows or, where there are as many axes, over maps."""
    axis = case.attribute("axis", -1) % case.x.ndim
    samples, shape = prod(case.x.shape[:axis]), case.x.shape[axis:]
    shape = shape if len(shape) == 3 else (prod(shape),)
    weights = {name: array.reshape(shape) for name, array in present(weight=case.input(1), bias=case.input(2)).items()}
    return Mapped(
        LayerNormalizationLayer(epsilon=case.attribute("epsilon", 1e-5)), (case.x.reshape(samples, *shape),), weights
    )


def group_normalization(case: OnnxCase) -> Mapped:
    """InstanceNormalization is the case of one channel a group."""
    groups = case.attribute("num_groups", case.x.shape[1])
    layer = GroupNormalizationLayer(groups=groups, epsilon=case.attribute("epsilon", 1e-5))
    return Mapped(layer, (case.x,), present(weight=case.input(1), bias=case.input(2)))


def local_response_normalization(case: OnnxCase) -> Mapped:
    defaults = {"alpha": 1e-4, "beta": 0.75, "bias": 1.0}
    params = {name: case.attribute(name, value) for name, value in defaults.items()}
    return Mapped(LocalResponseNormalizationLayer(size=case.attribute("size"), **params), (case.x,))


def prelu(case: OnnxCase) -> Mapped:
    """The slope's axis: the channels' in old versions, the last in new ones, all where there is one for each number."""
    slope = case.inputs[1]
    assert slope is not None
    if slope.shape == case.x.shape:
        x = case.x.reshape(1, -1)
    elif case.opset < 7:
        x = fold(case.x, 1)
    else:
        x = case.x.reshape(-1, case.x.shape[-1])
    return Mapped(PReLULayer(), (x,), {"weight": np.broadcast_to(slope.reshape(-1), x.shape[1:2])})


def softmax(case: OnnxCase) -> Mapped:
    return Mapped(SoftmaxLayer(), (fold(case.x, case.attribute("axis", -1 if case.opset >= 13 else 1)),))


def flatten(case: OnnxCase) -> Mapped:
    axis = case.attribute("axis", 1)
    axis += case.x.ndim if axis < 0 else 0
    return Mapped(FlattenLayer(), (case.x.reshape(prod(case.x.shape[:axis]), -1, case.x.shape[-1], 1),))


def reshape(case: OnnxCase) -> Mapped:
    """The first axis are samples where it stays as it is; elsewhere all is one sample."""
    target = tuple(case.inputs[1].tolist()) if case.inputs[1] is not None else ()
    stays = len(target) == 4
    samples = case.y.shape[0] if stays else 1
    return Mapped(ReshapeLayer(shape=target[1:] if stays else target), (case.x.reshape(samples, -1, 1, 1),))


def resize(case: OnnxCase) -> Mapped:
    scale = tuple(case.y.shape[2 + i] // case.x.shape[2 + i] for i in range(2))
    mode = {b"nearest": "nearest", b"linear": "bilinear"}[case.attribute("mode")]
    return Mapped(UpsamplingLayer(scale=scale, mode=mode), (case.x,))


def concat(case: OnnxCase) -> Mapped:
    return Mapped(ConcatenateLayer(), tuple(fold(x, case.attribute("axis")) for x in case.inputs if x is not None))


def dropout(case: OnnxCase) -> Mapped:
    ratio, training = case.input(1), case.input(2)
    rate = case.attribute("ratio", 0.5) if ratio is None else float(ratio)
    return Mapped(DropoutLayer(rate=rate), (folded(case.x),), training=training is not None and bool(training))


def join(layer: Layer) -> Callable[[OnnxCase], Mapped]:
    """An operator that adds or multiplies arrays of one shape."""
    return lambda case: Mapped(layer, tuple(folded(x) for x in case.inputs if x is not None))


def pointwise(kind: type[Layer], **defaults: tuple[str, float]) -> Callable[[OnnxCase], Mapped]:
    """An activation; each of its parameters comes from the attribute that is named first, else from the default."""

    def mapping(case: OnnxCase) -> Mapped:
        params = {name: case.attribute(attribute, value) for name, (attribute, value) in defaults.items()}
        return Mapped(kind(**params), (folded(case.x),))

    return mapping


def unchanged(layer: Layer) -> Callable[[OnnxCase], Mapped]:
    """An operator without attributes on images."""
    return lambda case: Mapped(layer, (case.x,))


MAPPINGS: dict[str, Callable[[OnnxCase], Mapped]] = {
    "Conv": lambda case: conv(case.on_images()),
    "ConvTranspose": lambda case: conv_transpose(case.on_images()),
    "MaxPool": lambda case: max_pool(case.on_images()),
    "AveragePool": lambda case: average_pool(case.on_images()),
    "GlobalAveragePool": unchanged(GlobalAveragePoolingLayer()),
    "GlobalMaxPool": unchanged(GlobalMaxPoolingLayer()),
    "Gemm": gemm,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "GroupNormalization": group_normalization,
    "InstanceNormalization": group_normalization,
    "LRN": local_response_normalization,
    "Relu": pointwise(ReLULayer),
    "LeakyRelu": pointwise(LeakyReLULayer, slope=("alpha", 0.01)),
    "Elu": pointwise(ELULayer, depth=("alpha", 1.0)),
    "PRelu": prelu,
    "Sigmoid": pointwise(SigmoidLayer),
    "HardSigmoid": pointwise(HardSigmoidLayer, slope=("alpha", 0.2), offset=("beta", 0.5)),
    "Tanh": pointwise(TanhLayer),
    "Softplus": pointwise(SoftplusLayer),
    "Gelu": pointwise(GELULayer),
    "Swish": pointwise(SiLULayer),
    "Softmax": softmax,
    "Flatten": flatten,
    "Reshape": reshape,
    "Resize": resize,
    "Upsample": resize,
    "Add": join(AddLayer()),
    "Sum": join(AddLayer()),
    "Mul": join(MultiplyLayer()),
    "Concat": concat,
    "Dropout": dropout,
}
