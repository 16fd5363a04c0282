"""Every layer kind, exported and run in ONNX Runtime, answers as the network does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from cnnstudio import operations
from cnnstudio.export import export_network
from cnnstudio.export.onnx_nodes import write
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.layers.activation import ELULayer, HardSigmoidLayer, LeakyReLULayer, PReLULayer
from cnnstudio.layers.convolution import (
    ConvolutionLayer,
    DepthwiseConvolutionLayer,
    SeparableConvolutionLayer,
    TransposedConvolutionLayer,
)
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.normalization import (
    BatchNormalizationLayer,
    GroupNormalizationLayer,
    LocalResponseNormalizationLayer,
)
from cnnstudio.layers.pooling import AveragePoolingLayer, MaxPoolingLayer, UpsamplingLayer
from cnnstudio.layers.reshape import ReshapeLayer
from cnnstudio.operations import Dropout, GaussianNoise, Loss, Operation, Pooling
from tests.export.networks import IMAGE, around, images, names_of, random_network, run_onnx

WITHOUT_DEFAULT = ("input", "output", "dense", "reshape")  # ends, and what does not take IMAGE as it is made
VARIANTS: tuple[Layer, ...] = (
    *(layer() for kind, layer in LAYERS.items() if kind not in WITHOUT_DEFAULT),
    ReshapeLayer(shape=(6, 4, 7)),
    ReshapeLayer(shape=(-1,)),
    ConvolutionLayer(kernel_size=(3, 2), stride=(2, 1), padding="same", use_bias=False),
    ConvolutionLayer(padding="custom", border=(0, 1, 2, 3), dilation=(2, 1), groups=2),
    DepthwiseConvolutionLayer(multiplier=2, padding="same", stride=(2, 2)),
    SeparableConvolutionLayer(padding="same", use_bias=False),
    TransposedConvolutionLayer(kernel_size=(3, 3), stride=(2, 3), crop=(1, 0), extra=(1, 2), groups=2),
    TransposedConvolutionLayer(kernel_size=(3, 2), stride=(1, 2), crop=(0, 2), extra=(2, 1), dilation=(3, 1)),
    TransposedConvolutionLayer(kernel_size=(2, 2), stride=(1, 1), extra=(1, 1), dilation=(2, 2), use_bias=False),
    UpsamplingLayer(scale=(3, 2)),
    UpsamplingLayer(scale=(2, 3), mode="bilinear"),
    LocalResponseNormalizationLayer(size=3, alpha=0.5, beta=0.6, bias=2.0),
    LocalResponseNormalizationLayer(size=4, alpha=0.5),
    LocalResponseNormalizationLayer(size=16, alpha=2.0),
    GroupNormalizationLayer(groups=1),
    GroupNormalizationLayer(groups=2, epsilon=0.1),
    BatchNormalizationLayer(epsilon=0.1),
    LeakyReLULayer(slope=0.3),
    ELULayer(depth=2.5),
    HardSigmoidLayer(slope=0.4, offset=0.1),
)
ROWS: tuple[Layer, ...] = (
    DenseLayer(units=5),
    DenseLayer(units=3, use_bias=False),
    PReLULayer(),
    *(LAYERS[kind]() for kind in ("softmax", "batch_normalization", "layer_normalization", "group_normalization")),
    *(LAYERS[kind]() for kind in ("input_normalization", "add", "multiply", "concatenate", "flatten", "dropout")),
    ReshapeLayer(shape=(2, 7, -1)),
)
BORDERS: tuple[dict[str, Any], ...] = (
    {"padding": "valid"},
    {"padding": "same"},
    {"padding": "custom", "border": (1, 0, 0, 1)},
    {"padding": "custom", "border": (1, 1, 1, 1)},
)
POOL_KINDS: tuple[tuple[type[MaxPoolingLayer | AveragePoolingLayer], dict[str, Any]], ...] = (
    (MaxPoolingLayer, {}),
    (AveragePoolingLayer, {}),
    (AveragePoolingLayer, {"count_padding": True}),
)
POOLS = tuple(
    kind(pool_size=window, stride=stride, keep_edge=keep_edge, **border, **counting)
    for kind, counting in POOL_KINDS
    for window, stride in (((2, 2), (2, 2)), ((3, 3), (2, 2)), ((2, 3), (3, 1)), ((3, 2), (1, 3)), ((2, 2), (4, 4)))
    for keep_edge in (False, True)
    for border in BORDERS
)


def describe(layer: Layer) -> str:
    """A layer in a test's name."""
    changed = {key: value for key, value in layer.to_dict().items() if value != type(layer)().to_dict()[key]}
    return f"{layer.kind} {changed or ''}"


