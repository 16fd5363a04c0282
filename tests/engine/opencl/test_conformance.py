"""Every layer and every network learns and answers on a device as it does with NumPy."""

from __future__ import annotations

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.engine.opencl.table import STAGES
from cnnstudio.graph import Graph
from cnnstudio.layers import LAYERS, Layer, ShapeError, lower
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import FullyConnected
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.join import ConcatenateLayer
from cnnstudio.layers.reshape import Flatten
from cnnstudio.operations import Loss, Operation, Shape
from tests.support.dags import chains, graphs
from tests.support.devices import meets_numpy
from tests.support.networks import around, network, wire
from tests.support.strategies import cases, fit, layers_of, shapes_for

SHAPES = ((4, 7, 5), (4, 6, 8))
PLACED = {"input": {"shape": (2, 9, 6)}, "reshape": {"shape": (2, 10, 7)}}  # where the palette's own fit none of these
ENDS = ("input", "output")


def _placed(kind: str) -> tuple[Layer, Shape]:
    """The layer as it comes from the palette, and a shape that suits it."""
    layer = LAYERS[kind](**PLACED.get(kind, {}))
    for shape in (*SHAPES, (8,)):
        try:
            lower(layer, *(shape,) * layer.inputs[0])
        except ShapeError:
            continue
        return layer, shape
    raise AssertionError(f"no shape fits {kind}")


def _side_by_side(role: str) -> Graph:
    """All layers of a family, fed by one convolution, their results laid out in one row."""
    nodes: dict[str, Layer] = {"input": Input(shape=(2, 7, 5)), "fed": ConvolutionLayer(filters=4, kernel_size=(1, 1))}
    nodes |= {"row": Flatten(), "all": ConcatenateLayer(), "fc": FullyConnected(units=3), "output": Output()}
    edges: list[tuple[str, str, int]] = [("input", "fed", 0), ("fed", "row", 0), ("row", "all", 0)]
    edges += [("all", "fc", 0), ("fc", "output", 0)]
    for port, kind in enumerate((kind for kind, layer in LAYERS.items() if layer.role == role), 1):
        layer, shape = _placed(kind)
        nodes |= {kind: layer, f"{kind}_row": Flatten()}
        edges += [("fed" if len(shape) == 3 else "row", kind, place) for place in range(layer.inputs[0])]
        edges += [(kind, f"{kind}_row", 0), (f"{kind}_row", "all", port)]
    return wire(nodes, *edges)


@pytest.mark.parametrize("role", dict.fromkeys(cls.role for kind, cls in LAYERS.items() if kind not in ENDS))
def test_a_family_of_layers(role: str, engine: OpenCLEngine) -> None:
    meets_numpy(engine, network(_side_by_side(role), dtype="float32"), 21)


def test_there_is_a_stage_for_every_operation() -> None:
    assert set(STAGES) == {kind for kind in _leaves(Operation) if kind.__module__.startswith("cnnstudio.operations")}


def _leaves(kind: type[Operation]) -> set[type[Operation]]:
    """The operations that layers are lowered to; losses are no stages."""
    below = [cls for cls in kind.__subclasses__() if not issubclass(cls, Loss)]
    return set().union(*map(_leaves, below)) if below else {kind}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_as_it_comes_from_the_palette(kind: str, engine: OpenCLEngine) -> None:
    layer, shape = _placed(kind)
    shapes = (shape,) * max(layer.inputs[0], 1)
    meets_numpy(engine, network(around(layer, *shapes, weighted=True), dtype="float32"), 21)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
@cases(25)
@given(data=st.data())
def test_a_layer_with_any_parameters(kind: str, data: st.DataObject, engine: OpenCLEngine) -> None:
    layer = data.draw(layers_of(kind))
    layer, shapes = fit(data.draw, layer, data.draw(shapes_for(layer)))
    size, weighted = data.draw(st.integers(1, 40)), data.draw(st.booleans())
    note(f"{layer} on {shapes}, batch {size}, {weighted}")
    meets_numpy(engine, network(around(layer, *shapes, weighted=weighted), dtype="float32"), size)


@pytest.mark.slow
@cases(60)
@given(graph=chains(), size=st.integers(1, 40))
def test_any_chain(graph: Graph, size: int, engine: OpenCLEngine) -> None:
    meets_numpy(engine, network(graph, dtype="float32"), size)


@pytest.mark.slow
@cases(60)
@given(graph=graphs(), size=st.integers(1, 40))
def test_any_graph_that_forks_and_joins(graph: Graph, size: int, engine: OpenCLEngine) -> None:
    meets_numpy(engine, network(graph, dtype="float32"), size)
