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
from tests.gui.canvas.hand import Hand


def with_join(studio: Studio, view: CanvasView) -> str:
    """Add an unconnected join that is in view; returns its id."""
    join = editing.add_layer(studio.session, "add", (0.0, 420.0))
    view.auto_fit.fit()
    return join


def test_from_an_output_to_an_input(studio: Studio, view: CanvasView, hand: Hand) -> None:
    join = with_join(studio, view)
    hand.drag(hand.output("conv1"), hand.input(join, 1))
    assert Edge("conv1", join, 1) in studio.session.graph.edges
    hand.drag(hand.output("relu1"), hand.input(join, 0))
    assert Edge("relu1", join, 0) in studio.session.graph.edges


def test_from_an_input_back_to_an_output(studio: Studio, view: CanvasView, hand: Hand) -> None:
    join = with_join(studio, view)
    hand.drag(hand.input(join, 0), hand.output("pool1"))
    assert Edge("pool1", join, 0) in studio.session.graph.edges


def test_dropping_on_a_node_connects_to_its_first_free_port(studio: Studio, view: CanvasView, hand: Hand) -> None:
    join = with_join(studio, view)
    for source in ("conv1", "relu1", "pool1"):
        hand.drag(hand.output(source), hand.node(join))
    edges = studio.session.graph.inputs(join)
    assert [(edge.source, edge.port) for edge in edges] == [("conv1", 0), ("relu1", 1), ("pool1", 2)]


def test_a_second_connection_to_a_port_replaces_the_first(studio: Studio, hand: Hand) -> None:
    hand.drag(hand.output("conv1"), hand.input("pool1"))
    assert [edge.source for edge in studio.session.graph.inputs("pool1")] == ["conv1"]
    assert studio.session.history.count() == 1


def test_ports_that_accept_the_connection_are_highlighted(view: CanvasView, hand: Hand) -> None:
    hand.grab(hand.output("relu1"), hand.output("relu1") + QPointF(20.0, 60.0))
    port_states = {key: list(item.port_states.values()) for key, item in view.graph_scene.nodes.items()}
    assert port_states["fc1"] == [PortState.ACCEPTING]
    assert port_states["conv1"] == [PortState.REFUSING]  # would make a loop
    assert port_states["input"] == []
    view.mouse.cancel_gesture()
    assert not any(item.port_states for item in view.graph_scene.nodes.values())


def test_a_refusing_port_shows_the_reason(studio: Studio, view: CanvasView, hand: Hand) -> None:
    edges = studio.session.graph.edges
    hand.grab(hand.output("fc1"), hand.input("conv1"))
    assert hand.hint() == "That would make a loop."
    hand.let_go(hand.input("conv1"))
    assert hand.hint() == ""
    hand.grab(hand.output("fc1"), hand.node("input"))
    assert hand.hint() == "Input is the start of the network."
    hand.let_go(hand.node("input"))
    assert studio.session.graph.edges == edges


def test_the_target_port_is_highlighted(view: CanvasView, hand: Hand) -> None:
    hand.grab(hand.output("conv1"), hand.input("pool1"))
    assert view.graph_scene.nodes["pool1"].port_states == {Port("pool1", PortType.INPUT): PortState.TARGET}
    view.mouse.cancel_gesture()


def test_an_edge_detached_onto_the_background_is_removed(studio: Studio, hand: Hand) -> None:
    hand.drag(hand.input("fc1"), hand.input("fc1") + QPointF(-20.0, 150.0))
    assert Edge("flatten", "fc1") not in studio.session.graph.edges
    assert studio.session.history.undoText() == "Disconnect"


def test_an_edge_dragged_to_another_port_is_reconnected(studio: Studio, view: CanvasView, hand: Hand) -> None:
    join = with_join(studio, view)
    hand.drag(hand.input("fc1"), hand.input(join, 0))
    graph = studio.session.graph
    assert Edge("flatten", join, 0) in graph.edges
    assert graph.inputs("fc1") == ()
    assert studio.session.history.count() == 2  # the join, and this


def test_an_edge_put_back_on_its_port_changes_nothing(studio: Studio, view: CanvasView, hand: Hand) -> None:
    place = hand.input("fc1")
    hand.grab(place, place + QPointF(0.0, 120.0))
    hand.grab(place + QPointF(0.0, 120.0), place)
    hand.let_go(place)
    assert studio.session.history.count() == 0
    assert view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()


def test_escape_restores_the_detached_edge(studio: Studio, view: CanvasView, hand: Hand) -> None:
    hand.grab(hand.input("fc1"), hand.input("fc1") + QPointF(0.0, 120.0))
    assert not view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()
    hand.key(Qt.Key.Key_Escape)
    assert view.graph_scene.edges[Edge("flatten", "fc1")].isVisible()
    assert studio.session.history.count() == 0


def test_a_connection_to_the_background_offers_layers_and_connects_the_chosen_one(
    studio: Studio, view: CanvasView, hand: Hand, qtbot: QtBot
) -> None:
    place = hand.output("conv1") + QPointF(30.0, 100.0)
    hand.drag(hand.output("conv1"), place)
    search = hand.popup().findChild(QLineEdit)
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
    studio: Studio, view: CanvasView, hand: Hand, qtbot: QtBot
) -> None:
    join = with_join(studio, view)
    hand.drag(hand.input(join, 1), hand.input(join, 1) + QPointF(-40.0, -60.0))
    search = hand.popup().findChild(QLineEdit)
    assert search is not None
    qtbot.keyClicks(search, "relu")
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert Edge(new, join, 1) in studio.session.graph.edges


def test_an_edge_is_selected_and_deleted(studio: Studio, view: CanvasView, hand: Hand) -> None:
    edge = Edge("conv1", "relu1")
    studio.session.select(["fc1"])
    hand.click(view.graph_scene.edges[edge].middle())
    assert view.graph_scene.selected_edge == edge
    assert studio.session.selection == ()
    hand.key(Qt.Key.Key_Delete)
    assert edge not in studio.session.graph.edges
    assert view.graph_scene.selected_edge is None
    studio.session.history.undo()
    hand.click(view.graph_scene.edges[edge].middle())
    hand.click(hand.node("conv1"))
    assert view.graph_scene.selected_edge is None
