"""Runs that the tests of training start, and what they tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnstudio.data import Dataset, Scaling
from cnnstudio.engine.network import Network
from cnnstudio.graph import Graph
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import Optimizer
from cnnstudio.operations.optimizer import Adam
from cnnstudio.training.events import BatchDone, Command, EpochDone, Event, RunDone
from cnnstudio.training.loop import Training
from cnnstudio.training.schedule import Constant, Schedule
from cnnstudio.training.settings import Settings, TrainingChoice
from tests.networks import chain_of

Reply = Callable[[Event], Command | None]


def with_memory() -> Graph:
    """The X-or-O network with running statistics and random numbers: all that a run must remember."""
    layers: dict[str, Layer] = {
        "input": InputLayer(shape=(1, 9, 9)),
        "conv": ConvolutionLayer(filters=3, l2=0.001),
        "norm": BatchNormalizationLayer(),
        "relu": ReLULayer(),
        "pool": MaxPoolingLayer(),
        "dropout": DropoutLayer(rate=0.3),
        "flatten": FlattenLayer(),
        "fc": DenseLayer(units=2),
        "output": OutputLayer(),
    }
    return chain_of(layers)


def choice(
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    epochs: int = 3,
    batch: int = 16,
    seed: int = 0,
) -> TrainingChoice:
    """A training choice for short runs."""
    settings = Settings(epochs=epochs, batch_size=batch, seed=seed)
    return TrainingChoice(optimizer or Adam(rate=0.01), schedule or Constant(), settings)


def random_digits(count: int = 32) -> Dataset:
    """Noise of 28 × 28 under random labels of ten classes: nothing to understand, only to learn by heart."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(count, 1, 28, 28)).astype(np.float32)
    everything = np.arange(count)
    splits = {"train": everything, "validation": everything[:0], "test": everything[:0]}
    return Dataset("noise", images, rng.integers(0, 10, count), tuple("0123456789"), splits, Scaling())


def play(run: Training, reply: Reply = lambda event: None) -> list[Event]:
    """All events of a run, in which `reply` answers each of them."""
    events: list[Event] = []
    try:
        event = next(run)
        while True:
            events.append(event)
            event = run.send(reply(event))
    except StopIteration:
        return events


def once(step: int, command: Command) -> Reply:
    """Give the command after this step."""
    return lambda event: command if isinstance(event, BatchDone) and event.step == step else None


def curve(events: list[Event]) -> list[tuple[Any, ...]]:
    """What a run reported of its batches and epochs, without the clock."""
    reported: list[tuple[Any, ...]] = []
    for event in events:
        if isinstance(event, BatchDone):
            reported.append((event.epoch, event.step, event.loss, event.accuracy, event.rate))
        elif isinstance(event, EpochDone):
            reported.append(("epoch", event.step, event.loss, event.accuracy, event.validation_loss, event.rate))
    return reported


def end_of(events: list[Event]) -> RunDone:
    """How the run ended."""
    done = events[-1]
    assert isinstance(done, RunDone)
    assert sum(isinstance(event, RunDone) for event in events) == 1
    return done


def assert_same_weights(first: Network, second: Network) -> None:
    """Every array of the two networks is the same to the bit."""
    assert first.weights.arrays.keys() == second.weights.arrays.keys()
    for key, array in first.weights.arrays.items():
        np.testing.assert_array_equal(array, second.weights.arrays[key], err_msg=key)
