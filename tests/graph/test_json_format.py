"""A graph as JSON: nothing is lost, and anything invalid raises GraphFormatError."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnstudio.graph import (
    Graph,
    GraphFormatError,
    UnknownLayer,
    check,
    graph_from_dict,
    graph_to_dict,
)
from cnnstudio.layers import LAYERS
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.project import TEMPLATES, new_project
from tests.malformed_values import MALFORMED, with_one_malformed_value
from tests.networks import graph_of, small


def through_text(graph: Graph) -> Graph:
    """The graph after it was written as JSON text and read again."""
    return graph_from_dict(json.loads(json.dumps(graph_to_dict(graph))))


def written() -> Any:
    """A sound graph as plain values, free to be changed."""
    return copy.deepcopy(graph_to_dict(small()))


def with_node(changes: dict[str, Any]) -> Any:
    """A sound graph whose second node, the convolution, has these values."""
    data = written()
    data["nodes"][1].update(changes)
    return data


class TestRoundTrip:
    @pytest.mark.parametrize("name", TEMPLATES)
    def test_templates(self, name: str) -> None:
        graph = new_project(name).graph
        assert through_text(graph) == graph
        assert list(through_text(graph).nodes) == list(graph.nodes)

    def test_every_layer_with_its_defaults(self) -> None:
        graph = graph_of({kind: cls() for kind, cls in LAYERS.items()})
        assert through_text(graph) == graph

    def test_names_positions_and_ports(self) -> None:
        graph = small().with_name("conv", "Kanten ✎ 1").with_positions({"conv": (-3.25, 1e6)})
        assert through_text(graph) == graph

    def test_an_empty_graph(self) -> None:
        assert through_text(Graph()) == Graph()

    def test_equal_graphs_are_written_identically(self) -> None:
        shuffled = Graph(small().nodes, frozenset(sorted(small().edges, reverse=True)))
        assert json.dumps(graph_to_dict(shuffled)) == json.dumps(graph_to_dict(small()))

    def test_missing_params_get_their_defaults(self) -> None:
        graph = graph_from_dict(with_node({"layer": {"kind": "convolution", "filters": 7}}))
        assert graph.nodes["conv"].layer == ConvolutionLayer(filters=7)

    def test_a_node_without_name_or_position(self) -> None:
        data = written()
        del data["nodes"][1]["name"], data["nodes"][1]["position"]
        node = graph_from_dict(data).nodes["conv"]
        assert (node.name, node.position) == ("conv", (0.0, 0.0))


NEW = {"kind": "attention", "heads": 4, "deep": {"list": [1, None, "x"]}}


class TestFromANewerProgram:
    def test_an_unknown_layer_is_kept_unchanged(self) -> None:
        data = with_node({"layer": NEW})
        graph = graph_from_dict(data)
        assert isinstance(graph.nodes["conv"].layer, UnknownLayer)
        assert graph_to_dict(graph)["nodes"][1]["layer"] == NEW  # type: ignore[index]
        assert through_text(graph) == graph

    def test_an_unknown_layer_is_a_problem_and_not_an_error(self) -> None:
        (problem,) = check(graph_from_dict(with_node({"layer": NEW}))).problems
        assert problem.node == "conv"

    def test_an_unknown_layer_survives_moving_and_renaming(self) -> None:
        graph = graph_from_dict(with_node({"layer": NEW}))
        edited = graph.with_positions({"conv": (1.0, 2.0)}).with_name("conv", "mystery")
        assert graph_to_dict(edited)["nodes"][1]["layer"] == NEW  # type: ignore[index]

    def test_a_replaced_unknown_layer_leaves_no_trace(self) -> None:
        graph = graph_from_dict(with_node({"layer": NEW})).with_layer("conv", ConvolutionLayer(filters=3))
        assert graph == small()

    def test_unknown_params_survive_an_edit_of_known_ones(self) -> None:
        data = written()
        data["nodes"][1]["layer"]["weather"] = {"wind": 3}
        graph = graph_from_dict(data).with_layer("conv", ConvolutionLayer(filters=9))
        layer = graph_to_dict(graph)["nodes"][1]["layer"]  # type: ignore[index]
        assert (layer["weather"], layer["filters"]) == ({"wind": 3}, 9)

    def test_unknown_keys_of_a_node_survive(self) -> None:
        data = with_node({"note": "look here", "colour": [1, 2, 3]})
        assert graph_to_dict(graph_from_dict(data)) == data


BAD: dict[str, Any] = {
    "no object": [],
    "a number": 3,
    "no nodes": {"edges": []},
    "no edges": {"nodes": []},
    "nodes are a number": {"nodes": 3, "edges": []},
    "edges are a number": {"nodes": [], "edges": 3},
    "a node is a text": {"nodes": ["conv"], "edges": []},
    "a node without layer": {"nodes": [{"id": "a"}], "edges": []},
    "two nodes of one id": {"nodes": [written()["nodes"][0]] * 2, "edges": []},
    "an empty id": with_node({"id": ""}),
    "a long id": with_node({"id": "x" * 300}),
    "an id that is a number": with_node({"id": 3}),
    "a name that is a list": with_node({"name": ["a"]}),
    "a place of one number": with_node({"position": [1]}),
    "a place of texts": with_node({"position": ["here", "there"]}),
    "a place that is none": with_node({"position": [float("nan"), 0.0]}),
    "a place beyond all numbers": with_node({"position": [10**400, 0]}),
    "a layer without kind": with_node({"layer": {"filters": 3}}),
    "a kind that is a list": with_node({"layer": {"kind": []}}),
    "a layer that is a text": with_node({"layer": "convolution"}),
    "a param out of range": with_node({"layer": {"kind": "convolution", "filters": 0}}),
    "a param beyond all numbers": with_node({"layer": {"kind": "convolution", "filters": 10**400}}),
    "a param of another type": with_node({"layer": {"kind": "convolution", "padding": {"a": 1}}}),
    "an edge of two": {**written(), "edges": [["input", "conv"]]},
    "an edge to nowhere": {**written(), "edges": [["input", "nowhere", 0]]},
    "an edge from a number": {**written(), "edges": [[1, "conv", 0]]},
    "a negative port": {**written(), "edges": [["input", "conv", -1]]},
    "a port that is not there": {**written(), "edges": [["input", "conv", 1]]},
    "a port that is true": {**written(), "edges": [["input", "conv", False]]},
    "an edge into Input": {**written(), "edges": [["conv", "input", 0]]},
    "two edges into one port": {**written(), "edges": [["input", "relu", 0], ["conv", "relu", 0]]},
}


@pytest.mark.parametrize("name", BAD)
def test_anything_but_a_graph_is_refused_with_a_message(name: str) -> None:
    with pytest.raises(GraphFormatError) as caught:
        graph_from_dict(BAD[name])
    message = str(caught.value)
    assert message.endswith(".")
    assert len(message) < 2000


def test_the_message_names_the_layer_and_its_invalid_param() -> None:
    with pytest.raises(GraphFormatError, match="Layer conv: Filters: 0 is outside 1 to 4096"):
        graph_from_dict(with_node({"layer": {"kind": "convolution", "filters": 0}}))


@settings(max_examples=500, deadline=None)
@given(MALFORMED)
def test_malformed_values_raise_one_kind_of_error(data: Any) -> None:
    try:
        graph = graph_from_dict(data)
    except GraphFormatError:
        return
    assert through_text(graph) == graph


@settings(max_examples=300, deadline=None)
@given(st.builds(written).flatmap(with_one_malformed_value))
def test_a_valid_graph_with_one_malformed_value(data: Any) -> None:
    try:
        graph = graph_from_dict(data)
    except GraphFormatError:
        return
    check(graph)
    assert through_text(graph) == graph
