"""Learning without calculus: try every weight a little up and a little down, and keep what lowers the error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import StepResult, TooManyWeightsError
from cnnstudio.engine.losses import LossPass
from cnnstudio.engine.numpy.sharded_plan import ShardedPlan
from cnnstudio.engine.weights import Weights

Decay = tuple[Array, slice, float, float]  # a weight, its place in the gradient, L1 and L2

MOST_WEIGHTS = 20_000


def need_few(weights: Weights) -> None:
    """Raise TooManyWeightsError where nudging would take too long."""
    count = sum(spec.size for key, spec in weights.specs.items() if weights.is_trained(key))
    if count > MOST_WEIGHTS:
        raise TooManyWeightsError(
            f"Nudging tries every weight twice at every step, and this network has {count:,} of them. "
            f"It works up to {MOST_WEIGHTS:,}; choose another optimizer, such as Adam."
        )


def nudge(
    plan: ShardedPlan,
    weights: Weights,
    loss: LossPass,
    x: Array,
    labels: Array,
    size: float,
    decays: Sequence[Decay] = (),
) -> StepResult:
    """One round over all weights, as Brandon Rohrer describes gradient descent for his X-or-O network.

    What falls is the loss and the penalties of weights that decay; the result tells the loss alone.
    Raises NonFiniteError, before any weight has moved, where the loss is not finite.
    """
    total = loss.total(labels)

    def losses() -> list[float]:
        plan.forward(x)
        parts = zip(plan.plans, plan.slices, strict=True)
        return [loss.value(p.scores, labels[place], p.input, total, None) for p, place in parts]

    def penalty() -> float:
        return sum(float(l1 * np.abs(weight).sum() + 0.5 * l2 * np.dot(weight, weight)) for weight, _, l1, l2 in decays)

    def error() -> float:
        return sum(losses()) + penalty()

    first = losses()
    start = sum(first)
    if not np.isfinite(start):
        raise plan.bad_value(first)
    parts = zip(plan.plans, plan.slices, strict=True)
    correct = sum(loss.correct(p.scores, labels[place]) for p, place in parts)
    best = start + penalty()
    for key in weights.specs:
        if weights.is_trained(key):
            flat = weights.arrays[key].reshape(-1)
            for index in range(flat.size):
                best = _nudge_one(flat, index, size, best, error)
    return StepResult(start, correct)


def _nudge_one(flat: Array, index: int, size: float, best: float, error: Any) -> float:
    here = flat[index].copy()
    for place in (here + size, here - size):
        flat[index] = place
        value = error()
        if np.isfinite(value) and value < best:
            return float(value)
    flat[index] = here
    return best
