"""Walking over the graph with keys."""

from __future__ import annotations

from cnnstudio.graph import Graph
from cnnstudio.graph.navigation import along, towards
from cnnstudio.project import new_project

LENET = new_project("lenet5").graph  # three rows of five, five and four; the second runs from right to left
LEFT, RIGHT, UP, DOWN = (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)


def test_tab_follows_the_edges_and_stops_after_the_last_node() -> None:
    order = ["input"]
    while (following := along(LENET, order[-1], 1)) is not None:
        order.append(following)
    assert len(order) == len(LENET.nodes)
    assert order[-1] == "output"
    assert [along(LENET, node, -1) for node in order] == [None, *order[:-1]]


def test_without_a_selection_tab_starts_at_the_first_or_last_node() -> None:
    assert along(LENET, None, 1) == "input"
    assert along(LENET, None, -1) == "output"
    assert along(Graph(), None, 1) is None


def test_arrows_go_to_the_nearest_node_on_that_side() -> None:
    assert towards(LENET, "conv1", RIGHT) == "relu1"
    assert towards(LENET, "conv1", LEFT) == "input"
    assert towards(LENET, "pool2", LEFT) == "flatten"
    assert towards(LENET, "conv1", DOWN) == "fc1"
    assert towards(LENET, "conv1", UP) is None


def test_past_the_end_of_a_row_an_arrow_continues_in_the_next() -> None:
    assert towards(LENET, "conv2", RIGHT) == "relu2"
    assert towards(LENET, "relu3", LEFT) == "fc2"


def test_an_arrow_never_goes_in_the_opposite_direction() -> None:
    assert towards(LENET, "input", LEFT) is None
    assert towards(LENET, "output", RIGHT) is None