def assert_exported_alike(layer: Layer, path: Path, *, rows: bool = False) -> None:
    """Export a network around the layer, and compare answers for one image and for four."""
    graph = around(layer, rows=rows)
    network = random_network(graph)
    line = export_network("onnx", network, path, names_of(graph))
    assert "checked with ONNX Runtime" in line
    for batch in (1, 4):
        x = images(network, batch)
        np.testing.assert_allclose(run_onnx(path, x), network.predict(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", VARIANTS, ids=describe)
def test_layers_on_feature_maps(layer: Layer, tmp_path: Path) -> None:
    assert_exported_alike(layer, tmp_path / "layer.onnx")


@pytest.mark.parametrize("layer", ROWS, ids=describe)
def test_layers_on_vectors(layer: Layer, tmp_path: Path) -> None:
    assert_exported_alike(layer, tmp_path / "layer.onnx", rows=True)


@pytest.mark.parametrize("layer", POOLS, ids=describe)
def test_pooling_windows_in_two_runtimes(layer: Layer, tmp_path: Path) -> None:
    """Ceil mode and counted padding are where runtimes differ, so ONNX's own evaluator must agree as well."""
    path = tmp_path / "pool.onnx"
    assert_exported_alike(layer, path)
    network = random_network(around(layer))
    x = images(network, 2)
    (reference,) = ReferenceEvaluator(onnx.load(path)).run(None, {"input": x})
    np.testing.assert_allclose(np.asarray(reference), network.predict(x), rtol=1e-5, atol=1e-5)


def test_every_layer_kind_is_exported() -> None:
    assert {layer.kind for layer in (*VARIANTS, *ROWS)} == set(LAYERS) - {"input", "output"}


def test_every_inference_operation_has_onnx_nodes() -> None:
    kinds = [value for name in operations.__all__ if isinstance(value := getattr(operations, name), type)]
    at_rest = {kind for kind in kinds if issubclass(kind, Operation) and not issubclass(kind, Loss)}
    assert at_rest - {Operation, Pooling, Dropout, GaussianNoise} == set(write.registry) - {object, Operation}


def test_average_pooling_with_counted_padding_matches_pytorch(tmp_path: Path) -> None:
    """PyTorch's AvgPool2d(3, 2, padding=1, ceil_mode=True) of 4 x 4 ones: the border counts, the overhang does not."""
    layer = AveragePoolingLayer(
        pool_size=(3, 3), stride=(2, 2), padding="custom", border=(1, 1, 1, 1), keep_edge=True, count_padding=True
    )
    graph = around(layer, (1, 4, 4))
    path = tmp_path / "pool.onnx"
    export_network("onnx", random_network(graph), path, names_of(graph))
    fours, sixes, halves = 4 / 9, 6 / 9, 2 / 6
    expected = [[fours, sixes, halves], [sixes, 1.0, 3 / 6], [halves, 3 / 6, 1 / 4]]
    np.testing.assert_allclose(run_onnx(path, np.ones((1, 1, 4, 4), np.float32))[0, 0], expected, rtol=1e-6)


def test_global_pooling_becomes_a_global_pooling_node(tmp_path: Path) -> None:
    for kind, operator in (("global_average_pooling", "GlobalAveragePool"), ("global_max_pooling", "GlobalMaxPool")):
        graph = around(LAYERS[kind](), IMAGE)
        export_network("onnx", random_network(graph), tmp_path / "global.onnx", names_of(graph))
        nodes = onnx.load(tmp_path / "global.onnx").graph.node
        assert [node.op_type for node in nodes] == [operator, "Flatten"]
