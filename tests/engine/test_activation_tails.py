"""Activations and their derivatives from 1e-8 to 1e4 in float32, on every engine, against float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.layers.activation import (
    ActivationLayer,
    ELULayer,
    GELULayer,
    HardSigmoidLayer,
    LeakyReLULayer,
    ReLULayer,
    SigmoidLayer,
    SiLULayer,
    SoftplusLayer,
    TanhLayer,
)
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import Momentum
from tests.support.networks import line, network

EPSILON = float(np.finfo(np.float32).eps)
TINY = 1e-36  # numbers that float32 or a device may round to zero
MAGNITUDES = [1e-8, 1e-6, 1e-4, 0.01, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 17, 20, 30, 50, 80, 87, 100, 1e3, 1e4]
POINTS = np.array(sorted([sign * magnitude for magnitude in MAGNITUDES for sign in (-1, 1)]), np.float32)


Function = Callable[[float], float]


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else math.inf


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + _exp(-x))


def _sigmoid_derivative(x: float) -> float:
    return _sigmoid(x) * _sigmoid(-x)


def _silu_derivative(x: float) -> float:
    return _sigmoid(x) * (1.0 + x * _sigmoid(-x))


def _gelu_argument(x: float) -> float:
    return 2.0 * math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)


def _gelu(x: float) -> float:
    return x * _sigmoid(_gelu_argument(x))


def _gelu_derivative(x: float) -> float:
    argument = _gelu_argument(x)
    slope = 2.0 * math.sqrt(2.0 / math.pi) * (1.0 + 3.0 * 0.044715 * x * x)
    return _sigmoid(argument) + x * _sigmoid(argument) * _sigmoid(-argument) * slope


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _hard_sigmoid(x: float) -> float:
    layer = HardSigmoidLayer().function()
    return min(max(layer.alpha * x + layer.beta, 0.0), 1.0)


def _hard_sigmoid_derivative(x: float) -> float:
    return HardSigmoidLayer().function().alpha if 0.0 < _hard_sigmoid(x) < 1.0 else 0.0


def _leaky(x: float) -> float:
    return LeakyReLULayer().function().alpha


def _elu(x: float) -> float:
    return x if x > 0 else ELULayer().function().alpha * math.expm1(x)


def _elu_derivative(x: float) -> float:
    return 1.0 if x > 0 else ELULayer().function().alpha * math.exp(x)


def _tanh_derivative(x: float) -> float:
    return 4.0 * _sigmoid_derivative(2.0 * x)


EXACT: dict[type[ActivationLayer], tuple[Function, Function]] = {
    ReLULayer: (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    LeakyReLULayer: (lambda x: x if x > 0 else _leaky(x) * x, lambda x: 1.0 if x > 0 else _leaky(x)),
    ELULayer: (_elu, _elu_derivative),
    SigmoidLayer: (_sigmoid, _sigmoid_derivative),
    HardSigmoidLayer: (_hard_sigmoid, _hard_sigmoid_derivative),
    TanhLayer: (math.tanh, _tanh_derivative),
    SoftplusLayer: (_softplus, _sigmoid),
    SiLULayer: (lambda x: x * _sigmoid(x), _silu_derivative),
    GELULayer: (_gelu, _gelu_derivative),
}
FLAT_BELOW = [SigmoidLayer, SoftplusLayer, SiLULayer, GELULayer]  # they and their derivatives vanish below zero


def _activated(layer: ActivationLayer) -> Network:
    """A network whose first layer has the points as its biases, followed by the activation.

    Its score is the sum of the activations, so that the gradient of each bias is the derivative at its point.
    """
    count = len(POINTS)
    body = [FlattenLayer(), DenseLayer(units=count), layer, DenseLayer(units=2)]
    graph = line(InputLayer(shape=(1, 1, 1)), *body, OutputLayer(loss="hinge"))
    made = network(graph, dtype="float32")
    made.weights.trained[:] = 0.0
    made.weights.arrays["layer2.bias"][:] = POINTS
    made.weights.arrays["layer4.weight"][0] = 1.0
    return made


def _derivatives(engine: Engine, made: Network) -> Array:
    """The gradients of the points, which momentum stores with the opposite sign."""
    x, labels = np.ones((1, 1, 1, 1), np.float32), np.array([1])
    with engine.load(made.program, made.weights, TrainingOptions(Momentum())) as execution:
        execution.step(x, labels, 1.0, 0)
        execution.pull()
        (velocity,) = execution.slots.values()
        gradients = made.weights.view_of("layer2.bias", -velocity)
    assert gradients is not None
    return gradients


def _values(engine: Engine, layer: ActivationLayer) -> Array:
    """The activation of every point."""
    graph = line(InputLayer(shape=(1, 1, len(POINTS))), layer, FlattenLayer(), OutputLayer(loss="squared"))
    made = network(graph, dtype="float32")
    with engine.load(made.program, made.weights) as execution:
        return execution.predict(POINTS.reshape(1, 1, 1, -1))[1].reshape(-1)


@pytest.mark.parametrize("kind", EXACT, ids=lambda kind: kind.kind)
def test_values(kind: type[ActivationLayer], any_engine: Engine) -> None:
    """Within a few roundings of the result, and of the argument where that is what the result depends on."""
    function, derivative = EXACT[kind]
    for x, found in zip(POINTS.tolist(), _values(any_engine, kind()).tolist(), strict=True):
        exact = function(x)
        allowed = 6 * EPSILON * (abs(exact) + abs(x * derivative(x))) + TINY
        assert abs(found - exact) <= allowed, f"{kind.kind}({x:g}) is {found:.9g}, should be {exact:.9g}"


@pytest.mark.parametrize("kind", EXACT, ids=lambda kind: kind.kind)
def test_derivatives(kind: type[ActivationLayer], any_engine: Engine) -> None:
    """Within rounding errors of 1; where function and derivative vanish together, with correct digits."""
    _, derivative = EXACT[kind]
    for x, found in zip(POINTS.tolist(), _derivatives(any_engine, _activated(kind())).tolist(), strict=True):
        exact = derivative(x)
        vanishes = kind in FLAT_BELOW and x <= -1.0
        allowed = 1e-4 * abs(exact) + TINY if vanishes else 16 * EPSILON * max(1.0, abs(exact))
        assert abs(found - exact) <= allowed, f"{kind.kind}'({x:g}) is {found:.9g}, should be {exact:.9g}"


def test_every_activation_is_covered() -> None:
    assert set(EXACT) == set(ActivationLayer.__subclasses__())
