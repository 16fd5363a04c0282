"""Dragging nodes: several at once, snapping, onto edges, undo and Escape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.hand import Hand

AWAY = QPointF(37.0, 61.0)
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def middle(hand: Hand, edge: Edge) -> QPointF:
    """The midpoint of an edge."""
    return hand.view.graph_scene.edges[edge].middle()


def test_a_drag_snaps_a_node_to_the_grid_as_one_undo_step(studio: Studio, view: CanvasView, hand: Hand) -> None:
    x, y = studio.session.graph.nodes["relu1"].position
    start = hand.node("relu1")
    hand.drag(start, start + AWAY)
    assert studio.session.graph.nodes["relu1"].position == (x + 40.0, y + 64.0)
    assert studio.session.history.count() == 1
    assert studio.session.selection == ("relu1",)
    studio.session.history.undo()
    assert view.graph_scene.nodes["relu1"].pos() == QPointF(x, y)


def test_alt_disables_snapping(studio: Studio, view: CanvasView, hand: Hand) -> None:
    view.zoom.set(1.0)
    x, y = studio.session.graph.nodes["relu1"].position
    start = hand.node("relu1")
    hand.drag(start, start + AWAY, keys=Qt.KeyboardModifier.AltModifier)
    moved = QPointF(*studio.session.graph.nodes["relu1"].position) - QPointF(x, y)
    assert (moved - AWAY).manhattanLength() <= 2.0


def test_selected_nodes_move_together(studio: Studio, hand: Hand) -> None:
    before = {key: QPointF(*node.position) for key, node in studio.session.graph.nodes.items()}
    studio.session.select(["conv1", "relu1"])
    start = hand.node("conv1")
    hand.drag(start, start + QPointF(0.0, 80.0))
    moved = {key for key, node in studio.session.graph.nodes.items() if QPointF(*node.position) != before[key]}
    assert moved == {"conv1", "relu1"}
    assert studio.session.selection == ("conv1", "relu1")
    assert studio.session.history.count() == 1


def test_the_graph_does_not_change_during_a_drag(studio: Studio, view: CanvasView, hand: Hand) -> None:
    graph = studio.session.graph
    start = hand.node("relu1")
    hand.grab(start, start + AWAY)
    assert view.graph_scene.nodes["relu1"].pos() != QPointF(*graph.nodes["relu1"].position)
    assert studio.session.graph is graph
    hand.let_go(start + AWAY)
    assert studio.session.graph is not graph


def test_escape_cancels_the_drag(studio: Studio, view: CanvasView, hand: Hand) -> None:
    start = hand.node("relu1")
    hand.grab(start, start + AWAY)
    hand.key(Qt.Key.Key_Escape)
    assert view.graph_scene.nodes["relu1"].pos() == QPointF(*studio.session.graph.nodes["relu1"].position)
    hand.let_go(start + AWAY)
    assert studio.session.history.count() == 0


def test_an_edit_elsewhere_cancels_the_drag(studio: Studio, view: CanvasView, hand: Hand) -> None:
    start = hand.node("relu1")
    hand.grab(start, start + AWAY)
    studio.session.edit_graph("Remove", studio.session.graph.without(["relu1"]))
    hand.let_go(start + AWAY)
    assert studio.session.history.count() == 1
    assert not view.mouse.busy


def test_a_click_selects_and_shift_click_extends_the_selection(studio: Studio, hand: Hand) -> None:
    hand.click(hand.node("conv1"))
    assert studio.session.selection == ("conv1",)
    hand.click(hand.node("pool1"), SHIFT)
    assert studio.session.selection == ("conv1", "pool1")
    hand.click(hand.node("conv1"), CONTROL)
    assert studio.session.selection == ("pool1",)
    hand.click(hand.node("relu1"))
    assert studio.session.selection == ("relu1",)
    assert studio.session.history.count() == 0


def test_a_click_on_one_of_several_selected_nodes_selects_only_it(studio: Studio, hand: Hand) -> None:
    studio.session.select(["conv1", "relu1"])
    hand.click(hand.node("relu1"))
    assert studio.session.selection == ("relu1",)


def test_an_unconnected_node_dropped_onto_an_edge_is_inserted(studio: Studio, view: CanvasView, hand: Hand) -> None:
    new = editing.add_layer(studio.session, "batch_normalization", (0.0, 430.0))
    view.auto_fit.fit()
    edge = Edge("conv1", "relu1")
    target = middle(hand, edge)
    grip = hand.node(new) - view.graph_scene.nodes[new].pos()
    hand.grab(hand.node(new), target + grip)
    assert view.graph_scene.edges[edge].highlighted
    assert hand.hint() == "Insert between conv1 and relu1"
    hand.let_go(target + grip)
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges
    assert edge not in studio.session.graph.edges
    assert hand.hint() == ""
    assert not view.graph_scene.nodes[new].area().intersects(view.graph_scene.nodes["relu1"].area())


def test_a_connected_node_dropped_onto_an_edge_is_not_inserted(studio: Studio, view: CanvasView, hand: Hand) -> None:
    edges = studio.session.graph.edges
    target = middle(hand, Edge("conv1", "relu1"))
    hand.drag(hand.node("fc1"), target + hand.node("fc1") - view.graph_scene.nodes["fc1"].pos())
    assert studio.session.graph.edges == edges


def test_a_rectangle_selects_what_it_touches(studio: Studio, view: CanvasView, hand: Hand) -> None:
    corner = view.graph_scene.nodes["conv1"].area().topLeft() - QPointF(20.0, 20.0)
    far = view.graph_scene.nodes["relu1"].area().center()
    hand.drag(corner, far)
    assert set(studio.session.selection) == {"conv1", "relu1"}
    below = view.graph_scene.nodes["fc1"].area()
    hand.drag(below.topLeft() - QPointF(20.0, 20.0), below.center(), keys=SHIFT)
    assert set(studio.session.selection) == {"conv1", "relu1", "fc1"}
    hand.click(corner)
    assert studio.session.selection == ()


def test_escape_restores_the_previous_selection(studio: Studio, view: CanvasView, hand: Hand) -> None:
    studio.session.select(["fc1"])
    corner = view.graph_scene.nodes["conv1"].area().topLeft() - QPointF(20.0, 20.0)
    hand.grab(corner, view.graph_scene.nodes["relu1"].area().center())
    hand.key(Qt.Key.Key_Escape)
    assert studio.session.selection == ("fc1",)
