"""NumPy and safetensors files hold every array, exactly, under its layer's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from cnnstudio.array import Array
from cnnstudio.export import export_network
from cnnstudio.layers.convolution import ConvolutionLayer, SeparableConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer, InputNormalizationLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.export.networks import chain, names_of, random_network


def load_npz(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize(("format", "load"), [("npz", load_npz), ("safetensors", load_file)])
def test_round_trip(format: str, load: Callable[[Path], dict[str, Array]], tmp_path: Path) -> None:
    layers = (
        InputNormalizationLayer(),
        ConvolutionLayer(filters=5),
        SeparableConvolutionLayer(filters=3),
        BatchNormalizationLayer(frozen=True),
    )
    graph = chain(
        InputLayer(shape=(2, 9, 7)), *layers, FlattenLayer(), DenseLayer(units=3, use_bias=False), OutputLayer()
    )
    graph = graph.with_name("conv1", "edges").with_name("fc1", "Stimmen für X")
    network = random_network(graph)
    path = tmp_path / "weights"
    assert export_network(format, network, path, names_of(graph)) == f"{path}: 12 arrays"
    arrays = load(path)
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {
        "standardize1.mean": (2,),
        "standardize1.deviation": (2,),
        "edges.weight": (5, 2, 3, 3),
        "edges.bias": (5,),
        "separable1.depthwise_weight": (5, 1, 3, 3),
        "separable1.pointwise_weight": (3, 5, 1, 1),
        "separable1.bias": (3,),
        "norm1.weight": (3,),
        "norm1.bias": (3,),
        "norm1.running_mean": (3,),
        "norm1.running_var": (3,),
        "Stimmen für X.weight": (3, 45),
    }
    ids = {"edges": "conv1", "Stimmen für X": "fc1"}
    for name, array in arrays.items():
        layer, _, role = name.rpartition(".")
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, network.weights.arrays[f"{ids.get(layer, layer)}.{role}"])
