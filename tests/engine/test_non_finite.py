"""NaN or infinity stops a step before anything has changed, and the error names where it arose."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.data import Dataset, Scaling
from cnnstudio.engine import sharding
from cnnstudio.engine.engine import Execution, NonFiniteError
from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer, TanhLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, MultiplyLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, Adam, Momentum, Nudge, Optimizer, RMSprop
from cnnstudio.training.events import BatchDone, RunDone
from cnnstudio.training.settings import Settings, TrainingChoice
from cnnstudio.training.trainer import train
from tests.support.networks import Connection, batch, line, load, network, wire


def graph(loss: str = "softmax", *, norm: bool = True, l2: float = 0.0) -> Graph:
    """Two convolutions, the first with batch norm, and two fully connected layers."""
    norms = [BatchNormalizationLayer()] if norm else []
    body = [
        ConvolutionLayer(filters=4, l2=l2),
        *norms,
        ReLULayer(),
        MaxPoolingLayer(),
        ConvolutionLayer(filters=4),
        TanhLayer(),
    ]
    return line(
        InputLayer(shape=(1, 8, 8)),
        *body,
        FlattenLayer(),
        DenseLayer(units=5),
        ReLULayer(),
        DenseLayer(units=3),
        OutputLayer(loss=loss),
    )


@pytest.fixture(params=[1, 2], ids=["whole", "shared"])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whether a batch of 16 runs whole or in two shards."""
    monkeypatch.setattr(sharding, "SHARD_WORK", 1)
    count: int = request.param
    return count


@pytest.fixture(autouse=True)
def no_warnings() -> None:
    """NumPy emits no warnings of its own."""
    warnings.simplefilter("error")


def _refused(
    made: Network, x: Array, labels: Array, threads: int, optimizer: Optimizer | None = None
) -> NonFiniteError:
    """The error of a step that must fail and leave everything unchanged for the next."""
    before = made.weights.copy()
    with load(made, optimizer, threads=threads) as execution:
        slots = {name: slot.copy() for name, slot in execution.slots.items()}
        with pytest.raises(NonFiniteError) as raised:
            execution.step(x, labels, 0.1, 0)
        _same(made, before)
        for name, slot in execution.slots.items():
            np.testing.assert_array_equal(slot, slots[name])
    assert str(raised.value) == f"{raised.value.layer}: {raised.value.tensor} is not finite"
    return raised.value


def _same(made: Network, before: Weights) -> None:
    for key, array in made.weights.arrays.items():
        np.testing.assert_array_equal(array, before.arrays[key], err_msg=key)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("place", [0, 9, 15])
def test_an_image_is_named(value: float, place: int, threads: int) -> None:
    made = network(graph(), dtype=np.float32)
    x, labels = batch(made, 16)
    x[place, 0, 3, 4] = value
    error = _refused(made, x, labels, threads, Adam())
    assert (error.layer, error.tensor) == ("layer0", "an image")


@pytest.mark.parametrize("optimizer", [SGD(), Momentum(), Adam(), Nudge()], ids=lambda o: o.kind)
def test_every_optimizer_refuses(optimizer: Optimizer) -> None:
    made = network(graph(), dtype=np.float32)
    x, labels = batch(made, 4)
    x[2, 0, 1, 1] = np.nan
    assert _refused(made, x, labels, 1, optimizer).tensor == "an image"


@pytest.mark.parametrize("key", ["layer1.weight", "layer2.running_mean", "layer5.bias", "layer8.weight"])
def test_a_weight_is_named(key: str, threads: int) -> None:
    made = network(graph(), dtype=np.float32)
    x, labels = batch(made, 16)
    made.weights.arrays[key].flat[1] = np.nan
    error = _refused(made, x, labels, threads)
    assert (error.layer, error.tensor) == tuple(key.split("."))


