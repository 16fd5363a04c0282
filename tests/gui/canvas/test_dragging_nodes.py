"""Dragging nodes: several at once, snapping, onto edges, undo and Escape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.canvas_user import CanvasUser

AWAY = QPointF(37.0, 61.0)
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def middle(user: CanvasUser, edge: Edge) -> QPointF:
    """The midpoint of an edge."""
    return user.view.graph_scene.edges[edge].middle()


def test_a_drag_snaps_a_node_to_the_grid_as_one_undo_step(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    x, y = studio.session.graph.nodes["relu1"].position
    start = user.node("relu1")
    user.drag(start, start + AWAY)
    assert studio.session.graph.nodes["relu1"].position == (x + 40.0, y + 64.0)
    assert studio.session.history.count() == 1
    assert studio.session.selection == ("relu1",)
    studio.session.history.undo()
    assert view.graph_scene.nodes["relu1"].pos() == QPointF(x, y)


def test_alt_disables_snapping(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    view.zoom.set(1.0)
    x, y = studio.session.graph.nodes["relu1"].position
    start = user.node("relu1")
    user.drag(start, start + AWAY, keys=Qt.KeyboardModifier.AltModifier)
    moved = QPointF(*studio.session.graph.nodes["relu1"].position) - QPointF(x, y)
    assert (moved - AWAY).manhattanLength() <= 2.0


def test_selected_nodes_move_together(studio: Studio, user: CanvasUser) -> None:
    before = {key: QPointF(*node.position) for key, node in studio.session.graph.nodes.items()}
    studio.session.select(["conv1", "relu1"])
    start = user.node("conv1")
    user.drag(start, start + QPointF(0.0, 80.0))
    moved = {key for key, node in studio.session.graph.nodes.items() if QPointF(*node.position) != before[key]}
    assert moved == {"conv1", "relu1"}
    assert studio.session.selection == ("conv1", "relu1")
    assert studio.session.history.count() == 1


def test_the_graph_does_not_change_during_a_drag(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    graph = studio.session.graph
    start = user.node("relu1")
    user.grab(start, start + AWAY)
    assert view.graph_scene.nodes["relu1"].pos() != QPointF(*graph.nodes["relu1"].position)
    assert studio.session.graph is graph
    user.let_go(start + AWAY)
    assert studio.session.graph is not graph


def test_escape_cancels_the_drag(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    start = user.node("relu1")
    user.grab(start, start + AWAY)
    user.key(Qt.Key.Key_Escape)
    assert view.graph_scene.nodes["relu1"].pos() == QPointF(*studio.session.graph.nodes["relu1"].position)
    user.let_go(start + AWAY)
    assert studio.session.history.count() == 0


def test_an_edit_elsewhere_cancels_the_drag(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    start = user.node("relu1")
    user.grab(start, start + AWAY)
    studio.session.edit_graph("Remove", studio.session.graph.without(["relu1"]))
    user.let_go(start + AWAY)
    assert studio.session.history.count() == 1
    assert not view.mouse.busy


def test_a_click_selects_and_shift_click_extends_the_selection(studio: Studio, user: CanvasUser) -> None:
    user.click(user.node("conv1"))
    assert studio.session.selection == ("conv1",)
    user.click(user.node("pool1"), SHIFT)
    assert studio.session.selection == ("conv1", "pool1")
    user.click(user.node("conv1"), CONTROL)
    assert studio.session.selection == ("pool1",)
    user.click(user.node("relu1"))
    assert studio.session.selection == ("relu1",)
    assert studio.session.history.count() == 0


def test_a_click_on_one_of_several_selected_nodes_selects_only_it(studio: Studio, user: CanvasUser) -> None:
    studio.session.select(["conv1", "relu1"])
    user.click(user.node("relu1"))
    assert studio.session.selection == ("relu1",)


def test_an_unconnected_node_dropped_onto_an_edge_is_inserted(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    new = editing.add_layer(studio.session, "batch_normalization", (0.0, 430.0))
    view.auto_fit.fit()
    edge = Edge("conv1", "relu1")
    target = middle(user, edge)
    grip = user.node(new) - view.graph_scene.nodes[new].pos()
    user.grab(user.node(new), target + grip)
    assert view.graph_scene.edges[edge].highlighted
    assert user.hint() == "Insert between conv1 and relu1"
    user.let_go(target + grip)
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges
    assert edge not in studio.session.graph.edges
    assert user.hint() == ""
    assert not view.graph_scene.nodes[new].area().intersects(view.graph_scene.nodes["relu1"].area())


def test_a_connected_node_dropped_onto_an_edge_is_not_inserted(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    edges = studio.session.graph.edges
    target = middle(user, Edge("conv1", "relu1"))
    user.drag(user.node("fc1"), target + user.node("fc1") - view.graph_scene.nodes["fc1"].pos())
    assert studio.session.graph.edges == edges


def test_a_rectangle_selects_what_it_touches(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    corner = view.graph_scene.nodes["conv1"].area().topLeft() - QPointF(20.0, 20.0)
    far = view.graph_scene.nodes["relu1"].area().center()
    user.drag(corner, far)
    assert set(studio.session.selection) == {"conv1", "relu1"}
    below = view.graph_scene.nodes["fc1"].area()
    user.drag(below.topLeft() - QPointF(20.0, 20.0), below.center(), keys=SHIFT)
    assert set(studio.session.selection) == {"conv1", "relu1", "fc1"}
    user.click(corner)
    assert studio.session.selection == ()


def test_escape_restores_the_previous_selection(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    studio.session.select(["fc1"])
    corner = view.graph_scene.nodes["conv1"].area().topLeft() - QPointF(20.0, 20.0)
    user.grab(corner, view.graph_scene.nodes["relu1"].area().center())
    user.key(Qt.Key.Key_Escape)
    assert studio.session.selection == ("fc1",)
