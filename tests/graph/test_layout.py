"""Automatic layout: nothing lies on anything, and the same graph always looks the same."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Graph, arrange
from cnnstudio.graph.layout import COLUMN, ROW
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.join import AddLayer
from cnnstudio.project import TEMPLATES, new_project
from tests.networks import chain_of, graph_of, small


def ladder(width: int, depth: int) -> Graph:
    """Stages of parallel layers, each joined before the next."""
    nodes: dict[str, Layer] = {"start": ReLULayer()}
    edges, last = [], "start"
    for stage in range(depth):
        join = f"join{stage}"
        for branch in range(width):
            key = f"s{stage}b{branch}"
            nodes[key] = ReLULayer()
            edges += [f"{last}>{key}", f"{key}>{join}:{branch}"]
        nodes[join] = AddLayer()
        last = join
    return graph_of(nodes, *edges)


GRAPHS = {
    "a chain": small(),
    "a long chain": chain_of({f"n{number}": ReLULayer() for number in range(40)}),
    "branches": ladder(3, 4),
    "many branches": ladder(12, 5),
    "loose nodes": graph_of({f"n{number}": ReLULayer() for number in range(9)}),
    **{f"template {name}": new_project(name).graph for name in TEMPLATES},
}


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_do_not_overlap(name: str) -> None:
    places = [node.position for node in arrange(GRAPHS[name]).nodes.values()]
    for index, (x, y) in enumerate(places):
        for other_x, other_y in places[:index]:
            assert abs(x - other_x) >= COLUMN or abs(y - other_y) >= ROW


@pytest.mark.parametrize("name", GRAPHS)
def test_layout_changes_nothing_but_positions(name: str) -> None:
    before, after = GRAPHS[name], arrange(GRAPHS[name])
    assert after.wiring == before.wiring
    assert [node.name for node in after.nodes.values()] == [node.name for node in before.nodes.values()]


@pytest.mark.parametrize("name", GRAPHS)
def test_layout_does_not_depend_on_earlier_positions(name: str) -> None:
    graph = GRAPHS[name]
    scattered = graph.with_positions({key: (7.0 * index, -3.0 * index) for index, key in enumerate(graph.nodes)})
    assert arrange(scattered) == arrange(graph) == arrange(arrange(graph))


def test_a_short_chain_runs_from_left_to_right_on_one_line() -> None:
    graph = arrange(chain_of({f"n{number}": ReLULayer() for number in range(4)}))
    places = [node.position for node in graph.nodes.values()]
    assert places == [(number * COLUMN, places[0][1]) for number in range(4)]


def test_a_long_chain_continues_in_a_second_row() -> None:
    graph = arrange(chain_of({f"n{number}": ReLULayer() for number in range(8)}))
    places = [node.position for node in graph.nodes.values()]
    assert places[4][0] == places[3][0]
    assert places[4][1] > places[3][1]
    assert places[-1][0] == places[0][0]


def test_branches_are_laid_out_to_fill_a_wide_window() -> None:
    places = [node.position for node in new_project("inception-block").graph.nodes.values()]
    width, height = (max(side) - min(side) for side in zip(*places, strict=True))
    assert 1.3 < width / height < 2.5


def test_parallel_branches_are_placed_side_by_side() -> None:
    graph = arrange(ladder(3, 1))
    columns = {graph.nodes[f"s0b{branch}"].position[0] for branch in range(3)}
    assert columns == {COLUMN}
    middle = graph.nodes["start"].position[1]
    assert graph.nodes["s0b1"].position[1] == middle == graph.nodes["join0"].position[1]


def test_a_graph_with_a_loop_is_unchanged() -> None:
    graph = graph_of({"a": ReLULayer(), "b": ReLULayer()}, "a>b", "b>a")
    assert arrange(graph) is graph


def test_an_empty_graph_can_be_arranged() -> None:
    assert arrange(Graph()) == Graph()
