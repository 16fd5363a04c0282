"""A diff names exactly what a view must redraw."""

from __future__ import annotations

from cnnstudio.graph import Edge, Graph, GraphDiff, Node, diff
from cnnstudio.graph.edit import remove_and_reconnect
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from tests.networks import small

NOTHING: frozenset[str] = frozenset()


def test_equal_graphs_do_not_differ() -> None:
    assert not diff(small(), small())
    assert diff(small(), small()) == GraphDiff(NOTHING, NOTHING, NOTHING, frozenset(), frozenset())


def test_everything_is_new_at_first() -> None:
    found = diff(Graph(), small())
    assert found.added == set(small().nodes)
    assert found.connected == small().edges
    assert not found.removed | found.changed | found.disconnected


def test_changes_of_layer_name_and_position_are_reported() -> None:
    graph = small()
    assert diff(graph, graph.with_layer("conv", ConvolutionLayer(filters=9))).changed == {"conv"}
    assert diff(graph, graph.with_name("conv", "other")).changed == {"conv"}
    assert diff(graph, graph.with_positions({"conv": (1.0, 1.0)})).changed == {"conv"}


def test_setting_a_layer_to_its_current_value_changes_nothing() -> None:
    assert not diff(small(), small().with_layer("conv", ConvolutionLayer(filters=3)))


def test_a_reconnected_chain() -> None:
    found = diff(small(), remove_and_reconnect(small(), ["relu"]))
    assert found == GraphDiff(
        added=NOTHING,
        removed=frozenset({"relu"}),
        changed=NOTHING,
        connected=frozenset({Edge("conv", "pool")}),
        disconnected=frozenset({Edge("conv", "relu"), Edge("relu", "pool")}),
    )


def test_a_reversed_diff_undoes_the_edit() -> None:
    other = small().with_node(Node("new", ReLULayer(), "new")).without(["pool"]).with_name("fc", "votes")
    there, back = diff(small(), other), diff(other, small())
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.connected, there.disconnected) == (back.disconnected, back.connected)
    assert there.changed == back.changed
