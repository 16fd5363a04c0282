"""Test an engine before it is offered: train one batch on it and compare with the reference engine."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.engine import DeviceLostError, Engine, TrainingOptions
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import (
    Activation,
    Convolution,
    Dense,
    Instruction,
    MaxPooling,
    Reshape,
    SoftmaxCrossEntropy,
    Weight,
)
from cnnstudio.operations.optimizer import SGD

TOLERANCE = 1e-4


def self_test(engine: Engine, reference: Engine) -> str:
    """Train a tiny network for one step on both engines. Returns what is wrong, or an empty string."""
    try:
        difference = _difference(engine, reference)
    except DeviceLostError as error:
        return f"its self-test failed: {error}"
    except Exception as error:  # whatever a driver does, the program must go on without it
        return f"its self-test failed: {type(error).__name__}: {error}"
    if not difference < TOLERANCE:
        return f"it computes wrong results: its self-test differs from NumPy by {difference:.2g}"
    return ""


def _difference(engine: Engine, reference: Engine) -> float:
    """The largest relative difference of weight updates and scores after one step."""
    program = _tiny_program()
    start = Weights(program.weights)
    start.initialize(0)
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((5, 2, 9, 9), np.float32), rng.integers(0, 3, 5)
    results = []
    for tested in (reference, engine):
        weights = start.copy()
        with tested.load(program, weights, TrainingOptions(SGD(rate=1.0))) as execution:
            execution.step(x, labels, 1.0, 0)
            _, scores = execution.predict(x)
            execution.pull()
        results.append((weights.trained - start.trained, scores))
    (expected, expected_scores), (update, scores) = results
    gaps = [np.abs(a - b).max() / np.abs(a).max() for a, b in ((expected, update), (expected_scores, scores))]
    return float(max(gaps))


def _tiny_program() -> Program:
    """Convolution, max pooling, ReLU, fully connected."""
    shapes = ((2, 9, 9), (4, 9, 9), (4, 4, 4), (4, 4, 4), (64,), (3,))
    convolution = Convolution(4, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1)
    steps = (
        Instruction(convolution, (0,), 1, {"weight": "conv.weight", "bias": "conv.bias"}),
        Instruction(MaxPooling((2, 2), (2, 2), (0, 0, 0, 0), (0, 0)), (1,), 2),
        Instruction(Activation("relu"), (2,), 3),
        Instruction(Reshape((64,)), (3,), 4),
        Instruction(Dense(3), (4,), 5, {"weight": "fc.weight", "bias": "fc.bias"}),
    )
    weights = {
        "conv.weight": Weight("weight", (4, 2, 3, 3), "he_normal", fan_in=18, fan_out=36),
        "conv.bias": Weight("bias", (4,)),
        "fc.weight": Weight("weight", (3, 64), "he_normal", fan_in=64, fan_out=3),
        "fc.bias": Weight("bias", (3,)),
    }
    return Program(shapes, steps, weights, input=0, output=5, scores=5, loss=SoftmaxCrossEntropy(), nodes={})
