"""Adaptive optimizers in float32 on every engine, after one step and after a hundred, against float64."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, TrainingOptions
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import Adagrad, Adam, AdamW, Optimizer, RMSprop
from tests.support.networks import line, network

EPSILON = float(np.finfo(np.float32).eps)
RATE = 1e-3
OPTIMIZERS: list[Optimizer] = [
    Adagrad(),
    RMSprop(decay=0.9),
    RMSprop(decay=0.999),
    Adam(),
    Adam(beta2=0.99999),
    AdamW(decay=0.01),
]


def _run(engine: Engine, optimizer: Optimizer, steps: int) -> tuple[Array, dict[str, Array]]:
    """The score's weights and the slots after training with constant gradients.

    Hinge loss on scores far within its margin has the gradient x for the wrong class and -x for the right one.
    """
    graph = line(InputLayer(shape=(1, 1, 3)), FlattenLayer(), DenseLayer(units=2), OutputLayer(loss="hinge", margin=9))
    made = network(graph, dtype="float32")
    made.weights.trained[:] = 0.0
    made.weights.arrays["layer2.weight"][:] = START
    with engine.load(made.program, made.weights, TrainingOptions(optimizer)) as execution:
        for number in range(steps):
            execution.step(GRADIENT.reshape(1, 1, 1, 3), np.array([1]), RATE, number)
        execution.pull()
        views = {name: made.weights.view_of("layer2.weight", slot) for name, slot in execution.slots.items()}
    return made.weights.arrays["layer2.weight"][0], {name: slot[0] for name, slot in views.items() if slot is not None}


START = np.array([0.1, 0.1, 0.1], np.float32)
GRADIENT = np.array([1.0, 0.25, 1e-3], np.float32)


def _expected(optimizer: Optimizer, steps: int) -> tuple[Array, list[Array]]:
    """The same in float64, by the optimizers' definitions."""
    w, g = START.astype(np.float64), GRADIENT.astype(np.float64)
    mean, squares = np.zeros(3), np.zeros(3)
    for t in range(1, steps + 1):
        if isinstance(optimizer, Adam):
            w *= 1.0 - RATE * optimizer.decay if isinstance(optimizer, AdamW) else 1.0
            mean = optimizer.beta1 * mean + (1.0 - optimizer.beta1) * g
            squares = optimizer.beta2 * squares + (1.0 - optimizer.beta2) * g * g
            corrected = squares / (1.0 - optimizer.beta2**t)
            w = w - RATE * mean / (1.0 - optimizer.beta1**t) / (np.sqrt(corrected) + optimizer.epsilon)
        else:
            assert isinstance(optimizer, Adagrad | RMSprop)
            decay, share = (optimizer.decay, 1.0 - optimizer.decay) if isinstance(optimizer, RMSprop) else (1.0, 1.0)
            squares = decay * squares + share * g * g
            w = w - RATE * g / (np.sqrt(squares) + optimizer.epsilon)
    return w, [mean, squares] if isinstance(optimizer, Adam) else [squares]


@pytest.mark.parametrize("steps", [1, 100])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_slots_and_weights(optimizer: Optimizer, steps: int, any_engine: Engine) -> None:
    """Every step may round each number a few times, and no more."""
    weights, slots = _run(any_engine, optimizer, steps)
    expected_weights, expected_slots = _expected(optimizer, steps)
    assert np.allclose(weights, expected_weights, rtol=0, atol=2 * EPSILON * steps * 0.1 + 4 * EPSILON * RATE * steps)
    for slot, expected in zip(slots.values(), expected_slots, strict=True):
        assert np.allclose(slot, expected, rtol=(3 + steps / 4) * EPSILON, atol=0)
