"""Numbers that others published about layers; a wrong definition would pass every test but these.

Sources: the notebooks of CS231n's assignment 2 (ConvolutionalNetworks, FullyConnectedNets, BatchNormalization), whose
expected results have eight digits; the convolution demo of CS231n's notes; Krizhevsky et al., 2012.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.layers import ShapeError, lower
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import (
    BatchNormalizationLayer,
    GroupNormalizationLayer,
    LayerNormalizationLayer,
    LocalResponseNormalizationLayer,
)
from cnnstudio.layers.pooling import AveragePoolingLayer, MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.support.networks import load
from tests.support.results import built, result, trained

PRINTED = 6e-9  # numbers printed with eight decimals


def spread(low: float, high: float, *shape: int) -> Array:
    """Evenly spaced numbers in this shape, as the assignments make their inputs."""
    return np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)


def legacy(seed: int) -> np.random.RandomState:
    """The generator behind `np.random.seed`, which the assignments use."""
    return np.random.RandomState(seed)


# CS231n, assignment 2


def test_convolution_matches_cs231n() -> None:
    layer = ConvolutionLayer(filters=3, kernel_size=(4, 4), stride=(2, 2), padding="custom", border=(1, 1, 1, 1))
    found = result(
        layer, spread(-0.1, 0.5, 2, 3, 4, 4), weight=spread(-0.2, 0.3, 3, 3, 4, 4), bias=np.linspace(-0.1, 0.2, num=3)
    )
    wanted = [
        [
            [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
            [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
            [[0.50813986, 0.54309974], [0.64082444, 0.67101435]],
        ],
        [
            [[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
            [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
            [[2.36270298, 2.36904306], [2.38090835, 2.38247847]],
        ],
    ]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=PRINTED)


def test_max_pooling_matches_cs231n() -> None:
    found = result(MaxPoolingLayer(), spread(-0.3, 0.4, 2, 3, 4, 4))
    wanted = [
        [
            [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]],
            [[-0.14526316, -0.13052632], [-0.08631579, -0.07157895]],
            [[-0.02736842, -0.01263158], [0.03157895, 0.04631579]],
        ],
        [
            [[0.09052632, 0.10526316], [0.14947368, 0.16421053]],
            [[0.20842105, 0.22315789], [0.26736842, 0.28210526]],
            [[0.32631579, 0.34105263], [0.38526316, 0.4]],
        ],
    ]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=PRINTED)


def test_fully_connected_matches_cs231n() -> None:
    x = spread(-0.1, 0.5, 2, 4, 5, 6)
    made = built(
        InputLayer(shape=(4, 5, 6)),
        FlattenLayer(),
        DenseLayer(units=3),
        output=OutputLayer(),
        w2_weight=spread(-0.2, 0.3, 120, 3).T,
        w2_bias=np.linspace(-0.3, 0.1, num=3),
    )
    wanted = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    np.testing.assert_allclose(made.activations(x)["layer2"], wanted, rtol=0, atol=PRINTED)


def test_relu_matches_cs231n() -> None:
    found = result(ReLULayer(), spread(-0.5, 0.5, 3, 4))
    wanted = [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.04545455, 0.13636364], [0.22727273, 0.31818182, 0.40909091, 0.5]]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=PRINTED)


def _hidden(rng: np.random.RandomState, samples: int) -> Array:
    """The result of the two-layer network whose statistics the notebooks print."""
    x, first, second = rng.randn(samples, 50), rng.randn(50, 60), rng.randn(60, 3)
    return np.maximum(0, x.dot(first)).dot(second)


def test_batch_norm_matches_cs231n() -> None:
    x = _hidden(legacy(231), 200)
    np.testing.assert_allclose(x.mean(axis=0), [-2.3814598, -13.18038246, 1.91780462], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(x.std(axis=0), [27.18502186, 34.21455511, 37.68611762], rtol=0, atol=PRINTED)
    found = trained(BatchNormalizationLayer(), x)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(found.std(axis=0), [0.99999999, 1.0, 1.0], rtol=0, atol=PRINTED)
    found = trained(BatchNormalizationLayer(), x, weight=np.array([1.0, 2, 3]), bias=np.array([11.0, 12, 13]))
    np.testing.assert_allclose(found.mean(axis=0), [11, 12, 13], rtol=1e-14)
    np.testing.assert_allclose(found.std(axis=0), [0.99999999, 1.99999999, 2.99999999], rtol=0, atol=PRINTED)


def test_batch_norm_for_inference_matches_cs231n() -> None:
    """After 50 batches, with statistics that start at zero; CS231n's variance is the biased one, ours the unbiased."""
    rng = legacy(231)
    first, second = rng.randn(50, 60), rng.randn(60, 3)
    made = built(
        InputLayer(shape=(1, 1, 3)),
        FlattenLayer(),
        BatchNormalizationLayer(),
        output=OutputLayer(),
        w2_running_var=np.zeros(3),
    )
    with load(made) as execution:
        for _ in range(50):
            x = np.maximum(0, rng.randn(200, 50).dot(first)).dot(second)
            execution.gradient(x.reshape(200, 1, 1, 3), np.zeros(200, int))
        made.weights.arrays["layer2.running_var"] *= 199 / 200
        x = np.maximum(0, rng.randn(200, 50).dot(first)).dot(second)
        found = execution.predict(x.reshape(200, 1, 1, 3))[1]
    np.testing.assert_allclose(found.mean(axis=0), [-0.03927354, -0.04349152, -0.10452688], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(found.std(axis=0), [1.01531428, 1.01238373, 0.97819988], rtol=0, atol=PRINTED)


def test_spatial_batch_norm_matches_cs231n() -> None:
    x = 4 * legacy(231).randn(2, 3, 4, 5) + 10
    np.testing.assert_allclose(x.mean(axis=(0, 2, 3)), [9.33463814, 8.90909116, 9.11056338], rtol=0, atol=PRINTED)
    found = trained(BatchNormalizationLayer(), x)
    np.testing.assert_allclose(found.std(axis=(0, 2, 3)), [0.99999962, 0.99999951, 0.9999996], rtol=0, atol=PRINTED)
    found = trained(BatchNormalizationLayer(), x, weight=np.array([3.0, 4, 5]), bias=np.array([6.0, 7, 8]))
    np.testing.assert_allclose(found.mean(axis=(0, 2, 3)), [6, 7, 8], rtol=1e-14)
    np.testing.assert_allclose(found.std(axis=(0, 2, 3)), [2.99999885, 3.99999804, 4.99999798], rtol=0, atol=PRINTED)


def test_layer_norm_matches_cs231n() -> None:
    x = _hidden(legacy(231), 4)
    np.testing.assert_allclose(
        x.mean(axis=1), [-59.06673243, -47.60782686, -43.31137368, -26.40991744], rtol=0, atol=PRINTED
    )
    np.testing.assert_allclose(x.std(axis=1), [10.07429373, 28.39478981, 35.28360729, 4.01831507], rtol=0, atol=PRINTED)
    found = result(LayerNormalizationLayer(), x)
    np.testing.assert_allclose(found.std(axis=1), [0.99999995, 0.99999999, 1.0, 0.99999969], rtol=0, atol=PRINTED)
    found = result(LayerNormalizationLayer(), x, weight=np.full(3, 3.0), bias=np.full(3, 5.0))
    np.testing.assert_allclose(found.mean(axis=1), 5, rtol=1e-14)
    np.testing.assert_allclose(
        found.std(axis=1), [2.99999985, 2.99999998, 2.99999999, 2.99999907], rtol=0, atol=PRINTED
    )


def test_group_norm_matches_cs231n() -> None:
    x = 4 * legacy(231).randn(2, 6, 4, 5) + 10
    groups = x.reshape(4, -1)
    np.testing.assert_allclose(
        groups.mean(axis=1), [9.72505327, 8.51114185, 8.9147544, 9.43448077], rtol=0, atol=PRINTED
    )
    np.testing.assert_allclose(
        groups.std(axis=1), [3.67070958, 3.09892597, 4.27043622, 3.97521327], rtol=0, atol=PRINTED
    )
    found = result(GroupNormalizationLayer(groups=2), x).reshape(4, -1)
    np.testing.assert_allclose(found.mean(axis=1), 0, atol=1e-14)
    stds = [0.99999963, 0.99999948, 0.99999973, 0.99999968]  # as follows from those above and an epsilon of 1e-5
    np.testing.assert_allclose(found.std(axis=1), stds, rtol=0, atol=PRINTED)


# CS231n's notes


DEMO_IMAGE = [
    [[0, 0, 1, 0, 2], [1, 0, 2, 0, 1], [1, 0, 2, 2, 0], [2, 0, 0, 2, 0], [2, 1, 2, 2, 0]],
    [[2, 1, 2, 1, 1], [2, 1, 2, 0, 1], [0, 2, 1, 0, 1], [1, 2, 2, 2, 2], [0, 1, 2, 0, 1]],
    [[2, 1, 1, 2, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 0, 2, 1, 0], [2, 2, 1, 1, 1]],
]
DEMO_FILTERS = [
    [[[-1, 0, 1], [0, 0, 1], [1, -1, 1]], [[-1, 0, 1], [1, -1, 1], [0, 1, 0]], [[-1, 1, 1], [1, 1, 0], [0, -1, 0]]],
    [[[0, 1, -1], [0, -1, 0], [0, -1, 1]], [[-1, 0, 0], [1, -1, 0], [1, -1, 0]], [[-1, 1, -1], [0, -1, -1], [1, 0, 0]]],
]
DEMO_RESULT = [[[2, 3, 3], [3, 7, 3], [8, 10, -3]], [[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]]]


def test_the_convolution_demo_of_cs231n() -> None:
    """The image of 7 × 7 × 3 (its border of zeros included), two filters with biases 1 and 0, stride 2."""
    layer = ConvolutionLayer(filters=2, stride=(2, 2), padding="custom", border=(1, 1, 1, 1))
    found = result(layer, np.array([DEMO_IMAGE], float), weight=np.array(DEMO_FILTERS), bias=np.array([1, 0]))
    np.testing.assert_array_equal(found[0], DEMO_RESULT)
    lines = layer.arithmetic((3, 5, 5))
    assert lines == ("out = (W − F + 2P)/S + 1", "    = (5 − 3 + 2·1)/2 + 1 = 3")


def test_alexnets_local_response_normalization() -> None:
    """Section 3.3, with n = 5, k = 2, alpha = 1e-4, beta = 0.75; the paper's alpha is not divided by n."""
    x = np.array([1.0, 2, 3, 4, 5, 6]).reshape(1, 6, 1, 1)
    layer = LocalResponseNormalizationLayer(size=5, alpha=5e-4, beta=0.75, bias=2.0)
    neighbors = [14, 30, 55, 90, 86, 77]  # 1+4+9, 1+4+9+16, 1+4+9+16+25, 4+9+16+25+36, 9+16+25+36, 16+25+36
    wanted = [a / (2 + 1e-4 * s) ** 0.75 for a, s in zip(range(1, 7), neighbors, strict=True)]
    np.testing.assert_allclose(result(layer, x).ravel(), wanted, rtol=1e-12)


# Arithmetic by hand


def test_average_pooling_with_a_window_that_does_not_cover_the_image() -> None:
    """With padding, the only window may lie over a corner: here over one pixel and three of the padding."""
    layer = AveragePoolingLayer(padding="custom", border=(1, 1, 1, 1), pool_size=(2, 2), stride=(3, 3))
    x = np.array([[[[8.0, 1.0], [2.0, 4.0]]]])
    np.testing.assert_allclose(result(layer.with_params(count_padding=False), x), [[[[8.0]]]])
    np.testing.assert_allclose(result(layer.with_params(count_padding=True), x), [[[[2.0]]]])


def test_average_pooling_of_a_partial_window_averages_its_pixels() -> None:
    x = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    found = result(AveragePoolingLayer(keep_edge=True), x)
    np.testing.assert_array_equal(found[0, 0], [[3, 4.5], [7.5, 9]])


def test_same_padding_adds_the_odd_pixel_at_the_end() -> None:
    """As ONNX's SAME_UPPER: a window of two pixels sees each pixel and the one behind it."""
    layer = ConvolutionLayer(filters=1, kernel_size=(1, 2), padding="same", use_bias=False)
    found = result(layer, np.array([[[[1.0, 2, 3]]]]), weight=np.array([[[[1.0, 10]]]]))
    np.testing.assert_array_equal(found[0, 0, 0], [21, 32, 3])


def test_a_transposed_convolution_takes_fewer_extra_rows_than_its_stride() -> None:
    layer = TransposedConvolutionLayer(filters=1, kernel_size=(3, 3), stride=(2, 2), extra=(1, 1))
    assert lower(layer, (1, 4, 4)).output_shape == (1, 10, 10)
    for extra in ((2, 1), (1, 2)):
        with pytest.raises(ShapeError, match="fewer than the stride or the dilation"):
            lower(layer.with_params(extra=extra), (1, 4, 4))


def test_the_first_of_equal_maxima_gets_the_gradient() -> None:
    for size, keep in itertools.product((2, 3), (False, True)):
        layer = MaxPoolingLayer(pool_size=(size, size), stride=(size, size), keep_edge=keep)
        made = built(InputLayer(shape=(1, 6, 6)), layer, FlattenLayer(), output=OutputLayer(loss="squared"))
        with load(made) as execution:
            found = execution.input_gradient(np.ones((1, 1, 6, 6)), np.ones((1, (6 // size) ** 2)))
        wanted = np.zeros((6, 6))
        wanted[::size, ::size] = 1
        np.testing.assert_array_equal(found[0, 0], wanted)
