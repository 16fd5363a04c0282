"""Optimizers, weight decay, clipping and nudging against their formulas, number by number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.engine import TooManyWeightsError
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.nudge import MOST_WEIGHTS
from cnnstudio.engine.numpy.optimizers import BLOCK, UPDATES
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.operations.optimizer import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Nudge,
    Optimizer,
    RMSprop,
)
from tests.support.networks import batch, line, load, network, parts

Rule = Callable[[float, float, int], float]  # a weight, its gradient, the step's number -> the weight after it

STEPS = 20


def _sgd(o: SGD, rates: list[float]) -> Rule:
    return lambda w, g, t: w - rates[t] * g


def _momentum(o: Momentum | Nesterov, rates: list[float]) -> Rule:
    memory = [0.0]

    def rule(w: float, g: float, t: int) -> float:
        memory[0] = o.momentum * memory[0] - rates[t] * g
        return w + (o.momentum * memory[0] - rates[t] * g if isinstance(o, Nesterov) else memory[0])

    return rule


def _squares(o: Adagrad | RMSprop, rates: list[float]) -> Rule:
    memory = [0.0]

    def rule(w: float, g: float, t: int) -> float:
        memory[0] = memory[0] + g * g if isinstance(o, Adagrad) else o.decay * memory[0] + (1 - o.decay) * g * g
        return w - rates[t] * g / (math.sqrt(memory[0]) + o.epsilon)

    return rule


def _adam(o: Adam, rates: list[float]) -> Rule:
    mean, squares = [0.0], [0.0]

    def rule(w: float, g: float, t: int) -> float:
        mean[0] = o.beta1 * mean[0] + (1 - o.beta1) * g
        squares[0] = o.beta2 * squares[0] + (1 - o.beta2) * g * g
        m, s = mean[0] / (1 - o.beta1 ** (t + 1)), squares[0] / (1 - o.beta2 ** (t + 1))
        kept = w * (1 - rates[t] * o.decay) if isinstance(o, AdamW) else w
        return kept - rates[t] * m / (math.sqrt(s) + o.epsilon)

    return rule


RULES: dict[type[Optimizer], Callable[[Any, list[float]], Rule]] = {
    SGD: _sgd,
    Momentum: _momentum,
    Nesterov: _momentum,
    Adagrad: _squares,
    RMSprop: _squares,
    Adam: _adam,
    AdamW: _adam,
}
CHOICES: list[Optimizer] = [
    SGD(rate=0.3),
    Momentum(rate=0.1, momentum=0.7),
    Nesterov(rate=0.1, momentum=0.7),
    Adagrad(rate=0.2, epsilon=1e-3),
    RMSprop(rate=0.05, decay=0.8, epsilon=1e-3),
    Adam(rate=0.05, beta1=0.7, beta2=0.9, epsilon=1e-3),
    AdamW(rate=0.05, beta1=0.7, beta2=0.9, decay=0.4),
]
every_choice = pytest.mark.parametrize("optimizer", CHOICES, ids=lambda optimizer: optimizer.kind)


def _network(l1: float = 0.0, l2: float = 0.0) -> Network:
    return network(
        line(
            InputLayer(shape=(1, 4, 4)),
            ConvolutionLayer(filters=2, l1=l1, l2=l2),
            ReLULayer(),
            FlattenLayer(),
            DenseLayer(units=3, l1=l1, l2=l2),
            OutputLayer(),
        )
    )


def test_every_optimizer_is_covered() -> None:
    assert {type(choice) for choice in CHOICES} | {Nudge} == set(OPTIMIZERS.values())
    assert set(UPDATES) == set(OPTIMIZERS) - {Nudge.kind}


@every_choice
def test_twenty_steps_follow_the_formula(optimizer: Optimizer) -> None:
    made, rates = _network(), [optimizer.rate / (1 + 0.1 * t) for t in range(STEPS)]
    size = made.weights.trained.size
    rules = [RULES[type(optimizer)](optimizer, rates) for _ in range(size)]
    expected = made.weights.trained.tolist()
    with load(made, optimizer) as execution:
        for t in range(STEPS):
            x, labels = batch(made, 5, seed=t)
            gradient = execution.gradient(x, labels, t)[1].copy()
            expected = [rule(w, g, t) for rule, w, g in zip(rules, expected, gradient.tolist(), strict=True)]
            execution.step(x, labels, rates[t], t)
            np.testing.assert_allclose(made.weights.trained, expected, rtol=1e-11, atol=1e-13)


@every_choice
def test_vectors_longer_than_a_block_are_updated_alike(optimizer: Optimizer) -> None:
    """Every block of a long vector is updated as a short vector is."""
    size = 2 * BLOCK + 7
    rng = np.random.default_rng(0)
    weights, gradients = rng.normal(size=size), rng.normal(size=(3, size))
    whole, pieces = weights.copy(), weights.copy()
    long = UPDATES[optimizer.kind](optimizer, whole)
    places = [slice(first, min(first + 1000, size)) for first in range(0, size, 1000)]
    short = [UPDATES[optimizer.kind](optimizer, pieces[place]) for place in places]
    for t, gradient in enumerate(gradients):
        long.apply(gradient.copy(), optimizer.rate, t)
        for update, place in zip(short, places, strict=True):
            update.apply(gradient[place].copy(), optimizer.rate, t)
    np.testing.assert_array_equal(whole, pieces)
    assert set(long.slots) == set(optimizer.slots)
    assert all(slot.any() for slot in long.slots.values())


@every_choice
def test_a_learning_rate_of_zero_changes_nothing(optimizer: Optimizer) -> None:
    made = _network()
    before = made.weights.trained.copy()
    x, labels = batch(made, 5)
    with load(made, optimizer) as execution:
        execution.step(x, labels, 0.0, 0)
    np.testing.assert_array_equal(made.weights.trained, before)


@every_choice
def test_restored_slots_continue_the_run(optimizer: Optimizer) -> None:
    straight, resumed = _network(), _network()
    batches = [batch(straight, 5, seed=t) for t in range(6)]
    with load(straight, optimizer) as execution:
        for t, (x, labels) in enumerate(batches):
            execution.step(x, labels, 0.1, t)
    with load(resumed, optimizer) as execution:
        for t in range(3):
            execution.step(*batches[t], 0.1, t)
        saved = {name: slot.copy() for name, slot in execution.slots.items()}
    with load(resumed, optimizer) as execution:
        for name, slot in saved.items():
            np.copyto(execution.slots[name], slot)
        execution.push()
        for t in range(3, 6):
            execution.step(*batches[t], 0.1, t)
    np.testing.assert_array_equal(straight.weights.trained, resumed.weights.trained)


# What is done to the gradient first


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
def test_weight_decay_shrinks_weights_but_not_biases(l1: float, l2: float) -> None:
    made = _network(l1, l2)
    x, labels = batch(made, 5)
    before = made.weights.copy()
    with load(made) as execution:
        gradient = parts(made.weights, execution.gradient(x, labels)[1])
        execution.step(x, labels, 0.5, 0)
    for key, array in made.weights.arrays.items():
        old = before.arrays[key]
        pull = l2 * old + l1 * np.sign(old) if key.endswith("weight") else 0.0
        np.testing.assert_allclose(array, old - 0.5 * (gradient[key] + pull), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("limit", [0.01, 1e9])
@pytest.mark.parametrize("l2", [0.0, 2.0])
def test_clipping_by_norm_keeps_the_direction(limit: float, l2: float) -> None:
    made = _network(l2=l2)
    x, labels = batch(made, 5)
    before = made.weights.copy()
    with load(made, SGD(), clip=limit) as execution:
        gradient = execution.gradient(x, labels)[1].copy()
        for key, (part, place) in made.weights.places.items():
            if part == "trained" and key.endswith("weight"):
                gradient[place] += l2 * before.trained[place]
        execution.step(x, labels, 1.0, 0)
    length = np.linalg.norm(gradient)
    assert (length > limit) == (limit < 1)
    np.testing.assert_allclose(before.trained - made.weights.trained, gradient * min(1.0, limit / length), atol=1e-14)


def test_clipping_by_value_limits_each_number() -> None:
    made = _network()
    x, labels = batch(made, 5)
    before = made.weights.copy()
    with load(made, SGD(), clip=0.02, clip_by="value") as execution:
        gradient = execution.gradient(x, labels)[1].copy()
        execution.step(x, labels, 1.0, 0)
    assert np.abs(gradient).max() > 0.02 > np.abs(gradient[gradient != 0]).min()
    expected = np.clip(gradient, -0.02, 0.02)
    np.testing.assert_allclose(before.trained - made.weights.trained, expected, atol=1e-15)


# Nudging


def _loss(made: Network, x: Array, labels: Array) -> float:
    with load(made) as execution:
        return execution.gradient(x, labels)[0].loss


def test_nudging_tries_every_weight_up_and_down_and_keeps_what_reduces_the_loss() -> None:
    made, expected = _network(), _network()
    x, labels = batch(made, 5)
    start = _loss(made, x, labels)
    best = start
    for array in expected.weights.arrays.values():
        flat = array.reshape(-1)
        for index, here in enumerate(flat.tolist()):
            for place in (here + 0.05, here - 0.05):
                flat[index] = place
                if (value := _loss(expected, x, labels)) < best:
                    best = value
                    break
                flat[index] = here
    with load(made, Nudge()) as execution:
        result = execution.step(x, labels, 0.05, 0)
    assert result.loss == pytest.approx(start, rel=1e-13)
    np.testing.assert_array_equal(made.weights.trained, expected.weights.trained)
    assert _loss(made, x, labels) == pytest.approx(best, rel=1e-13)
    assert best < start


@pytest.mark.parametrize("decay", [{"l2": 0.5}, {"l1": 0.5}], ids=str)
def test_nudging_shrinks_decayed_weights_and_reports_the_loss_without_penalty(decay: dict[str, Any]) -> None:
    """With a black image the weights do not affect the loss: only their penalty moves them."""
    body = [FlattenLayer(), DenseLayer(units=3, use_bias=False, **decay)]
    made = network(line(InputLayer(shape=(1, 2, 2)), *body, OutputLayer()))
    weight = made.weights.arrays["layer2.weight"]
    weight[...] = np.linspace(-1.0, 1.0, weight.size).reshape(weight.shape)
    before = np.abs(weight)
    with load(made, Nudge()) as execution:
        result = execution.step(np.zeros((4, 1, 2, 2)), np.zeros(4, int), 0.05, 0)
    assert result.loss == pytest.approx(math.log(3.0))
    np.testing.assert_allclose(np.abs(weight), np.abs(before - 0.05), atol=1e-12)


def test_nudging_trains_without_gradients() -> None:
    made = _network()
    x, labels = batch(made, 8)
    with load(made, Nudge()) as execution:
        losses = [execution.step(x, labels, 0.05, t).loss for t in range(30)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 2


def test_nudging_too_many_weights_is_refused_with_both_numbers() -> None:
    made = network(line(InputLayer(shape=(1, 100, 100)), FlattenLayer(), DenseLayer(units=3), OutputLayer()))
    with pytest.raises(TooManyWeightsError, match=rf"30,003.*{MOST_WEIGHTS:,}.*Adam"):
        load(made, Nudge())
