"""Check that a step produced finite numbers, and find the layer that did not."""

from __future__ import annotations

import math

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import NonFiniteError
from cnnstudio.engine.program import Program
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.engine.weights import Weights


def layer_of_value(program: Program, number: int) -> str:
    """The id of the layer that computes a value; where several are fused, of the one that has weights."""
    for step in program.instructions:
        if step.output == number and step.weights:
            return WeightKey.parse(next(iter(step.weights.values()))).node
    return next((node for node, value in program.nodes.items() if value == number), "network")


def check_finite(weights: Weights, gradient: Array) -> None:
    """Raise NonFiniteError unless the gradient, its norm and the running statistics are finite.

    One pass over the gradient is enough: a norm beyond about 1e19 overflows when squared in float32, and would take
    weights out of range.
    """
    if weights.state.size and not math.isfinite(weights.state.sum()):
        for key, (part, _) in weights.places.items():
            if part == "state" and not np.isfinite(weights.arrays[key]).all():
                raise NonFiniteError(*WeightKey.parse(key))
    if not math.isfinite(np.dot(gradient, gradient)):
        bad = np.flatnonzero(~np.isfinite(gradient))
        index = int(bad[0]) if len(bad) else int(np.abs(gradient).argmax())
        node, role = WeightKey.parse(weights.key_at(index))
        raise NonFiniteError(node, f"the gradient of its {role}")
