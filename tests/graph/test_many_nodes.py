"""Edits and checks of graphs of thousands of nodes take work in proportion to their size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from types import MappingProxyType

import pytest

from cnnstudio.graph import Edge, Graph, Node, arrange, check, graph_from_dict, graph_to_dict
from cnnstudio.graph.edit import copy_nodes, remove_and_reconnect, with_fresh_ids
from cnnstudio.graph.graph import NodeId
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from tests.support.growth import assert_grows_linearly


def chain(length: int) -> Graph:
    """Input, then so many layers one after another, then Output."""
    layers: dict[NodeId, Layer] = {"input": InputLayer(shape=(1, 4, 4))}
    layers |= {f"relu{number}": ReLULayer() for number in range(length)} | {"output": OutputLayer()}
    return _graph(layers, (Edge(*ends) for ends in pairwise(layers)))


def branches(count: int) -> Graph:
    """An input with so many convolutions, whose windows do not fit, each of which leads to a layer of its own."""
    layers: dict[NodeId, Layer] = {"input": InputLayer(shape=(1, 2, 2))}
    edges = []
    for number in range(count):
        layers |= {f"conv{number}": ConvolutionLayer(), f"relu{number}": ReLULayer()}
        edges += [Edge("input", f"conv{number}"), Edge(f"conv{number}", f"relu{number}")]
    return _graph(layers, edges)


def _graph(layers: dict[NodeId, Layer], edges: Iterable[Edge]) -> Graph:
    nodes = {key: Node(key, layer, "same") for key, layer in layers.items()}
    return Graph(MappingProxyType(nodes), frozenset(edges))


def _copied(graph: Graph) -> object:
    copy, new = copy_nodes(graph, graph, (1.0, 1.0))
    return with_fresh_ids(copy, new, set(copy.nodes))


@pytest.mark.parametrize("make", [chain, branches])
@pytest.mark.parametrize(
    "edit",
    [
        check,
        arrange,
        _copied,
        lambda graph: remove_and_reconnect(graph, graph.nodes),
        lambda graph: graph_from_dict(graph_to_dict(graph)),
    ],
    ids=["check", "arrange", "copy", "delete", "save and open"],
)
def test_work_grows_linearly_with_the_number_of_nodes(
    make: Callable[[int], Graph], edit: Callable[[Graph], object]
) -> None:
    def prepare(size: int) -> Callable[[], object]:
        graph = make(size)
        return lambda: edit(graph)

    prepare(1)()  # what is done once in a process
    assert_grows_linearly(prepare, 100)


def test_proposed_graphs_are_made_only_when_asked_for() -> None:
    graph = branches(50)
    problems = check(graph).problems
    fixes = [fix for problem in problems for fix in problem.fixes]
    assert len(fixes) > 100
    assert all(fix.base is graph for fix in fixes)
    assert all(fix.graph != graph for fix in fixes)
