"""A graph is a value: every edit gives a new one, and the old one stays what it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from cnnstudio.graph import Edge, Graph, Node
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.join import AddLayer
from tests.networks import chain_of, graph_of, small


def test_an_edit_leaves_the_old_graph_unchanged() -> None:
    graph = small()
    before = (dict(graph.nodes), graph.edges)
    graph.with_layer("conv", ConvolutionLayer(filters=8))
    graph.with_name("conv", "first")
    graph.with_positions({"conv": (5.0, 6.0)})
    graph.without(["conv"])
    graph.with_edge(Edge("input", "relu"))
    graph.without_edge(Edge("input", "conv"))
    assert (dict(graph.nodes), graph.edges) == before


def test_a_graph_cannot_be_changed_in_place() -> None:
    graph = small()
    with pytest.raises(FrozenInstanceError):
        graph.edges = frozenset()  # type: ignore[misc]
    with pytest.raises(TypeError):
        graph.nodes["conv"] = graph.nodes["relu"]  # type: ignore[index]


def test_equal_edits_give_equal_graphs() -> None:
    assert small() == small()
    assert small().with_name("conv", "a") != small()


def test_with_node_adds_and_replaces() -> None:
    node = Node("a", ReLULayer(), "a")
    graph = Graph().with_node(node)
    assert graph.nodes["a"] == node
    renamed = graph.with_node(Node("a", ReLULayer(), "b"))
    assert (len(renamed.nodes), renamed.nodes["a"].name) == (1, "b")


def test_with_layer_name_and_positions_change_nothing_else() -> None:
    graph = small()
    layer = ConvolutionLayer(filters=8)
    assert graph.with_layer("conv", layer).nodes["conv"] == Node("conv", layer, "conv", (100.0, 0.0))
    assert graph.with_name("conv", "edges").nodes["conv"].name == "edges"
    moved = graph.with_positions({"conv": (1.0, 2.0), "relu": (3.0, 4.0)})
    assert moved.nodes["conv"].position == (1.0, 2.0)
    assert moved.nodes["relu"].position == (3.0, 4.0)
    assert moved.nodes["pool"] == graph.nodes["pool"]
    assert moved.edges == graph.edges


def test_the_order_of_nodes_survives_edits() -> None:
    graph = small().with_layer("relu", ReLULayer()).with_name("fc", "votes").with_positions({"input": (0.0, 9.0)})
    assert list(graph.nodes) == list(small().nodes)


def test_an_input_port_accepts_one_edge() -> None:
    graph = small().with_edge(Edge("input", "relu"))
    assert graph.inputs("relu") == (Edge("input", "relu"),)
    assert graph.outputs("conv") == ()


def test_without_removes_nodes_and_their_edges() -> None:
    graph = small().without(["conv", "pool"])
    assert set(graph.nodes) == {"input", "relu", "flatten", "fc", "output"}
    assert graph.edges == {Edge("flatten", "fc"), Edge("fc", "output")}


def test_removing_an_edge_shifts_the_ports_after_it() -> None:
    nodes = {"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "sum": AddLayer()}
    graph = graph_of(nodes, "a>sum:0", "b>sum:1", "c>sum:2")
    assert graph.without_edge(Edge("b", "sum", 1)).inputs("sum") == (Edge("a", "sum", 0), Edge("c", "sum", 1))


def test_inputs_are_ordered_by_port_and_outputs_deterministically() -> None:
    nodes = {"z": ReLULayer(), "a": ReLULayer(), "sum": AddLayer(), "other": ReLULayer()}
    graph = graph_of(nodes, "z>sum:0", "a>sum:1", "z>other")
    assert [edge.source for edge in graph.inputs("sum")] == ["z", "a"]
    assert [edge.target for edge in graph.outputs("z")] == ["other", "sum"]
    assert graph.inputs("z") == ()


def test_topological_order_puts_every_node_after_its_inputs() -> None:
    nodes = {"end": AddLayer(), "left": ReLULayer(), "right": ReLULayer(), "start": ReLULayer()}
    graph = graph_of(nodes, "start>left", "start>right", "left>end:0", "right>end:1")
    order = graph.order()
    assert order is not None
    place = {key: index for index, key in enumerate(order)}
    assert len(place) == 4
    assert all(place[edge.source] < place[edge.target] for edge in graph.edges)


def test_a_loop_has_no_order_and_its_nodes_are_listed() -> None:
    graph = graph_of(
        {"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "d": ReLULayer()}, "a>b", "b>c", "c>a", "c>d"
    )
    assert graph.order() is None
    assert set(graph.loop()) == {"a", "b", "c"}
    assert small().loop() == ()


def test_a_node_connected_to_itself_is_a_loop() -> None:
    graph = graph_of({"a": ReLULayer()}, "a>a")
    assert graph.order() is None
    assert graph.loop() == ("a",)


def test_reaches_follows_the_direction_of_edges() -> None:
    graph = small()
    assert graph.reaches("conv", "output")
    assert graph.reaches("conv", "conv")
    assert not graph.reaches("output", "conv")


def test_reaches_terminates_in_a_loop() -> None:
    graph = graph_of({"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer()}, "a>b", "b>a")
    assert not graph.reaches("a", "c")


def test_input_and_output_nodes_are_found_by_their_layers() -> None:
    graph = small()
    assert graph.input_nodes == (graph.nodes["input"],)
    assert graph.output_nodes == (graph.nodes["output"],)
    assert graph.without(["output"]).output_nodes == ()


def test_wiring_ignores_names_and_positions() -> None:
    graph = small()
    assert graph.with_name("conv", "other").with_positions({"conv": (9.0, 9.0)}).wiring == graph.wiring
    assert graph.with_layer("conv", ConvolutionLayer(filters=9)).wiring != graph.wiring
    assert graph.without_edge(Edge("fc", "output")).wiring != graph.wiring


def test_a_chain_of_a_thousand_nodes_can_be_sorted() -> None:
    graph = chain_of({f"n{number}": ReLULayer() for number in range(1000)})
    assert graph.order() == tuple(f"n{number}" for number in range(1000))