def test_the_layer_that_overflows_first_is_named(threads: int) -> None:
    """Also where activation and pooling are fused into it."""
    made = network(graph(norm=False), dtype=np.float32)
    x, labels = batch(made, 16)
    made.weights.arrays["layer7.weight"][...] = 3e38
    made.weights.arrays["layer7.bias"][...] = 3e38
    error = _refused(made, x, labels, threads)
    assert (error.layer, error.tensor) == ("layer7", "its output")


def test_the_loss_is_named_where_only_it_overflows() -> None:
    made = network(
        line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), DenseLayer(units=3), OutputLayer(loss="squared")),
        dtype=np.float32,
    )
    x, labels = batch(made, 4)
    made.weights.arrays["layer2.weight"][...] = 1e25
    error = _refused(made, x, labels, 1)
    assert (error.layer, error.tensor) == ("layer3", "the loss")


def test_a_gradient_that_overflows_is_named(threads: int) -> None:
    """The loss is finite; its gradient overflows on its way through large weights."""
    made = network(graph(norm=False), dtype=np.float32)
    x, labels = batch(made, 16)
    made.weights.arrays["layer9.weight"][...] *= 1e30
    made.weights.arrays["layer7.weight"][...] *= 1e-30
    made.weights.arrays["layer7.bias"][...] *= 1e-30
    made.weights.arrays["layer4.weight"][...] *= 1e5
    error = _refused(made, x, labels, threads)
    assert error.tensor.startswith("the gradient of its ")
    assert error.layer in ("layer1", "layer4", "layer7")


@pytest.mark.parametrize("loss", ["softmax", "hinge", "binary", "squared", "absolute"])
@pytest.mark.parametrize("optimizer", [SGD(), Momentum(), RMSprop()], ids=lambda o: o.kind)
@pytest.mark.parametrize("norm", [False, True], ids=["plain", "norm"])
def test_a_learning_rate_far_too_large_never_leaves_non_finite_weights(
    loss: str, optimizer: Optimizer, norm: bool
) -> None:
    made = network(graph(loss, norm=norm, l2=1.0), dtype=np.float32)
    with load(made, optimizer) as execution:
        for number in range(120):
            before = made.weights.copy()
            if (error := _error(execution, *batch(made, 8, number), number)) is not None:
                assert error.layer in made.program.nodes
                _same(made, before)
                break
        assert np.isfinite(made.weights.trained).all()
        assert np.isfinite(made.weights.state).all()


def _error(execution: Execution, x: Array, labels: Array, number: int) -> NonFiniteError | None:
    try:
        execution.step(x, labels, 100.0, number)
    except NonFiniteError as error:
        return error
    return None


def test_a_failed_step_does_not_affect_the_next(threads: int) -> None:
    made, calm = (network(graph(), dtype=np.float32) for _ in range(2))
    x, labels = batch(made, 16)
    bad = x.copy()
    bad[11] = np.nan
    with load(made, Adam(), threads=threads) as execution, load(calm, Adam(), threads=threads) as other:
        for number in range(3):
            with pytest.raises(NonFiniteError):
                execution.step(bad, labels, 0.01, number)
            assert execution.step(x, labels, 0.01, number) == other.step(x, labels, 0.01, number)
    _same(made, calm.weights)


def test_a_step_neither_uses_nor_changes_its_callers_errstate(threads: int) -> None:
    made = network(graph(norm=False), dtype=np.float32)
    x, labels = batch(made, 16)
    made.weights.arrays["layer7.weight"][...] = made.weights.arrays["layer7.bias"][...] = 3e38
    with np.errstate(all="raise"), load(made, threads=threads) as execution:
        before = np.geterr()
        with pytest.raises(NonFiniteError):
            execution.step(x, labels, 0.1, 0)
        execution.predict(x)
        assert np.geterr() == before


