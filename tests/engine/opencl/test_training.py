"""Losses, optimizers, weight decay, clipping, and resuming on an OpenCL device, compared with NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnstudio.engine.engine import NonFiniteError, TrainingOptions
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer, GaussianNoiseLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.operations.optimizer import SGD, Adam, Momentum, Optimizer
from tests.support.devices import TrainingTrace, assert_close_to, matches_numpy, train_steps
from tests.support.networks import batch, line, network

WEIGHTS = (0.5, 2.0, 0.0, 1.25)
SMOOTHED = {"epsilon": 0.01}  # else rounding decides the direction in which tiny gradients move a weight
OUTPUTS = [
    OutputLayer(class_weights=WEIGHTS, label_smoothing=0.15),
    OutputLayer(loss="hinge", margin=0.5),
    OutputLayer(loss="triplet", margin=2.0),
]
MORE_OUTPUTS = [
    OutputLayer(label_smoothing=0.1),
    OutputLayer(class_weights=WEIGHTS),
    OutputLayer(loss="hinge", class_weights=WEIGHTS),
    OutputLayer(loss="binary", label_smoothing=0.2, class_weights=WEIGHTS),
    OutputLayer(loss="squared", class_weights=WEIGHTS),
    OutputLayer(loss="absolute"),
]


def _slow(*values: object) -> list[object]:
    """Parameters for the slow tests only: each compiles another program."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def small(output: OutputLayer | None = None, **terms: Any) -> Graph:
    """Two fully connected layers."""
    body = [FlattenLayer(), DenseLayer(units=7, **terms), ReLULayer(), DenseLayer(units=4, **terms)]
    return line(InputLayer(shape=(2, 3, 3)), *body, output or OutputLayer())


def with_noise_and_state() -> Graph:
    """A network with random numbers and running statistics."""
    body = [
        GaussianNoiseLayer(),
        ConvolutionLayer(filters=4, l2=0.01, use_bias=False),
        BatchNormalizationLayer(),
        ReLULayer(),
        MaxPoolingLayer(),
    ]
    return line(
        InputLayer(shape=(1, 8, 8)), *body, DropoutLayer(rate=0.3), FlattenLayer(), DenseLayer(units=3), OutputLayer()
    )


OPTIONS = TrainingOptions(Adam(rate=0.01, epsilon=0.01), seed=3)


@pytest.mark.parametrize("output", [*OUTPUTS, *_slow(*MORE_OUTPUTS)], ids=lambda o: o.summary())
def test_a_loss_matches_numpy(output: OutputLayer, engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(small(output), dtype="float32"), 21)


@pytest.mark.parametrize("loss", ["squared", *_slow("binary", "absolute")])
def test_a_reconstruction_loss(loss: str, engine: OpenCLEngine) -> None:
    made = line(
        InputLayer(shape=(2, 5, 4)),
        ConvolutionLayer(filters=2, padding="same"),
        OutputLayer(loss=loss, target="picture"),
    )
    matches_numpy(engine, network(made, dtype="float32"), 19)


@pytest.mark.parametrize("optimizer", [o for o in OPTIMIZERS.values() if o.kind != "nudge"], ids=lambda o: o.kind)
def test_an_optimizer_matches_numpy(optimizer: type[Optimizer], engine: OpenCLEngine) -> None:
    chosen = optimizer(**(SMOOTHED if hasattr(optimizer(), "epsilon") else {}))
    matches_numpy(engine, network(small(), dtype="float32"), 21, chosen, steps=6)


@pytest.mark.parametrize("decay", [{"l1": 0.01, "l2": 0.1}, *_slow({"l1": 0.05}, {"l2": 0.2})], ids=str)
def test_weight_decay(decay: dict[str, Any], engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(small(**decay), dtype="float32"), 21)


@pytest.mark.parametrize("clip", [0.01, *_slow(1e3)])
@pytest.mark.parametrize("clip_by", ["norm", "value"])
def test_gradient_clipping(clip: float, clip_by: str, engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(small(l2=0.1), dtype="float32"), 21, Momentum(), clip=clip, clip_by=clip_by)


def test_frozen_layers_keep_their_weights_and_propagate_gradients(engine: OpenCLEngine) -> None:
    body = [
        ConvolutionLayer(filters=4),
        ConvolutionLayer(filters=4, frozen=True),
        BatchNormalizationLayer(frozen=True),
        FlattenLayer(),
    ]
    made = network(line(InputLayer(shape=(1, 8, 8)), *body, DenseLayer(units=4), OutputLayer()), dtype="float32")
    matches_numpy(engine, made, 21)
    course = TrainingTrace(engine, made, 21, TrainingOptions(SGD()), 2, 0.1)
    for key in made.weights.arrays.keys() - {
        f"layer{number}.{name}" for number in (1, 5) for name in ("weight", "bias")
    }:
        assert np.array_equal(course.weights[-1].arrays[key], made.weights.arrays[key])
    assert not np.array_equal(course.weights[-1].arrays["layer1.weight"], made.weights.arrays["layer1.weight"])


def test_a_network_of_frozen_layers_reports_its_loss(engine: OpenCLEngine) -> None:
    made = network(small(frozen=True), dtype="float32")
    matches_numpy(engine, made, 9, clip=1.0)


