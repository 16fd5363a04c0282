"""Every layer and every network trains and predicts on an OpenCL device as it does with NumPy."""

from __future__ import annotations

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.engine.opencl.stages import STAGES
from cnnstudio.graph import Graph
from cnnstudio.layers import LAYERS
from cnnstudio.operations import Loss, Operation
from tests.support.dags import chains, graphs
from tests.support.devices import matches_numpy
from tests.support.layers_by_role import ROLES, placed, side_by_side
from tests.support.networks import around, network
from tests.support.strategies import cases, fit, layers_of, shapes_for


@pytest.mark.parametrize("role", ROLES)
def test_layers(role: str, engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(side_by_side(role), dtype="float32"), 21)


def test_every_operation_has_a_stage() -> None:
    assert set(STAGES) == {kind for kind in _leaves(Operation) if kind.__module__.startswith("cnnstudio.operations")}


def _leaves(kind: type[Operation]) -> set[type[Operation]]:
    """The operations that layers lower to; losses have no stages."""
    below = [cls for cls in kind.__subclasses__() if not issubclass(cls, Loss)]
    return set().union(*map(_leaves, below)) if below else {kind}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_with_default_parameters(kind: str, engine: OpenCLEngine) -> None:
    layer, shape = placed(kind)
    shapes = (shape,) * max(layer.inputs[0], 1)
    matches_numpy(engine, network(around(layer, *shapes, weighted=True), dtype="float32"), 21)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
@cases(25)
@given(data=st.data())
def test_a_layer_with_any_parameters(kind: str, data: st.DataObject, engine: OpenCLEngine) -> None:
    layer = data.draw(layers_of(kind))
    layer, shapes = fit(data.draw, layer, data.draw(shapes_for(layer)))
    size, weighted = data.draw(st.integers(1, 40)), data.draw(st.booleans())
    note(f"{layer} on {shapes}, batch {size}, {weighted}")
    matches_numpy(engine, network(around(layer, *shapes, weighted=weighted), dtype="float32"), size)


@pytest.mark.slow
@cases(60)
@given(graph=chains(), size=st.integers(1, 40))
def test_any_chain(graph: Graph, size: int, engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(graph, dtype="float32"), size)


@pytest.mark.slow
@cases(60)
@given(graph=graphs(), size=st.integers(1, 40))
def test_any_graph_that_forks_and_joins(graph: Graph, size: int, engine: OpenCLEngine) -> None:
    matches_numpy(engine, network(graph, dtype="float32"), size)
