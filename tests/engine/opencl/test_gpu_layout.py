"""Networks laid out for a graphics card: one sample for each work item, and no memory shared with the host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.graph import Graph
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.operations.optimizer import Adam
from tests.support.dags import chains, graphs
from tests.support.devices import TrainingTrace, matches_numpy
from tests.support.layers_by_role import ROLES, side_by_side
from tests.support.networks import line, network
from tests.support.strategies import cases


@pytest.mark.parametrize("role", ["pooling", *(pytest.param(r, marks=pytest.mark.slow) for r in ROLES)])
def test_layers_match_numpy(role: str, gpu_engine: OpenCLEngine) -> None:
    matches_numpy(gpu_engine, network(side_by_side(role), dtype="float32"), 37, clip=0.5)


def test_a_loss_computed_on_the_host(gpu_engine: OpenCLEngine) -> None:
    output = OutputLayer(loss="squared", target="picture")
    graph = line(InputLayer(shape=(2, 5, 4)), ConvolutionLayer(filters=2, padding="same"), output)
    matches_numpy(gpu_engine, network(graph, dtype="float32"), 35)


def test_equal_runs_are_bit_identical(gpu_engine: OpenCLEngine) -> None:
    made = network(side_by_side("pooling"), dtype="float32")
    first, second = (TrainingTrace(gpu_engine, made, 37, TrainingOptions(Adam()), 5, 0.01) for _ in range(2))
    assert first.results == second.results
    assert (first.weights[-1].trained == second.weights[-1].trained).all()


@pytest.mark.slow
@cases(40)
@given(graph=chains() | graphs(), size=st.integers(1, 70))
def test_any_network_matches_numpy(graph: Graph, size: int, gpu_engine: OpenCLEngine) -> None:
    matches_numpy(gpu_engine, network(graph, dtype="float32"), size)
