"""Weight initialization: variance, orthogonality, and seeds that do not depend on other layers."""

from __future__ import annotations

import tracemalloc
import zlib

import numpy as np
import pytest

from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph
from cnnstudio.engine.weights import ALIGN, Weights
from cnnstudio.graph import Edge, Graph, Node
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import PReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer, DepthwiseConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.layers.weighted import INITIALIZERS
from cnnstudio.operations import Weight
from tests.support.networks import line

LAWS = [name for name in INITIALIZERS if name.endswith(("normal", "uniform"))]


def _variance(name: str, fan_in: int, fan_out: int) -> float:
    """He et al., 2015; Glorot and Bengio, 2010; LeCun et al., 1998."""
    if name.startswith("he"):
        return 2 / fan_in
    return 2 / (fan_in + fan_out) if name.startswith("glorot") else 1 / fan_in


def _drawn(spec: Weight, seed: int = 0) -> np.ndarray:
    weights = Weights({"layer.weight": spec}, np.float64)
    weights.initialize(seed)
    return weights.arrays["layer.weight"]


@pytest.mark.parametrize("name", LAWS)
def test_the_variance_matches_the_paper(name: str) -> None:
    fan_in, fan_out = 300, 100
    array = _drawn(Weight("weight", (fan_out, fan_in, 5), name, fan_in=fan_in, fan_out=fan_out))
    variance = _variance(name, fan_in, fan_out)
    error = np.sqrt(variance / array.size)
    assert abs(array.mean()) < 4 * error
    assert array.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / array.size))
    if name.endswith("uniform"):
        assert np.abs(array).max() == pytest.approx(np.sqrt(3 * variance), rel=1e-3)
        assert np.abs(array).max() <= np.sqrt(3 * variance)
    else:
        assert 3.5 < np.abs(array).max() / np.sqrt(variance) < 7
        assert (np.abs(array) < np.sqrt(variance)).mean() == pytest.approx(0.6827, abs=0.006)


@pytest.mark.parametrize(
    ("layer", "shape", "fan_in", "fan_out"),
    [
        (ConvolutionLayer(filters=8, kernel_size=(3, 5), groups=2), (4, 9, 9), 2 * 15, 4 * 15),
        (DepthwiseConvolutionLayer(multiplier=3), (4, 9, 9), 9, 3 * 9),
        (TransposedConvolutionLayer(filters=8, kernel_size=(2, 3)), (4, 9, 9), 4 * 6, 8 * 6),
        (DenseLayer(units=7), (20,), 20, 7),
    ],
)
def test_layers_declare_fan_in_and_fan_out(layer: Layer, shape: tuple[int, ...], fan_in: int, fan_out: int) -> None:
    start = [InputLayer(shape=shape)] if len(shape) == 3 else [InputLayer(shape=(1, 1, shape[0])), FlattenLayer()]
    end = [FlattenLayer()] if len(shape) == 3 else []
    program = compile_graph(line(*start, layer, *end, OutputLayer()))
    spec = program.weights[f"layer{len(start)}.weight"]
    assert (spec.fan_in, spec.fan_out) == (fan_in, fan_out)


@pytest.mark.parametrize("shape", [(8, 20), (20, 8), (6, 6), (1, 5), (5, 1), (12, 2, 3, 3), (30, 2, 3, 3)])
def test_orthogonal_rows_or_columns_are_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = _drawn(Weight("weight", shape, "orthogonal")).reshape(shape[0], -1)
    rows, columns = matrix.shape
    product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_matrices_prefer_no_direction() -> None:
    corners = [_drawn(Weight("weight", (3, 3), "orthogonal"), seed)[0, 0] for seed in range(400)]
    assert abs(np.mean(corners)) < 4 * np.std(corners) / 20
    assert np.var(corners) == pytest.approx(1 / 3, rel=0.25)


def test_constants_zeros_and_biases() -> None:
    graph = line(
        InputLayer(shape=(2, 5, 5)),
        ConvolutionLayer(filters=3, initializer="constant", constant=0.25),
        BatchNormalizationLayer(),
        PReLULayer(start=0.125),
        FlattenLayer(),
        DenseLayer(units=2, initializer="zeros"),
        OutputLayer(),
    )
    arrays = Network.create(graph).weights.arrays
    starts = {"layer1.weight": 0.25, "layer1.bias": 0, "layer2.weight": 1, "layer2.bias": 0, "layer2.running_mean": 0}
    starts |= {"layer2.running_var": 1, "layer3.weight": 0.125, "layer5.weight": 0, "layer5.bias": 0}
    assert set(arrays) == set(starts)
    for key, value in starts.items():
        assert (arrays[key] == value).all(), key


