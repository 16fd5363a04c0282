"""The memory a network needs is known before it is allocated, and refused where the machine has less."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.graph import Graph
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import AveragePoolingLayer, MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, Adam, Optimizer
from tests.support.networks import line

SAME: dict[str, Any] = {"padding": "same"}


def small_vgg() -> Graph:
    """Two convolutions of 32 filters, two of 64, and a wide fully connected layer."""
    body: list[Layer] = []
    for filters in (32, 64):
        body += [
            ConvolutionLayer(filters=filters, **SAME),
            ReLULayer(),
            ConvolutionLayer(filters=filters, **SAME),
            ReLULayer(),
        ]
        body.append(MaxPoolingLayer())
    return line(
        InputLayer(shape=(3, 32, 32)),
        *body,
        FlattenLayer(),
        DenseLayer(units=256),
        ReLULayer(),
        DenseLayer(units=10),
        OutputLayer(),
    )


def norms() -> Graph:
    """Layers that save arrays of their own for the backward pass."""
    body: list[Layer] = [
        ConvolutionLayer(filters=24, kernel_size=(5, 5), **SAME),
        BatchNormalizationLayer(),
        ReLULayer(),
        AveragePoolingLayer(),
    ]
    body += [ConvolutionLayer(filters=32, stride=(2, 2)), BatchNormalizationLayer(), ReLULayer()]
    return line(InputLayer(shape=(3, 32, 32)), *body, FlattenLayer(), DenseLayer(units=10), OutputLayer())


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("optimizer", [None, SGD(), Adam()], ids=["predicting", "sgd", "adam"])
@pytest.mark.parametrize(("graph", "batch"), [(small_vgg(), 48), (small_vgg(), 130), (norms(), 64)])
def test_the_forecast_matches_what_is_allocated(
    graph: Graph, batch: int, optimizer: Optimizer | None, threads: int
) -> None:
    made = Network.create(graph)
    engine, learning = NumpyEngine(threads), None if optimizer is None else TrainingOptions(optimizer)
    x = np.zeros((batch, 3, 32, 32), np.float32)
    labels = np.zeros(batch, int)
    forecast = engine.memory_needed(made.program, made.weights, batch, learning)
    before = tracemalloc.get_traced_memory()[0]
    with engine.load(made.program, made.weights, learning) as execution:
        if learning is None:
            execution.predict(x[:128])
        else:
            execution.step(x, labels, 0.01, 0)
        taken = tracemalloc.get_traced_memory()[0] - before
    assert forecast > 5e6
    assert taken == pytest.approx(forecast, rel=0.03)


@pytest.mark.usefixtures("traced")
def test_a_triplet_loss_takes_no_more_than_forecast() -> None:
    made = Network.create(
        line(InputLayer(shape=(1, 8, 8)), FlattenLayer(), DenseLayer(units=128), OutputLayer(loss="triplet"))
    )
    rng, batch = np.random.default_rng(0), 768
    x, labels = rng.random((batch, 1, 8, 8), np.float32), rng.integers(0, 10, batch)
    forecast = NumpyEngine(1).memory_needed(made.program, made.weights, batch, TrainingOptions(SGD()))
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    with NumpyEngine(1).load(made.program, made.weights, TrainingOptions(SGD())) as execution:
        execution.step(x, labels, 0.01, 0)
    taken = tracemalloc.get_traced_memory()[1] - before
    assert taken == pytest.approx(forecast, rel=0.15)
    assert forecast < 12e6


def _with_free(monkeypatch: pytest.MonkeyPatch, available: float) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=int(available)))


def test_a_batch_that_does_not_fit_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Network.create(small_vgg())
    x, labels = np.zeros((640, 3, 32, 32), np.float32), np.zeros(640, int)
    forecast = NumpyEngine(1).memory_needed(made.program, made.weights, 640, TrainingOptions(SGD()))
    _with_free(monkeypatch, 0.2e9)
    with NumpyEngine(1).load(made.program, made.weights, TrainingOptions(SGD())) as execution:
        with pytest.raises(NotEnoughMemoryError) as raised:
            execution.step(x, labels, 0.01, 0)
        assert str(raised.value) == (
            f"A batch of 640 needs {forecast / 1e9:.1f} GB of memory, but only 0.2 GB are free; "
            "use a smaller batch, fewer filters or smaller images."
        )
        result = execution.step(x[:8], labels[:8], 0.01, 0)
    assert np.isfinite(result.loss)


def test_a_network_that_does_not_fit_is_refused_before_allocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = line(InputLayer(shape=(4, 512, 512)), FlattenLayer(), DenseLayer(units=60_000), OutputLayer())
    _with_free(monkeypatch, 8e9)
    with pytest.raises(
        NotEnoughMemoryError, match=r"62,914,620,000 weights needs 251\.7 GB of memory, but only 8\.0 GB"
    ):
        Network.create(graph)


def test_feature_maps_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Network.create(small_vgg())
    _with_free(monkeypatch, 1e5)
    with pytest.raises(NotEnoughMemoryError, match=r"Computing the feature maps needs 0\.0 GB"):
        made.activations(np.zeros((1, 3, 32, 32), np.float32))
