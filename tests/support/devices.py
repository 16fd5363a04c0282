"""What a network learns and answers on a device, beside what it does on NumPy."""

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


class Course:
    """What became of a network in a few steps: weights after each, results, slots, and its answers before and after."""

    def __init__(
        self, engine: Engine, made: Network, size: int, learning: TrainingOptions, steps: int, rate: float
    ) -> None:
        weights = made.weights.copy()
        self.weights: list[Weights] = [weights.copy()]
        self.results: list[StepResult] = []
        self.answers: list[tuple[Array, Array]] = []
        x, _ = batch(made, size + 1, 77)
        with engine.load(made.program, weights, learning) as execution:
            self.answers.append(execution.predict(x))
            for number in range(steps):
                self.results.append(execution.step(*batch(made, size, number), rate, number))
                execution.pull()
                self.weights.append(weights.copy())
            self.answers.append(execution.predict(x))
            self.slots = {name: slot.copy() for name, slot in execution.slots.items()}


def meets_numpy(
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
    """Assert that the engine answers and learns as NumPy does; the first step tells the gradients one by one.

    Where the rate is too large for the network, so that its loss grows and rounding with it, later steps tell nothing.
    """
    terms = TrainingOptions(optimizer or SGD(), **learning)
    wanted = Course(NumpyEngine(), made, size, terms, steps, rate)
    found = Course(engine, made, size, terms, steps, rate)
    for before, after in zip(wanted.answers[0], found.answers[0], strict=True):
        meets(after, before, close, "an answer before")
    for number, (numpy, ours) in enumerate(zip(wanted.results, found.results, strict=True)):
        if _grows(numpy, wanted.results[0]):
            break
        assert abs(ours.loss - numpy.loss) <= 3 * close * (abs(numpy.loss) + 1e-3), (number, ours.loss, numpy.loss)
        assert abs(ours.correct - numpy.correct) <= (number > 0), (number, ours.correct, numpy.correct)
    start = wanted.weights[0]
    calm = next((number for number, result in enumerate(wanted.results) if _grows(result, wanted.results[0])), steps)
    for number in range(1, max(calm, 1) + 1):
        for key in start.arrays:
            moved = [course.weights[number].arrays[key] - start.arrays[key] for course in (wanted, found)]
            least = 4e-7 * float(np.abs(start.arrays[key]).max(initial=0.0))  # what rounding a weight may lose
            meets(moved[1], moved[0], number * close, f"{key} after step {number}", least)
    if calm < steps:
        return
    for name, slot in wanted.slots.items():
        meets(found.slots[name], slot, 3 * steps * close, name)
    for before, after in zip(wanted.answers[1], found.answers[1], strict=True):
        meets(after, before, 3 * steps * close, "an answer after")


def _grows(result: StepResult, first: StepResult) -> bool:
    return not result.loss < 2.0 * first.loss + 1.0


def meets(found: Array, wanted: Array, close: float, what: str, least: float = 1e-7) -> None:
    """Assert that an array is another but for rounding, which is measured against the largest number."""
    assert found.shape == wanted.shape, what
    if not wanted.size:
        return
    gap = float(np.abs(found - wanted).max())
    allowed = close * float(np.abs(wanted).max()) + least
    assert gap <= allowed, f"{what} differs by {gap:.3g}, allowed {allowed:.3g}"


def learned(execution: Execution, made: Network, size: int, steps: range, rate: float = 0.01) -> list[StepResult]:
    """Some steps on batches that follow from their numbers."""
    return [execution.step(*batch(made, size, number), rate, number) for number in steps]