def _graph(extra: bool = False) -> Graph:
    graph = line(
        InputLayer(shape=(2, 5, 5)),
        ConvolutionLayer(filters=3),
        ConvolutionLayer(filters=3),
        FlattenLayer(),
        DenseLayer(units=2),
        OutputLayer(),
    )
    if extra:
        graph = graph.with_node(Node("other", ConvolutionLayer(filters=9), "other")).with_edge(Edge("layer1", "other"))
    return graph


def test_initial_values_depend_only_on_seed_key_and_shape() -> None:
    first, again, larger = (
        Network.create(_graph(), 3),
        Network.create(_graph(), 3),
        Network.create(_graph(extra=True), 3),
    )
    other = Network.create(_graph(), 4)
    assert set(larger.weights.arrays) - set(first.weights.arrays) == {"other.weight", "other.bias"}
    for key, array in first.weights.arrays.items():
        np.testing.assert_array_equal(array, again.weights.arrays[key])
        np.testing.assert_array_equal(array, larger.weights.arrays[key])
        if array.any():
            assert not np.array_equal(array, other.weights.arrays[key])


def test_equal_layers_are_initialized_differently() -> None:
    layers = [DenseLayer(units=4), DenseLayer(units=4), DenseLayer(units=4)]
    arrays = Network.create(line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), *layers, OutputLayer())).weights.arrays
    first, second, third = (arrays[f"layer{place}.weight"] for place in (2, 3, 4))
    assert len({first[0, 0], second[0, 0], third[0, 0]}) == 3


def test_one_array_can_be_reinitialized() -> None:
    weights = Network.create(_graph(), 3).weights
    before = weights.copy()
    weights.initialize_array("layer2.weight", 8)
    changed = [key for key, array in weights.arrays.items() if not np.array_equal(array, before.arrays[key])]
    assert changed == ["layer2.weight"]
    weights.initialize_array("layer2.weight", 3)
    np.testing.assert_array_equal(weights.trained, before.trained)


def test_arrays_are_views_into_three_vectors() -> None:
    graph = line(
        InputLayer(shape=(2, 5, 5)),
        ConvolutionLayer(filters=3),
        BatchNormalizationLayer(),
        FlattenLayer(),
        DenseLayer(units=2, frozen=True),
        OutputLayer(),
    )
    weights = Network.create(graph).weights
    vectors = {"trained": weights.trained, "frozen": weights.frozen, "state": weights.state}
    for key, array in weights.arrays.items():
        part, place = weights.places[key]
        assert np.shares_memory(array, vectors[part])
        assert place.start % ALIGN == 0
        assert array.size == place.stop - place.start == weights.specs[key].size
        assert weights.is_trained(key) == (part == "trained")
        if weights.is_trained(key):
            assert weights.key_at(place.start) == weights.key_at(place.stop - 1) == key
    kinds = {key: part for key, (part, _) in weights.places.items()}
    assert kinds["layer4.weight"] == kinds["layer4.bias"] == "frozen"
    assert kinds["layer2.running_mean"] == kinds["layer2.running_var"] == "state"
    assert kinds["layer1.weight"] == "trained"
    with pytest.raises(IndexError):
        weights.key_at(weights.trained.size)


def test_copy_from_takes_arrays_of_the_same_key_and_shape() -> None:
    source = Network.create(_graph(), 5).weights
    wider = line(
        InputLayer(shape=(2, 5, 5)),
        ConvolutionLayer(filters=3),
        ConvolutionLayer(filters=4),
        FlattenLayer(),
        DenseLayer(units=2),
        OutputLayer(),
    )
    target = Network.create(wider, 6).weights
    assert target.copy_from(source) == {"layer1.weight", "layer1.bias", "layer4.bias"}
    np.testing.assert_array_equal(target.arrays["layer1.weight"], source.arrays["layer1.weight"])
    double = source.copy(np.float64)
    np.testing.assert_array_equal(double.arrays["layer2.weight"], source.arrays["layer2.weight"])
    assert double.dtype == np.float64
    assert not np.shares_memory(double.trained, source.trained)


@pytest.mark.parametrize("initializer", ["he_normal", "glorot_uniform"])
def test_a_large_array_gets_the_numbers_of_a_single_draw_without_a_copy_in_float64(initializer: str) -> None:
    spec = Weight("weight", (700, 1000), initializer, fan_in=700, fan_out=1000)
    weights = Weights({"dense.weight": spec})
    tracemalloc.start()
    weights.initialize(3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < spec.size * 4
    rng = np.random.default_rng([3, zlib.crc32(b"dense.weight")])
    if initializer == "he_normal":
        drawn = rng.normal(0.0, np.sqrt(2.0 / 700), spec.shape)
    else:
        limit = np.sqrt(3.0 * (2.0 / 1700))
        drawn = rng.uniform(-limit, limit, spec.shape)
    np.testing.assert_array_equal(weights.arrays["dense.weight"], drawn.astype(np.float32))
