"""The edits of the canvas: what is connected to what afterwards."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph, check
from cnnstudio.graph.edit import (
    add,
    append,
    connection_error,
    copy_nodes,
    free_port,
    insert,
    insert_node,
    remove_and_reconnect,
    with_fresh_ids,
)
from cnnstudio.graph.free_names import FreeNames
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from tests.networks import graph_of, small

HERE = (50.0, 60.0)


def residual() -> Graph:
    """A residual block: the image goes around a convolution and is added to its result."""
    nodes: dict[str, Layer] = {
        "input": InputLayer(shape=(4, 8, 8)),
        "conv": ConvolutionLayer(filters=4, padding="same"),
        "relu": ReLULayer(),
        "sum": AddLayer(),
        "end": MaxPoolingLayer(),
    }
    return graph_of(nodes, "input>conv", "conv>relu", "relu>sum:0", "input>sum:1", "sum>end")


class TestNames:
    def test_names_are_numbered_from_one(self) -> None:
        graph, first = add(Graph(), ConvolutionLayer())
        graph, second = add(graph, ConvolutionLayer())
        assert (first, second) == ("conv1", "conv2")

    def test_layers_needed_once_have_no_number(self) -> None:
        graph, first = add(Graph(), InputLayer())
        _, second = add(graph, InputLayer())
        assert (first, second) == ("input", "input1")

    def test_a_free_number_is_reused(self) -> None:
        graph = graph_of({"conv1": ConvolutionLayer(), "conv2": ConvolutionLayer()})
        assert FreeNames(graph.without(["conv1"])).find(ConvolutionLayer()) == "conv1"

    def test_ids_used_before_are_replaced(self) -> None:
        graph = graph_of(
            {"input": InputLayer(), "conv1": ConvolutionLayer(), "relu": ReLULayer()}, "input>conv1", "conv1>relu"
        )
        fresh, ids = with_fresh_ids(graph, ["conv1", "relu"], {"input", "conv1", "conv2"})
        assert ids == {"conv1": "conv3"}
        assert list(fresh.nodes) == ["input", "conv3", "relu"]
        assert fresh.nodes["conv3"].id == "conv3"
        assert fresh.nodes["conv3"].name == "conv1"
        assert fresh.edges == {Edge("input", "conv3"), Edge("conv3", "relu")}

    def test_names_given_by_the_user_count_as_taken(self) -> None:
        graph = graph_of({"conv1": ConvolutionLayer()}).with_name("conv1", "conv2")
        assert FreeNames(graph).find(ConvolutionLayer()) == "conv3"

    @pytest.mark.parametrize("kind", LAYERS)
    def test_every_layer_can_be_added(self, kind: str) -> None:
        graph, new = add(Graph(), LAYERS[kind](), HERE)
        assert graph.nodes[new].name == new
        assert graph.nodes[new].position == HERE


class TestAppend:
    def test_an_appended_node_takes_over_the_outgoing_edges(self) -> None:
        graph, new = append(small(), DropoutLayer(), "relu", HERE)
        assert graph.inputs(new) == (Edge("relu", new),)
        assert graph.inputs("pool") == (Edge(new, "pool"),)

    def test_a_node_appended_to_nothing_is_unconnected(self) -> None:
        graph, new = append(small(), ReLULayer(), None, HERE)
        assert graph.inputs(new) == graph.outputs(new) == ()

    def test_nothing_is_appended_to_output(self) -> None:
        graph, new = append(small(), ReLULayer(), "output", HERE)
        assert graph.edges == small().edges
        assert graph.inputs(new) == ()

    def test_an_appended_output_does_not_interrupt_the_chain(self) -> None:
        graph, new = append(small(), OutputLayer(), "fc", HERE)
        assert graph.inputs(new) == (Edge("fc", new),)
        assert graph.inputs("output") == (Edge("fc", "output"),)

    def test_an_input_is_never_connected_to_a_previous_layer(self) -> None:
        graph, new = append(small(), InputLayer(), "fc", HERE)
        assert graph.edges == small().edges
        assert graph.inputs(new) == ()

    def test_appending_keeps_the_ports_of_a_following_join(self) -> None:
        graph, new = append(residual(), DropoutLayer(), "input", HERE)
        assert graph.inputs("conv") == (Edge(new, "conv"),)
        assert graph.inputs("sum") == (Edge("relu", "sum", 0), Edge(new, "sum", 1))


class TestInsert:
    def test_an_edge_is_routed_through_the_new_node(self) -> None:
        graph, new = insert(small(), DropoutLayer(), Edge("pool", "flatten"), HERE)
        assert graph.inputs(new) == (Edge("pool", new),)
        assert graph.inputs("flatten") == (Edge(new, "flatten"),)
        assert Edge("pool", "flatten") not in graph.edges

    def test_inserting_keeps_the_port_of_a_join(self) -> None:
        graph, new = insert(residual(), ReLULayer(), Edge("input", "sum", 1), HERE)
        assert graph.inputs("sum") == (Edge("relu", "sum", 0), Edge(new, "sum", 1))

    @pytest.mark.parametrize("layer", [InputLayer(), OutputLayer()])
    def test_inputs_and_outputs_are_added_but_not_inserted(self, layer: Layer) -> None:
        graph, new = insert(small(), layer, Edge("pool", "flatten"), HERE)
        assert graph.edges == small().edges
        assert new in graph.nodes

    def test_an_existing_node_is_inserted_into_an_edge(self) -> None:
        graph, new = add(small(), DropoutLayer())
        inserted = insert_node(graph, new, Edge("relu", "pool"))
        assert inserted.inputs(new) == (Edge("relu", new),)
        assert inserted.inputs("pool") == (Edge(new, "pool"),)


class TestHeal:
    def test_the_neighbors_of_a_removed_node_are_connected(self) -> None:
        graph = remove_and_reconnect(small(), ["relu"])
        assert "relu" not in graph.nodes
        assert graph.inputs("pool") == (Edge("conv", "pool"),)

    @pytest.mark.parametrize("ids", [["conv", "relu", "pool"], ["pool", "relu", "conv"], ["relu", "conv", "pool"]])
    def test_several_nodes_are_removed_in_any_order(self, ids: list[str]) -> None:
        assert remove_and_reconnect(small(), ids).inputs("flatten") == (Edge("input", "flatten"),)

    def test_all_followers_of_a_removed_fork_are_connected(self) -> None:
        graph = graph_of({"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "d": ReLULayer()}, "a>b", "b>c", "b>d")
        assert remove_and_reconnect(graph, ["b"]).edges == {Edge("a", "c"), Edge("a", "d")}

    def test_the_port_at_a_following_join_is_kept(self) -> None:
        assert remove_and_reconnect(residual(), ["conv"]).inputs("relu") == (Edge("input", "relu"),)
        shortened = remove_and_reconnect(residual(), ["conv", "relu"])
        assert shortened.inputs("sum") == (Edge("input", "sum", 0), Edge("input", "sum", 1))

    def test_the_followers_of_a_removed_join_are_disconnected(self) -> None:
        assert remove_and_reconnect(residual(), ["sum"]).inputs("end") == ()

    def test_removing_a_source_closes_the_gap_in_the_ports_of_a_join(self) -> None:
        nodes = {"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "join": ConcatenateLayer()}
        graph = graph_of(nodes, "a>join:0", "b>join:1", "c>join:2")
        assert remove_and_reconnect(graph, ["b"]).inputs("join") == (Edge("a", "join", 0), Edge("c", "join", 1))

    def test_removing_everything_leaves_an_empty_graph(self) -> None:
        assert remove_and_reconnect(small(), list(small().nodes)) == Graph()


class TestCopy:
    def test_pasted_nodes_get_free_names_and_keep_their_edges(self) -> None:
        clip = small().without(["input", "pool", "flatten", "fc", "output"])
        graph, new = copy_nodes(small(), clip, (10.0, 20.0))
        conv, relu = new
        assert len({*small().nodes, conv, relu}) == len(small().nodes) + 2
        assert graph.inputs(relu) == (Edge(conv, relu),)
        assert graph.edges - small().edges == {Edge(conv, relu)}
        x, y = small().nodes["conv"].position
        assert graph.nodes[conv].position == (x + 10.0, y + 20.0)
        assert graph.nodes[conv].layer == small().nodes["conv"].layer

    def test_pasting_keeps_ports(self) -> None:
        graph, new = copy_nodes(Graph(), residual(), (0.0, 0.0))
        names = dict(zip(residual().nodes, new, strict=True))
        assert graph.edges == {Edge(names[e.source], names[e.target], e.port) for e in residual().edges}

    def test_pasting_twice_gives_different_names(self) -> None:
        once, first = copy_nodes(Graph(), small(), (0.0, 0.0))
        _, second = copy_nodes(once, small(), (0.0, 0.0))
        assert not set(first) & set(second)

    def test_a_pasted_network_is_valid_by_itself(self) -> None:
        graph, _ = copy_nodes(Graph(), small(), (0.0, 0.0))
        assert check(graph).ok
        assert check(graph).parameters == check(small()).parameters


class TestPorts:
    def test_the_first_free_port(self) -> None:
        assert free_port(residual(), "sum") == 2
        assert free_port(residual().without_edge(Edge("relu", "sum", 0)), "sum") == 1
        assert free_port(small(), "relu") is None
        assert free_port(small().without_edge(Edge("conv", "relu")), "relu") == 0
        assert free_port(small(), "input") is None

    def test_a_full_join_has_no_free_port(self) -> None:
        nodes: dict[str, Layer] = {f"r{number}": ReLULayer() for number in range(16)}
        edges = [f"r{number}>sum:{number}" for number in range(16)]
        assert free_port(graph_of({**nodes, "sum": AddLayer()}, *edges), "sum") is None

    def test_input_and_output_refuse_connections(self) -> None:
        assert InputLayer().is_input
        assert OutputLayer().is_output
        assert not OutputLayer().is_input
        assert not InputLayer().is_output


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("output", "conv", "Output is the end"),
        ("conv", "input", "Input is the start"),
        ("pool", "conv", "loop"),
        ("conv", "conv", "loop"),
        ("input", "fc", ""),
    ],
)
def test_a_refused_connection_has_a_reason(source: str, target: str, reason: str) -> None:
    said = connection_error(small(), source, target)
    assert reason in said
    assert bool(said) == bool(reason)


def test_a_layer_can_be_appended_anywhere() -> None:
    for edge in small().edges:
        graph, _ = insert(small(), DenseLayer(), edge, HERE)
        assert graph.order() is not None