@pytest.mark.timeout(30)
def test_shards_waiting_for_a_sum_are_all_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one shard's loss overflows; without care the backward pass of batch norm would wait for it forever."""
    monkeypatch.setattr(sharding, "SHARD_WORK", 1)
    nodes = {"input": InputLayer(shape=(1, 3, 3)), "conv": ConvolutionLayer(filters=1, kernel_size=(1, 1))}
    nodes |= {"bend": TanhLayer(), "norm": BatchNormalizationLayer(), "row": FlattenLayer()}
    nodes |= {
        "fc": DenseLayer(units=3),
        "square": MultiplyLayer(),
        "row2": FlattenLayer(),
        "fc2": DenseLayer(units=3),
    }
    nodes |= {"sum": AddLayer(), "output": OutputLayer(loss="squared")}
    path = ["input", "conv", "bend", "norm", "row", "fc", "sum", "output"]
    other: list[Connection] = [
        ("input", "square", 0),
        ("input", "square", 1),
        ("square", "row2"),
        ("row2", "fc2"),
        ("fc2", "sum", 1),
    ]
    made = network(wire(nodes, *pairwise(path), *other), dtype=np.float32)
    x, labels = batch(made, 16)
    x[12] = 1e10
    with load(made, threads=2) as execution:
        before = made.weights.copy()
        with pytest.raises(NonFiniteError, match="output: the loss"):
            execution.step(x, labels, 0.1, 0)
        _same(made, before)
        x[12] = 0.5
        assert np.isfinite(execution.step(x, labels, 0.1, 0).loss)


# The trainer


def _dataset(made: Network, images: Array, labels: Array) -> Dataset:
    splits = {"train": np.arange(len(images)), "validation": np.arange(0), "test": np.arange(0)}
    return Dataset("made up", images, labels, ("a", "b", "c"), splits, Scaling())


def _last(made: Network, dataset: Dataset, choice: TrainingChoice) -> tuple[RunDone, int]:
    events = list(train(made, dataset, choice))
    done = events[-1]
    assert isinstance(done, RunDone)
    return done, sum(isinstance(event, BatchDone) for event in events)


def test_training_stops_with_advice_and_keeps_the_weights() -> None:
    made = network(graph("squared", norm=False), dtype=np.float32)
    dataset = _dataset(made, *batch(made, 24))
    choice = TrainingChoice(SGD(rate=100.0), settings=Settings(epochs=50, batch_size=8))
    done, steps = _last(made, dataset, choice)
    assert done.reason == "not_finite"
    assert done.step == steps
    assert f"after step {steps}" in done.message
    assert "smaller learning rate" in done.message
    assert "weights of that step are kept" in done.message
    assert any(node in done.message for node in made.program.nodes)
    assert np.isfinite(made.weights.trained).all()


def test_training_names_the_image_where_the_data_is_at_fault() -> None:
    made = network(graph(), dtype=np.float32)
    x, labels = batch(made, 24)
    x[5, 0, 0, 0] = np.inf
    before = made.weights.copy()
    done, steps = _last(made, _dataset(made, x, labels), TrainingChoice(settings=replace(Settings(), batch_size=24)))
    assert (done.reason, steps) == ("not_finite", 0)
    assert "an image" in done.message
    assert "learning rate" not in done.message
    _same(made, before)


@pytest.mark.parametrize("decay", [{"l2": 10.0}, {"l2": 1e-3}])
def test_an_overflowing_weight_decay_changes_nothing(decay: dict[str, Any], threads: int) -> None:
    """The loss and its gradient are finite: the image is black, so the huge weight does not affect them."""
    body = [FlattenLayer(), DenseLayer(units=3, **decay)]
    made = network(line(InputLayer(shape=(1, 2, 2)), *body, OutputLayer()), dtype=np.float32)
    made.weights.arrays["layer2.weight"][1, 2] = 3e38
    error = _refused(made, np.zeros((16, 1, 2, 2), np.float32), np.arange(16) % 3, threads)
    assert (error.layer, error.tensor) == ("layer2", "the gradient of its weight")
