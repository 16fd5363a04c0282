"""Buffers share their place only while no one needs them."""

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
from tests.support.networks import batch, learned, line, network
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


@pytest.mark.parametrize("roomy", [True, False], ids=["roomy", "scarce"])
@FEW
@given(graph=chains() | graphs(), size=st.integers(1, 4))
def test_shared_memory_gives_what_memory_of_ones_own_gives(roomy: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(roomy, graph, size)


@pytest.mark.slow
@pytest.mark.parametrize("roomy", [True, False], ids=["roomy", "scarce"])
@MANY
@given(graph=chains() | graphs(), size=st.integers(1, 9))
def test_shared_memory_gives_what_memory_of_ones_own_gives_in_many_cases(roomy: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(roomy, graph, size)


def _sharing_changes_nothing(roomy: bool, graph: Graph, size: int) -> None:
    made = network(graph)
    x, labels = batch(made, size)
    program = fuse(made.program.until(made.program.scores))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40)
        patch.setattr(Arena, "pack", _placed_apart)
        wanted_value, wanted = learned(program, made, x, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40 if roomy else 0)
        value, gradient = learned(program, made, x, labels)
    assert value == pytest.approx(wanted_value, rel=1e-13)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-10, atol=1e-13)


def test_a_network_too_large_to_keep_its_columns_learns_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
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
    scarce = learned(program, made, x, labels)
    monkeypatch.setattr(planning, "MAX_SAVED_BYTES", 1 << 40)
    assert Plan(program, made.weights, terms).bytes > limit
    kept = learned(program, made, x, labels)
    assert scarce[0] == kept[0]
    np.testing.assert_array_equal(scarce[1], kept[1])
