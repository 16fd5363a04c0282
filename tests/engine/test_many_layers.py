"""Networks of thousands of layers are compiled, planned and computed as readily as small ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.packing import Lifetime, pack
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD
from tests.support.growth import assert_grows_linearly
from tests.support.networks import line


def _chain(length: int) -> Graph:
    hidden = (layer for _ in range(length // 2) for layer in (ConvolutionLayer(filters=1, padding="same"), ReLULayer()))
    return line(InputLayer(shape=(1, 4, 4)), *hidden, FlattenLayer(), DenseLayer(units=2), OutputLayer())


def test_the_work_of_a_first_step_grows_linearly_with_the_number_of_layers() -> None:
    def prepare(length: int) -> Callable[[], object]:
        graph = _chain(length)

        def first_step() -> None:
            network = Network.create(graph)
            with NumpyEngine(threads=1).load(network.program, network.weights, TrainingOptions(SGD())) as execution:
                execution.step(np.ones((2, 1, 4, 4), np.float32), np.array([0, 1]), 0.1, 0)

        return first_step

    assert_grows_linearly(prepare, 60)


def test_a_long_chain_of_views_is_planned() -> None:
    graph = line(
        InputLayer(shape=(1, 2, 2)), *(FlattenLayer() for _ in range(1500)), DenseLayer(units=2), OutputLayer()
    )
    network = Network.create(graph)
    assert network.predict(np.ones((3, 1, 2, 2), np.float32)).shape == (3, 2)
    assert len(network.activations(np.ones((1, 1, 2, 2), np.float32))) == 1503


def test_buffers_are_placed_at_the_lowest_free_offset_the_largest_first() -> None:
    assert pack([Lifetime(64, 0, 9), Lifetime(256, 0, 3), Lifetime(128, 4, 9), Lifetime(128, 2, 6)]) == [384, 0, 0, 256]


def test_more_memory_than_any_machine_has_can_be_planned() -> None:
    assert pack([Lifetime(2**66, 0, 1), Lifetime(2**66, 1, 2), Lifetime(0, 1, 1)]) == [0, 2**66, 0]
