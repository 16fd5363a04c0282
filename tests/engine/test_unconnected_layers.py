"""Layers that lead to no output are not trained: neither weight decay nor clipping may notice them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnstudio.engine.engine import Engine, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, AdamW, Optimizer
from tests.support.networks import batch, network, wire

DECAY: dict[str, Any] = {"l1": 0.01, "l2": 0.1}
STEPS = 5


def _network(*, branch: bool) -> Network:
    """Two fully connected layers with weight decay and, on request, a convolution that feeds nothing between them."""
    layers: dict[str, Any] = {"input": InputLayer(shape=(1, 6, 6)), "flat": FlattenLayer()}
    layers["first"] = DenseLayer(units=5, **DECAY)
    if branch:
        layers["branch"] = ConvolutionLayer(filters=3, **DECAY)
    layers |= {"last": DenseLayer(units=3, **DECAY), "output": OutputLayer()}
    edges = [("input", "flat"), ("flat", "first"), ("first", "last"), ("last", "output")]
    return network(wire(layers, *edges, *([("input", "branch")] if branch else [])), dtype="float32")


def _trained(engine: Engine, made: Network, optimizer: Optimizer, **options: Any) -> Weights:
    weights = made.weights.copy()
    with engine.load(made.program, weights, TrainingOptions(optimizer, **options)) as execution:
        for number in range(STEPS):
            execution.step(*batch(made, 12, number), 0.1, number)
        execution.pull()
    return weights


@pytest.mark.parametrize("optimizer", [SGD(), AdamW(decay=0.1)], ids=lambda optimizer: optimizer.kind)
@pytest.mark.parametrize("options", [{}, {"clip": 0.05}, {"clip": 0.01, "clip_by": "value"}], ids=str)
def test_a_branch_without_output_is_left_alone(
    optimizer: Optimizer, options: dict[str, Any], any_engine: Engine
) -> None:
    made, alone = _network(branch=True), _network(branch=False)
    for key, array in alone.weights.arrays.items():
        array[...] = made.weights.arrays[key]
    found, expected = (
        _trained(any_engine, made, optimizer, **options),
        _trained(any_engine, alone, optimizer, **options),
    )
    assert made.weights.arrays["branch.weight"].any()
    for role in ("weight", "bias"):
        assert np.array_equal(found.arrays[f"branch.{role}"], made.weights.arrays[f"branch.{role}"])
    for key, array in expected.arrays.items():
        assert not np.array_equal(array, alone.weights.arrays[key])
        assert np.allclose(found.arrays[key], array, rtol=1e-5, atol=1e-7), key