def test_one_run_with_batches_of_different_sizes(engine: OpenCLEngine) -> None:
    """A plan for a large batch also runs the smaller last batch of an epoch."""
    made = network(with_noise_and_state(), dtype="float32")
    ours, theirs = made.weights.copy(), made.weights.copy()
    with engine.load(made.program, ours, OPTIONS) as one, NumpyEngine().load(made.program, theirs, OPTIONS) as other:
        for number, size in enumerate((33, 1, 16, 17, 33, 4)):
            x, labels = batch(made, size, number)
            got, wanted = one.step(x, labels, 0.001, number), other.step(x, labels, 0.001, number)
            assert got.loss == pytest.approx(wanted.loss, rel=2e-3)
            assert got.correct == wanted.correct
        one.pull()
    for key, array in ours.arrays.items():
        assert_close_to(array, theirs.arrays[key], 2e-3, key, 1e-4)


def test_predictions_for_any_number_of_images(engine: OpenCLEngine) -> None:
    made = network(with_noise_and_state(), dtype="float32")
    with engine.load(made.program, made.weights) as ours, NumpyEngine().load(made.program, made.weights) as theirs:
        for size in (0, 1, 15, 16, 17, 128, 300):
            x, _ = batch(made, size, size)
            for found, wanted in zip(ours.predict(x), theirs.predict(x), strict=True):
                assert_close_to(found, wanted, 1e-4, f"{size} images")


def test_equal_runs_are_bit_identical(engine: OpenCLEngine) -> None:
    made = network(with_noise_and_state(), dtype="float32")
    first, second = (TrainingTrace(engine, made, 37, OPTIONS, 30, 0.01) for _ in range(2))
    assert first.results == second.results
    for one, other in zip(first.weights, second.weights, strict=True):
        assert np.array_equal(one.trained, other.trained)
        assert np.array_equal(one.state, other.state)


@pytest.mark.parametrize("target", ["numpy", "opencl"])
def test_a_run_resumes_from_weights_and_slots(target: str, engine: OpenCLEngine) -> None:
    """Bit for bit on the same device; within rounding on NumPy."""
    made = network(with_noise_and_state(), dtype="float32")
    whole, halves = made.weights.copy(), made.weights.copy()
    with engine.load(made.program, whole, OPTIONS) as execution:
        train_steps(execution, made, 20, range(8))
        execution.pull()
    with engine.load(made.program, halves, OPTIONS) as execution:
        train_steps(execution, made, 20, range(4))
        execution.pull()
        slots = {name: slot.copy() for name, slot in execution.slots.items()}
    with (NumpyEngine() if target == "numpy" else engine).load(made.program, halves, OPTIONS) as execution:
        for name, slot in execution.slots.items():
            np.copyto(slot, slots[name])
        execution.push()
        train_steps(execution, made, 20, range(4, 8))
        execution.pull()
    for key, array in halves.arrays.items():
        if target == "opencl":
            assert np.array_equal(array, whole.arrays[key])
        else:
            assert_close_to(array, whole.arrays[key], 2e-3, key, 1e-3)


@pytest.mark.parametrize("key", ["layer2.weight", "layer3.running_mean", "layer8.bias", None])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_numbers_raise_before_any_weight_changes(
    key: str | None, value: float, engine: OpenCLEngine
) -> None:
    made = network(with_noise_and_state(), dtype="float32")
    x, labels = batch(made, 20)
    if key is None:
        x[17, 0, 3, 3] = value
    else:
        made.weights.arrays[key].flat[1] = value
    before = made.weights.copy()
    with engine.load(made.program, made.weights, OPTIONS) as execution:
        with pytest.raises(NonFiniteError) as raised:
            execution.step(x, labels, 0.1, 0)
        execution.pull()
        assert np.array_equal(made.weights.trained, before.trained, equal_nan=True)
        assert np.array_equal(made.weights.state, before.state, equal_nan=True)
        assert not any(slot.any() for slot in execution.slots.values())
    if key == "layer3.running_mean":
        assert raised.value.layer == "layer3"
    elif key is not None:
        assert (raised.value.layer, raised.value.tensor) == tuple(key.split("."))
    else:
        assert (raised.value.layer, raised.value.tensor) == ("layer0", "an image")


def test_a_bad_batch_leaves_no_trace(engine: OpenCLEngine) -> None:
    made = network(with_noise_and_state(), dtype="float32")
    x, labels = batch(made, 20)
    bad = x.copy()
    bad[3] = np.nan
    ours, undisturbed = made.weights.copy(), made.weights.copy()
    with engine.load(made.program, ours, OPTIONS) as one, engine.load(made.program, undisturbed, OPTIONS) as other:
        for number in range(3):
            with pytest.raises(NonFiniteError):
                one.step(bad, labels, 0.01, number)
            assert one.step(x, labels, 0.01, number) == other.step(x, labels, 0.01, number)
        one.pull()
        other.pull()
    assert np.array_equal(ours.trained, undisturbed.trained)
    assert np.array_equal(ours.state, undisturbed.state)


@pytest.mark.parametrize("loss", ["softmax", *_slow("squared")])
@pytest.mark.parametrize("clip", [0.0, *_slow(1e30)])
def test_a_huge_learning_rate_never_leaves_non_finite_weights(loss: str, clip: float, engine: OpenCLEngine) -> None:
    made = network(small(OutputLayer(loss=loss), l2=1.0), dtype="float32")
    with engine.load(made.program, made.weights, TrainingOptions(SGD(), clip)) as execution:
        with pytest.raises(NonFiniteError) as raised:
            train_steps(execution, made, 8, range(200), 1000.0)
        execution.pull()
    assert raised.value.layer in made.program.nodes
    assert np.isfinite(made.weights.trained).all()
