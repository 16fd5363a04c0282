"""Buffers share memory only where their lifetimes do not overlap."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.engine.fusion import fuse
from cnnstudio.engine.memory import ALIGNMENT, Arena
from cnnstudio.engine.numpy import plan as planning
from cnnstudio.engine.numpy.plan import Plan, PlanOptions
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.support.dags import chains, graphs
from tests.support.networks import batch, line, loss_and_gradient, network
from tests.support.strategies import cases

FEW = cases(60)
MANY = cases(500)


@cases(200)
@given(
    asked=st.lists(
        st.tuples(
            st.integers(1, 300), st.sampled_from((np.float32, np.float64, bool)), st.integers(0, 12), st.integers(0, 12)
        ),
        min_size=1,
        max_size=24,
    )
)
def test_no_two_live_buffers_overlap(asked: list[tuple[int, type, int, int]]) -> None:
    arena = Arena()
    buffers = [arena.buffer((count,), dtype, min(first, last), max(first, last)) for count, dtype, first, last in asked]
    total = arena.pack()
    assert total <= sum(buffer.size for buffer in buffers)
    for index, buffer in enumerate(buffers):
        assert buffer.offset % ALIGNMENT == 0
        assert buffer.offset + buffer.size <= total
        for other in buffers[:index]:
            if other.first <= buffer.last and buffer.first <= other.last:
                assert buffer.offset + buffer.size <= other.offset or other.offset + other.size <= buffer.offset
    arena.allocate()
    for buffer in buffers:
        assert buffer.array.shape == buffer.shape
        assert buffer.array.ctypes.data % ALIGNMENT == 0
        assert not buffer.array.any()
        view = buffer.reshaped((prod(buffer.shape), 1)).array
        assert np.shares_memory(view, buffer.array)


def _placed_apart(arena: Arena) -> int:
    end = 0
    for buffer in arena._buffers:
        buffer.offset, end = end, end + buffer.size
    return end


@pytest.mark.parametrize("save_columns", [True, False], ids=["columns saved", "columns computed again"])
@FEW
@given(graph=chains() | graphs(), size=st.integers(1, 4))
def test_sharing_memory_changes_no_result(save_columns: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(save_columns, graph, size)


@pytest.mark.slow
@pytest.mark.parametrize("save_columns", [True, False], ids=["columns saved", "columns computed again"])
@MANY
@given(graph=chains() | graphs(), size=st.integers(1, 9))
def test_sharing_memory_changes_no_result_in_many_cases(save_columns: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(save_columns, graph, size)


def _sharing_changes_nothing(save_columns: bool, graph: Graph, size: int) -> None:
    made = network(graph)
    x, labels = batch(made, size)
    program = fuse(made.program.until(made.program.scores))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40)
        patch.setattr(Arena, "pack", _placed_apart)
        expected_value, expected = loss_and_gradient(program, made, x, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40 if save_columns else 0)
        value, gradient = loss_and_gradient(program, made, x, labels)
    assert value == pytest.approx(expected_value, rel=1e-13)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-13)


def test_computing_columns_again_gives_the_same_bits_as_saving_them(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = line(
        InputLayer(shape=(3, 32, 32)),
        ConvolutionLayer(filters=16, kernel_size=(5, 5), padding="same"),
        ReLULayer(),
        MaxPoolingLayer(),
        ConvolutionLayer(filters=16, padding="same"),
        ReLULayer(),
        FlattenLayer(),
        DenseLayer(units=10),
        OutputLayer(),
    )
    made = network(graph)
    x, labels = batch(made, 120)
    program = fuse(made.program.until(made.program.scores))
    terms, limit = PlanOptions(len(x), backward=True, training=True), planning.MAX_SAVED_BYTES
    recomputed = loss_and_gradient(program, made, x, labels)
    monkeypatch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40)
    assert Plan(program, made.weights, terms).bytes > limit
    saved = loss_and_gradient(program, made, x, labels)
    assert recomputed[0] == saved[0]
    np.testing.assert_array_equal(recomputed[1], saved[1])
