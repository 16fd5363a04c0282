"""The edits of the canvas: what is connected to what afterwards."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph, check
from cnnstudio.graph.edit import (
    add,
    append,
    connection_error,
    copy_nodes,
    free_name,
    free_port,
    heal,
    insert,
    splice,
    with_fresh_ids,
)
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
    def test_names_count_up_from_one(self) -> None:
        graph, first = add(Graph(), ConvolutionLayer())
        graph, second = add(graph, ConvolutionLayer())
        assert (first, second) == ("conv1", "conv2")

    def test_what_there_is_one_of_goes_without_a_number(self) -> None:
        graph, first = add(Graph(), InputLayer())
        _, second = add(graph, InputLayer())
        assert (first, second) == ("input", "input1")

    def test_a_freed_number_is_used_again(self) -> None:
        graph = graph_of({"conv1": ConvolutionLayer(), "conv2": ConvolutionLayer()})
        assert free_name(graph.without(["conv1"]), ConvolutionLayer()) == "conv1"

    def test_an_id_that_was_anothers_is_exchanged_for_a_fresh_one(self) -> None:
        graph = graph_of(
            {"input": InputLayer(), "conv1": ConvolutionLayer(), "relu": ReLULayer()}, "input>conv1", "conv1>relu"
        )
        fresh, ids = with_fresh_ids(graph, ["conv1", "relu"], {"input", "conv1", "conv2"})
        assert ids == {"conv1": "conv3"}
        assert list(fresh.nodes) == ["input", "conv3", "relu"]
        assert fresh.nodes["conv3"].id == "conv3"
        assert fresh.nodes["conv3"].name == "conv1"
        assert fresh.edges == {Edge("input", "conv3"), Edge("conv3", "relu")}

    def test_a_name_that_a_user_gave_is_taken_too(self) -> None:
        graph = graph_of({"conv1": ConvolutionLayer()}).with_name("conv1", "conv2")
        assert free_name(graph, ConvolutionLayer()) == "conv3"

    @pytest.mark.parametrize("kind", LAYERS)
    def test_every_layer_can_be_added(self, kind: str) -> None:
        graph, new = add(Graph(), LAYERS[kind](), HERE)
        assert graph.nodes[new].name == new
        assert graph.nodes[new].position == HERE


class TestAppend:
    def test_what_followed_then_follows_the_new_node(self) -> None:
        graph, new = append(small(), DropoutLayer(), "relu", HERE)
        assert graph.inputs(new) == (Edge("relu", new),)
        assert graph.inputs("pool") == (Edge(new, "pool"),)

    def test_behind_nothing_the_node_stands_alone(self) -> None:
        graph, new = append(small(), ReLULayer(), None, HERE)
        assert graph.inputs(new) == graph.outputs(new) == ()

    def test_nothing_is_put_behind_output(self) -> None:
        graph, new = append(small(), ReLULayer(), "output", HERE)
        assert graph.edges == small().edges
        assert graph.inputs(new) == ()

    def test_an_output_takes_its_place_without_cutting_the_chain(self) -> None:
        graph, new = append(small(), OutputLayer(), "fc", HERE)
        assert graph.inputs(new) == (Edge("fc", new),)
        assert graph.inputs("output") == (Edge("fc", "output"),)

    def test_an_input_is_never_connected_to_what_is_before_it(self) -> None:
        graph, new = append(small(), InputLayer(), "fc", HERE)
        assert graph.edges == small().edges
        assert graph.inputs(new) == ()

    def test_a_join_keeps_the_ports_of_those_that_followed(self) -> None:
        graph, new = append(residual(), DropoutLayer(), "input", HERE)
        assert graph.inputs("conv") == (Edge(new, "conv"),)
        assert graph.inputs("sum") == (Edge("relu", "sum", 0), Edge(new, "sum", 1))


class TestInsert:
    def test_an_edge_is_led_through_the_new_node(self) -> None:
        graph, new = insert(small(), DropoutLayer(), Edge("pool", "flatten"), HERE)
        assert graph.inputs(new) == (Edge("pool", new),)
        assert graph.inputs("flatten") == (Edge(new, "flatten"),)
        assert Edge("pool", "flatten") not in graph.edges

    def test_the_port_of_a_join_is_kept(self) -> None:
        graph, new = insert(residual(), ReLULayer(), Edge("input", "sum", 1), HERE)
        assert graph.inputs("sum") == (Edge("relu", "sum", 0), Edge(new, "sum", 1))

    @pytest.mark.parametrize("layer", [InputLayer(), OutputLayer()])
    def test_what_cannot_stand_in_the_middle_is_only_added(self, layer: Layer) -> None:
        graph, new = insert(small(), layer, Edge("pool", "flatten"), HERE)
        assert graph.edges == small().edges
        assert new in graph.nodes

    def test_splice_leads_an_edge_through_a_node_that_is_there(self) -> None:
        graph, new = add(small(), DropoutLayer())
        spliced = splice(graph, new, Edge("relu", "pool"))
        assert spliced.inputs(new) == (Edge("relu", new),)
        assert spliced.inputs("pool") == (Edge(new, "pool"),)


class TestHeal:
    def test_a_removed_link_joins_its_neighbors(self) -> None:
        graph = heal(small(), ["relu"])
        assert "relu" not in graph.nodes
        assert graph.inputs("pool") == (Edge("conv", "pool"),)

    @pytest.mark.parametrize("ids", [["conv", "relu", "pool"], ["pool", "relu", "conv"], ["relu", "conv", "pool"]])
    def test_several_links_in_any_order(self, ids: list[str]) -> None:
        assert heal(small(), ids).inputs("flatten") == (Edge("input", "flatten"),)

    def test_a_fork_is_joined_to_all_that_followed(self) -> None:
        graph = graph_of({"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "d": ReLULayer()}, "a>b", "b>c", "b>d")
        assert heal(graph, ["b"]).edges == {Edge("a", "c"), Edge("a", "d")}

    def test_a_join_gets_the_edge_at_the_same_port(self) -> None:
        assert heal(residual(), ["conv"]).inputs("relu") == (Edge("input", "relu"),)
        shortened = heal(residual(), ["conv", "relu"])
        assert shortened.inputs("sum") == (Edge("input", "sum", 0), Edge("input", "sum", 1))

    def test_a_removed_join_leaves_its_followers_open(self) -> None:
        assert heal(residual(), ["sum"]).inputs("end") == ()

    def test_a_removed_source_closes_the_gap_at_a_join(self) -> None:
        nodes = {"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer(), "join": ConcatenateLayer()}
        graph = graph_of(nodes, "a>join:0", "b>join:1", "c>join:2")
        assert heal(graph, ["b"]).inputs("join") == (Edge("a", "join", 0), Edge("c", "join", 1))

    def test_removing_everything_leaves_an_empty_graph(self) -> None:
        assert heal(small(), list(small().nodes)) == Graph()


class TestCopy:
    def test_a_pasted_part_has_free_names_and_its_own_edges(self) -> None:
        clip = small().without(["input", "pool", "flatten", "fc", "output"])
        graph, new = copy_nodes(small(), clip, (10.0, 20.0))
        conv, relu = new
        assert len({*small().nodes, conv, relu}) == len(small().nodes) + 2
        assert graph.inputs(relu) == (Edge(conv, relu),)
        assert graph.edges - small().edges == {Edge(conv, relu)}
        x, y = small().nodes["conv"].position
        assert graph.nodes[conv].position == (x + 10.0, y + 20.0)
        assert graph.nodes[conv].layer == small().nodes["conv"].layer

    def test_ports_survive_a_paste(self) -> None:
        graph, new = copy_nodes(Graph(), residual(), (0.0, 0.0))
        names = dict(zip(residual().nodes, new, strict=True))
        assert graph.edges == {Edge(names[e.source], names[e.target], e.port) for e in residual().edges}

    def test_pasting_twice_gives_other_names(self) -> None:
        once, first = copy_nodes(Graph(), small(), (0.0, 0.0))
        _, second = copy_nodes(once, small(), (0.0, 0.0))
        assert not set(first) & set(second)

    def test_a_pasted_network_works_by_itself(self) -> None:
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

    def test_ends_of_the_network(self) -> None:
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
def test_why_two_layers_cannot_be_connected(source: str, target: str, reason: str) -> None:
    said = connection_error(small(), source, target)
    assert reason in said
    assert bool(said) == bool(reason)


def test_a_vote_layer_put_anywhere_keeps_the_graph_a_graph() -> None:
    for edge in small().edges:
        graph, _ = insert(small(), DenseLayer(), edge, HERE)
        assert graph.order() is not None
