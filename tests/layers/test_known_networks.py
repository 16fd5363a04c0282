"""Sizes, parameters and arithmetic of famous networks, as papers and CS231n's notes count them."""

from __future__ import annotations

from cnnstudio.graph import check
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.project.templates import new_project
from tests.support.networks import line


def test_sizes_of_the_first_layer_of_alexnet() -> None:
    """ "W = 227, F = 11, S = 4, P = 0, K = 96 … output volume of size [55x55x96]" and 34,944 parameters."""
    graph = line(InputLayer(shape=(3, 227, 227)), ConvolutionLayer(filters=96, kernel_size=(11, 11), stride=(4, 4)))
    report = check(graph)
    assert report.shape("layer1") == (96, 55, 55)
    assert report.parameters == 96 * (11 * 11 * 3) + 96 == 34_944
    assert 55 * 55 * 96 == 290_400
    assert report.macs == 290_400 * 363


def test_parameters_of_vgg16_match_cs231n() -> None:
    """138M parameters, layer by layer as the notes list them."""
    layers: list[Layer] = [InputLayer(shape=(3, 224, 224))]
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [ConvolutionLayer(filters=filters, padding="custom", border=(1, 1, 1, 1)), ReLULayer()]
        layers.append(MaxPoolingLayer())
    layers += [
        FlattenLayer(),
        DenseLayer(units=4096),
        ReLULayer(),
        DenseLayer(units=4096),
        ReLULayer(),
        DenseLayer(units=1000),
    ]
    graph = line(*layers, OutputLayer())
    report = check(graph)
    assert report.parameters == 138_357_544
    weights = {key: block.weights[0].size for key, block in report.blocks.items() if block.weights}
    assert list(weights.values()) == [
        1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, 2_359_296, 2_359_296,
        2_359_296, 2_359_296, 2_359_296, 102_760_448, 16_777_216, 4_096_000,
    ]  # fmt: skip
    assert report.macs == 15_470_264_320


def test_lenet5_has_61_706_parameters_and_416_520_macs() -> None:
    report = check(new_project("lenet5").graph)
    assert report.ok
    assert report.parameters == 61_706
    assert report.macs == 117_600 + 240_000 + 48_000 + 10_080 + 840
