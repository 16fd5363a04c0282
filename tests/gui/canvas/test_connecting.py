"""Dragging connections: from port to port, off a port, and onto the background."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.ports import Port, PortState, PortType
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.canvas_user import CanvasUser


def with_join(studio: Studio, view: CanvasView) -> str:
    """Add an unconnected join that is in view; returns its id."""
    join = editing.add_layer(studio.session, "add", (0.0, 420.0))
    view.auto_fit.fit()
    return join


def test_from_an_output_to_an_input(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    join = with_join(studio, view)
    user.drag(user.output("conv1"), user.input(join, 1))
    assert Edge("conv1", join, 1) in studio.session.graph.edges
    user.drag(user.output("relu1"), user.input(join, 0))
    assert Edge("relu1", join, 0) in studio.session.graph.edges


def test_from_an_input_back_to_an_output(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    join = with_join(studio, view)
    user.drag(user.input(join, 0), user.output("pool1"))
    assert Edge("pool1", join, 0) in studio.session.graph.edges


def test_dropping_on_a_node_connects_to_its_first_free_port(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    join = with_join(studio, view)
    for source in ("conv1", "relu1", "pool1"):
        user.drag(user.output(source), user.node(join))
    edges = studio.session.graph.inputs(join)
    assert [(edge.source, edge.port) for edge in edges] == [("conv1", 0), ("relu1", 1), ("pool1", 2)]


def test_a_second_connection_to_a_port_replaces_the_first(studio: Studio, user: CanvasUser) -> None:
    user.drag(user.output("conv1"), user.input("pool1"))
    assert [edge.source for edge in studio.session.graph.inputs("pool1")] == ["conv1"]
    assert studio.session.history.count() == 1


def test_ports_that_accept_the_connection_are_highlighted(view: CanvasView, user: CanvasUser) -> None:
    user.grab(user.output("relu1"), user.output("relu1") + QPointF(20.0, 60.0))
    port_states = {key: list(item.port_states.values()) for key, item in view.graph_scene.nodes.items()}
    assert port_states["fc1"] == [PortState.ACCEPTING]
    assert port_states["conv1"] == [PortState.REFUSING]  # would make a loop
    assert port_states["input"] == []
    view.mouse.cancel_gesture()
    assert not any(item.port_states for item in view.graph_scene.nodes.values())


def test_a_refusing_port_shows_the_reason(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    edges = studio.session.graph.edges
    user.grab(user.output("fc1"), user.input("conv1"))
    assert user.hint() == "That would create a loop."
    user.let_go(user.input("conv1"))
    assert user.hint() == ""
    user.grab(user.output("fc1"), user.node("input"))
    assert user.hint() == "Input is the start of the network."
    user.let_go(user.node("input"))
    assert studio.session.graph.edges == edges


def test_the_target_port_is_highlighted(view: CanvasView, user: CanvasUser) -> None:
    user.grab(user.output("conv1"), user.input("pool1"))
    assert view.graph_scene.nodes["pool1"].port_states == {Port("pool1", PortType.INPUT): PortState.TARGET}
    view.mouse.cancel_gesture()


def test_an_edge_detached_onto_the_background_is_removed(studio: Studio, user: CanvasUser) -> None:
    user.drag(user.input("fc1"), user.input("fc1") + QPointF(-20.0, 150.0))
    assert Edge("flatten", "fc1") not in studio.session.graph.edges
    assert studio.session.history.undoText() == "Disconnect"


def test_an_edge_dragged_to_another_port_is_reconnected(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    join = with_join(studio, view)
    user.drag(user.input("fc1"), user.input(join, 0))
    graph = studio.session.graph
    assert Edge("flatten", join, 0) in graph.edges
    assert graph.inputs("fc1") == ()
    assert studio.session.history.count() == 2  # the join, and this


def test_an_edge_put_back_on_its_port_changes_nothing(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    place = user.input("fc1")
    user.grab(place, place + QPointF(0.0, 120.0))
    user.grab(place + QPointF(0.0, 120.0), place)
    user.let_go(place)
    assert studio.session.history.count() == 0
    assert view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()


def test_escape_restores_the_detached_edge(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    user.grab(user.input("fc1"), user.input("fc1") + QPointF(0.0, 120.0))
    assert not view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()
    user.key(Qt.Key.Key_Escape)
    assert view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()
    assert studio.session.history.count() == 0


def test_a_connection_to_the_background_offers_layers_and_connects_the_chosen_one(
    studio: Studio, view: CanvasView, user: CanvasUser, qtbot: QtBot
) -> None:
    place = user.output("conv1") + QPointF(30.0, 100.0)
    user.drag(user.output("conv1"), place)
    search = user.popup().findChild(QLineEdit)
    assert search is not None
    qtbot.keyClicks(search, "batch")
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert studio.session.graph.nodes[new].layer.kind == "batch_normalization"
    assert Edge("conv1", new) in studio.session.graph.edges
    assert Edge("conv1", "relu1") in studio.session.graph.edges  # what followed still does
    assert studio.session.history.count() == 1
    assert (view.graph_scene.port_point(Port(new, PortType.INPUT)) - place).manhattanLength() < 30.0


def test_a_connection_from_an_input_to_the_background_offers_layers_too(
    studio: Studio, view: CanvasView, user: CanvasUser, qtbot: QtBot
) -> None:
    join = with_join(studio, view)
    user.drag(user.input(join, 1), user.input(join, 1) + QPointF(-40.0, -60.0))
    search = user.popup().findChild(QLineEdit)
    assert search is not None
    qtbot.keyClicks(search, "relu")
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert Edge(new, join, 1) in studio.session.graph.edges


def test_an_edge_is_selected_and_deleted(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    edge = Edge("conv1", "relu1")
    studio.session.select(["fc1"])
    user.click(view.graph_scene.edges[edge].middle())
    assert view.graph_scene.selected_edge == edge
    assert studio.session.selection == ()
    user.key(Qt.Key.Key_Delete)
    assert edge not in studio.session.graph.edges
    assert view.graph_scene.selected_edge is None
    studio.session.history.undo()
    user.click(view.graph_scene.edges[edge].middle())
    user.click(user.node("conv1"))
    assert view.graph_scene.selected_edge is None
