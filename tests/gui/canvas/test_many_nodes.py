"""Edits of large networks touch what they concern: work is counted, because clocks differ on busy machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from cnnstudio.graph import Edge, Graph, arrange
from cnnstudio.graph.edit import add
from cnnstudio.gui.canvas.edge_item import EdgeItem
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer
from cnnstudio.layers.pooling import GlobalAveragePoolingLayer
from cnnstudio.project import new_project
from tests.support.growth import MAX_GROWTH, executed


@pytest.fixture(autouse=True)
def no_maps(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Feature maps are computed on another thread, and arrive at any time."""
    monkeypatch.setattr(studio.live, "refresh", lambda: None)


def chain(count: int) -> Graph:
    """Input, so many convolutions with an activation, and a classifier."""
    middle: list[Layer] = [ConvolutionLayer(filters=8, padding="same"), ReLULayer()] * count
    graph, last = Graph(), ""
    for layer in (InputLayer(), *middle, GlobalAveragePoolingLayer(), DenseLayer(), OutputLayer()):
        graph, new = add(graph, layer)
        graph = graph.with_edge(Edge(last, new)) if last else graph
        last = new
    return arrange(graph)


def skips(count: int) -> Graph:
    """A chain in which every second activation is also added to one four layers later."""
    graph = chain(count)
    for number in range(1, count - 2, 2):
        after, before = f"relu{number + 2}", f"conv{number + 3}"
        graph, new = add(graph, AddLayer())
        graph = graph.with_edge(Edge(after, new)).with_edge(Edge(f"relu{number}", new, 1)).with_edge(Edge(new, before))
    return arrange(graph)


@contextmanager
def counted_paths(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Edge]]:
    """The edges whose path is set meanwhile."""
    routed: list[Edge] = []
    original = EdgeItem.set_path

    def set_path(item: EdgeItem, path: QPainterPath, end: QPointF, direction: int) -> None:
        routed.append(item.edge)
        original(item, path, end, direction)

    with monkeypatch.context() as patch:
        patch.setattr(EdgeItem, "set_path", set_path)
        yield routed


def refilter(session: Session) -> None:
    layer = session.graph.nodes["conv5"].layer
    editing.change_layer(session, "conv5", layer.with_params(filters=9), "filters")


def paste_all(session: Session) -> None:
    editing.select_all(session)
    clipboard.duplicate_selection(session)


def delete_all(session: Session) -> None:
    editing.select_all(session)
    editing.delete_selection(session)


def disconnect(session: Session) -> None:
    editing.disconnect(session, session.graph.outputs("conv1")[0])


@pytest.mark.parametrize("make", [chain, skips])
@pytest.mark.parametrize("edit", [refilter, disconnect, paste_all, delete_all, editing.arrange_all])
def test_work_grows_linearly_with_the_network(
    studio: Studio,
    show: Callable[[Studio], CanvasView],
    make: Callable[[int], Graph],
    edit: Callable[[Session], object],
) -> None:
    session = studio.session
    view = show(studio)
    session.open(new_project("xo").with_graph(make(6)), None)
    edit(session)  # what is done once in a process
    counts = []
    for count in (20, 40):
        session.open(new_project("xo").with_graph(make(count)), None)
        counts.append(executed(lambda: edit(session)))
    assert counts[1] < MAX_GROWTH * counts[0]
    assert len(view.graph_scene.edges) == len(session.graph.edges)


def test_a_local_edit_reroutes_the_edges_near_it(
    studio: Studio, show: Callable[[Studio], CanvasView], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = studio.session
    session.edit_graph("Draw", skips(40))
    show(studio)
    x, y = session.graph.nodes["conv20"].position
    edits: list[Callable[[], object]] = [
        lambda: editing.rename(session, "conv20", "c"),
        lambda: editing.move(session, {"conv20": (x + 20.0, y + 9.0)}),
        lambda: editing.add_layer(session, "relu", onto=session.graph.inputs("conv20")[0]),
        session.history.undo,
    ]
    for edit in edits:
        with counted_paths(monkeypatch) as routed:
            edit()
        assert len(routed) < len(session.graph.edges) / 4


def test_edges_pass_around_a_node_that_was_put_in_their_way_and_straighten_when_it_is_gone(
    studio: Studio, show: Callable[[Studio], CanvasView]
) -> None:
    session = studio.session
    graph = Graph()
    for place in ((0.0, 0.0), (900.0, 0.0), (400.0, 2000.0)):
        graph, _ = add(graph, ReLULayer(), place)
    session.edit_graph("Draw", graph.with_edge(Edge("relu1", "relu2")))
    view = show(studio)
    edge = view.graph_scene.edges[Edge("relu1", "relu2")]
    straight = edge.area().height()
    editing.move(session, {"relu3": (400.0, 0.0)})
    around = edge.area().height()
    assert around > straight + 40.0
    editing.move(session, {"relu3": (400.0, 2000.0)})
    assert edge.area().height() == straight
    session.history.undo()
    assert edge.area().height() == around
    session.select(["relu3"])
    editing.delete_selection(session)
    assert edge.area().height() == straight
