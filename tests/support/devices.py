"""Compare training and prediction on a device with NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, Execution, StepResult, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.weights import Weights
from cnnstudio.operations.optimizer import SGD, Optimizer
from tests.support.networks import batch

CLOSE = 3e-4  # of the largest number of an array: what float32 may lose in one step
STEPS = 3


class TrainingTrace:
    """A few steps of training: weights after each, results, slots, and predictions before and after.

    It ends with the first step whose loss has grown: there the learning rate is too large, and the next steps may
    overflow.
    """

    def __init__(
        self, engine: Engine, made: Network, size: int, learning: TrainingOptions, steps: int, rate: float
    ) -> None:
        weights = made.weights.copy()
        self.weights: list[Weights] = [weights.copy()]
        self.results: list[StepResult] = []
        self.predictions: list[tuple[Array, Array]] = []
        x, _ = batch(made, size + 1, 77)
        with engine.load(made.program, weights, learning) as execution:
            self.predictions.append(execution.predict(x))
            for number in range(steps):
                self.results.append(execution.step(*batch(made, size, number), rate, number))
                execution.pull()
                self.weights.append(weights.copy())
                if _grows(self.results[-1], self.results[0]):
                    break
            self.predictions.append(execution.predict(x))
            self.slots = {name: slot.copy() for name, slot in execution.slots.items()}


def matches_numpy(
    engine: Engine,
    made: Network,
    size: int,
    optimizer: Optimizer | None = None,
    *,
    steps: int = STEPS,
    rate: float = 0.01,
    close: float = CLOSE,
    **learning: Any,
) -> None:
    """Assert that the engine predicts and trains as NumPy does; the first step compares the gradients one by one.

    Where the learning rate is too large for the network, so that its loss grows and rounding errors with it, the steps
    from there on are not compared.
    """
    terms = TrainingOptions(optimizer or SGD(), **learning)
    expected = TrainingTrace(NumpyEngine(), made, size, terms, steps, rate)
    found = TrainingTrace(engine, made, size, terms, len(expected.results), rate)
    for before, after in zip(expected.predictions[0], found.predictions[0], strict=True):
        assert_close_to(after, before, close, "predictions before")
    for number, (numpy, ours) in enumerate(zip(expected.results, found.results, strict=True)):
        if _grows(numpy, expected.results[0]):
            break
        assert abs(ours.loss - numpy.loss) <= 3 * close * (abs(numpy.loss) + 1e-3), (number, ours.loss, numpy.loss)
        assert abs(ours.correct - numpy.correct) <= (number > 0), (number, ours.correct, numpy.correct)
    start = expected.weights[0]
    stable = next(
        (number for number, result in enumerate(expected.results) if _grows(result, expected.results[0])), steps
    )
    for number in range(1, max(stable, 1) + 1):
        for key in start.arrays:
            moved = [course.weights[number].arrays[key] - start.arrays[key] for course in (expected, found)]
            least = 4e-7 * float(np.abs(start.arrays[key]).max(initial=0.0))  # what rounding a weight may lose
            assert_close_to(moved[1], moved[0], number * close, f"{key} after step {number}", least)
    if stable < steps:
        return
    for name, slot in expected.slots.items():
        assert_close_to(found.slots[name], slot, 3 * steps * close, name)
    for before, after in zip(expected.predictions[1], found.predictions[1], strict=True):
        assert_close_to(after, before, 3 * steps * close, "predictions after")


def _grows(result: StepResult, first: StepResult) -> bool:
    return not result.loss < 2.0 * first.loss + 1.0


def assert_close_to(found: Array, expected: Array, close: float, what: str, least: float = 1e-7) -> None:
    """Assert that two arrays are equal up to rounding, relative to the largest number."""
    assert found.shape == expected.shape, what
    if not expected.size:
        return
    gap = float(np.abs(found - expected).max())
    allowed = close * float(np.abs(expected).max()) + least
    assert gap <= allowed, f"{what} differs by {gap:.3g}, allowed {allowed:.3g}"


def train_steps(execution: Execution, made: Network, size: int, steps: range, rate: float = 0.01) -> list[StepResult]:
    """Some steps on batches that depend only on the step number."""
    return [execution.step(*batch(made, size, number), rate, number) for number in steps]
