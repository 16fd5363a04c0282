"""Fused operations compute what separate ones do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.engine.fusion import Fused, fuse
from cnnstudio.engine.program import Program
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer, TanhLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.networks import nodes_of_kind
from tests.support.dags import chains, graphs
from tests.support.networks import batch, check_gradients, line, loss_and_gradient, network
from tests.support.strategies import cases

FEW = cases(60)
MANY = cases(500)
CONV = ConvolutionLayer(filters=3, padding="same")


def _apart(program: Program) -> Program:
    """The program with nothing fused."""
    return fuse(program, keep=frozenset(range(len(program.shapes))))


def _fusion_changes_nothing(graph: Graph, size: int) -> None:
    made = network(graph)
    x, labels = batch(made, size)
    program = made.program.until(made.program.scores)
    joined = fuse(program)
    assert len(joined.instructions) <= len(program.instructions)
    value, gradient = loss_and_gradient(joined, made, x, labels)
    expected_value, expected = loss_and_gradient(_apart(program), made, x, labels)
    assert value == pytest.approx(expected_value, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12)


@FEW
@given(graph=chains(), size=st.integers(1, 4))
def test_fused_operations_compute_what_separate_ones_do(graph: Graph, size: int) -> None:
    _fusion_changes_nothing(graph, size)


@pytest.mark.slow
@MANY
@given(graph=chains() | graphs().filter(lambda g: not nodes_of_kind(g, "dropout")), size=st.integers(1, 4))
def test_fused_operations_compute_what_separate_ones_do_in_many_cases(graph: Graph, size: int) -> None:
    _fusion_changes_nothing(graph, size)


@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
@pytest.mark.parametrize("pool", [{}, {"pool_size": (3, 2), "stride": (3, 3)}, {"pool_size": (1, 1), "stride": (4, 3)}])
def test_windows_outside_every_pool_change_nothing(stride: tuple[int, int], pool: dict[str, Any]) -> None:
    """They are not computed where convolution and pooling are fused."""
    second = ConvolutionLayer(filters=2, stride=stride, padding="custom", border=(1, 0, 2, 1))
    graph = line(
        InputLayer(shape=(2, 11, 9)),
        CONV,
        TanhLayer(),
        second,
        MaxPoolingLayer(**pool),
        FlattenLayer(),
        DenseLayer(units=3),
        OutputLayer(),
    )
    _fusion_changes_nothing(graph, 3)
    check_gradients(network(graph), 2)


def test_convolution_pooling_bias_and_activation_are_fused() -> None:
    made = network(
        line(
            InputLayer(shape=(1, 6, 6)),
            CONV,
            ReLULayer(),
            MaxPoolingLayer(),
            FlattenLayer(),
            DenseLayer(units=3),
            TanhLayer(),
            OutputLayer(),
        )
    )
    joined = fuse(made.program.until(made.program.scores))
    heads = [step.operation for step in joined.instructions if isinstance(step.operation, Fused)]
    assert [bool(head.pool) for head in heads] == [True, False]
    assert [head.activation.function for head in heads if head.activation] == ["relu", "tanh"]
    assert len(joined.instructions) == 3


def test_values_to_keep_are_not_fused_away() -> None:
    made = network(
        line(
            InputLayer(shape=(1, 6, 6)),
            CONV,
            ReLULayer(),
            MaxPoolingLayer(),
            FlattenLayer(),
            DenseLayer(units=3),
            OutputLayer(),
        )
    )
    x, _ = batch(made, 2)
    seen = made.activations(x)
    assert set(seen) == set(made.program.nodes)
    np.testing.assert_array_equal(seen["layer2"], np.maximum(seen["layer1"], 0))
    assert (seen["layer1"] < 0).any()
