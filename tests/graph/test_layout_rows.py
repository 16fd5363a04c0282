"""Where the automatic layout folds a long network, and how it keeps edges free of nodes."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph, arrange
from cnnstudio.graph.edit import add
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.project import new_project


def chain(count: int) -> Graph:
    """So many layers, one after another."""
    graph, last = Graph(), ""
    for _ in range(count):
        graph, new = add(graph, ReLULayer())
        graph = graph.with_edge(Edge(last, new)) if last else graph
        last = new
    return graph


def rows_of(graph: Graph) -> list[int]:
    """How many nodes stand in each row, from the top."""
    heights = [node.position[1] for node in graph.nodes.values()]
    return [heights.count(height) for height in sorted(set(heights))]


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (4, [4]), (7, [4, 3]), (14, [5, 5, 4]), (18, [6, 6, 6])])
def test_a_chain_is_folded_into_rows_of_similar_length(count: int, rows: list[int]) -> None:
    assert rows_of(arrange(chain(count))) == rows


def test_a_very_long_chain_becomes_about_twice_as_wide_as_high() -> None:
    rows = rows_of(arrange(chain(200)))
    assert max(rows) == 20
    assert len(rows) == 10


def test_rows_end_where_a_single_edge_continues() -> None:
    graph = new_project("inception-block").graph
    x = {key: node.position[0] for key, node in graph.nodes.items()}
    turns = [edge for edge in graph.edges if x[edge.source] == x[edge.target]]
    assert turns
    for edge in turns:
        assert len(graph.outputs(edge.source)) == 1
        assert len(graph.inputs(edge.target)) == 1


def test_an_edge_past_a_column_of_branches_gets_its_own_lane() -> None:
    graph = new_project("inception-block").graph
    join = next(node for node in graph.nodes.values() if node.layer.kind == "concatenate")
    heights = {graph.nodes[edge.source].position[1] for edge in graph.inputs(join.id)}
    assert len(heights) == len(graph.inputs(join.id))  # each branch keeps a height of its own
