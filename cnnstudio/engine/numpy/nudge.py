"""Training without gradients: try every weight slightly higher and lower, and keep what reduces the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import StepResult, TooManyWeightsError
from cnnstudio.engine.losses import LossFunction
from cnnstudio.engine.numpy.sharded_plan import ShardedPlan
from cnnstudio.engine.weights import Weights
from cnnstudio.interruption import Interrupted

Decay = tuple[Array, slice, float, float]  # a weight, its slice of the gradient, L1 and L2

MOST_WEIGHTS = 20_000


def check_count(weights: Weights) -> None:
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
    loss: LossFunction[Any],
    x: Array,
    labels: Array,
    size: float,
    decays: Sequence[Decay] = (),
) -> StepResult:
    """One pass over all weights, as in Brandon Rohrer's introduction to gradient descent.

    It reduces the loss plus the weight decay penalties; the result holds the loss without them.
    Raises NonFiniteError, before any weight has moved, where the loss is not finite; where it is interrupted, the
    weights are put back.
    """
    before = weights.trained.copy()
    try:
        return _nudge_all(plan, weights, loss, x, labels, size, decays)
    except Interrupted:
        np.copyto(weights.trained, before)
        raise


def _nudge_all(
    plan: ShardedPlan,
    weights: Weights,
    loss: LossFunction[Any],
    x: Array,
    labels: Array,
    size: float,
    decays: Sequence[Decay],
) -> StepResult:
    total = loss.total(labels)

    def losses() -> list[float]:
        plan.forward(x)
        parts = zip(plan.plans, plan.slices, strict=True)
        return [loss.value(p.scores, labels[samples], p.input, total, None) for p, samples in parts]

    def penalty() -> float:
        return sum(float(l1 * np.abs(weight).sum() + 0.5 * l2 * np.dot(weight, weight)) for weight, _, l1, l2 in decays)

    def error() -> float:
        return sum(losses()) + penalty()

    first = losses()
    start = sum(first)
    if not np.isfinite(start):
        raise plan.non_finite_error(first)
    parts = zip(plan.plans, plan.slices, strict=True)
    correct = sum(loss.correct(p.scores, labels[samples]) for p, samples in parts)
    best = start + penalty()
    for key in weights.specs:
        if weights.is_trained(key):
            flat = weights.arrays[key].reshape(-1)
            for index in range(flat.size):
                best = _nudge_one(flat, index, size, best, error)
    return StepResult(start, correct)


def _nudge_one(flat: Array, index: int, size: float, best: float, error: Any) -> float:
    original = flat[index].copy()
    for nudged in (original + size, original - size):
        flat[index] = nudged
        value = error()
        if np.isfinite(value) and value < best:
            return float(value)
    flat[index] = original
    return best
