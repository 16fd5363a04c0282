"""A node inserted between others does not overlap them."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import insert
from cnnstudio.graph.layout import COLUMN
from cnnstudio.graph.spacing import make_space
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.project import new_project

LENET = new_project("lenet5").graph


def put_into(edge: Edge) -> tuple[Graph, str]:
    """LeNet-5 with one more layer in the middle of an edge."""
    (x1, y1), (x2, y2) = LENET.nodes[edge.source].position, LENET.nodes[edge.target].position
    graph, new = insert(LENET, ReLULayer(), edge, ((x1 + x2) / 2, (y1 + y2) / 2))
    return make_space(graph, new), new


@pytest.mark.parametrize("edge", sorted(LENET.edges))
def test_nodes_do_not_overlap(edge: Edge) -> None:
    graph, _ = put_into(edge)
    places = [node.position for node in graph.nodes.values()]
    for index, (x, y) in enumerate(places):
        assert all(abs(x - x2) >= 0.8 * COLUMN or abs(y - y2) > 100.0 for x2, y2 in places[:index])


def test_only_later_nodes_of_the_row_are_moved() -> None:
    graph, new = put_into(Edge("conv1", "relu1"))
    moved = {key for key in LENET.nodes if graph.nodes[key].position != LENET.nodes[key].position}
    assert moved == {"relu1", "pool1", "conv2"}
    assert graph.nodes[new].position == LENET.nodes["relu1"].position


def test_a_row_that_runs_to_the_left_grows_to_the_left() -> None:
    graph, new = put_into(Edge("flatten", "fc1"))
    assert graph.nodes[new].position == LENET.nodes["fc1"].position
    assert graph.nodes["fc1"].position[0] == LENET.nodes["fc1"].position[0] - COLUMN


def test_nothing_moves_where_there_is_enough_space() -> None:
    wide = LENET.with_positions({key: (x * 3, y * 3) for key, (x, y) in _places(LENET).items()})
    graph, new = insert(wide, ReLULayer(), Edge("conv1", "relu1"), (1.5 * 3 * COLUMN, 0.0))
    assert make_space(graph, new) is graph


def _places(graph: Graph) -> dict[str, tuple[float, float]]:
    return {key: node.position for key, node in graph.nodes.items()}
