"""Dropping layers from the palette."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QApplication

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.ghost_item import GhostItem
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.canvas_user import CanvasUser

GROUND = QPointF(120.0, 120.0)


def ghosts(view: CanvasView) -> list[GhostItem]:
    """The outlines of layers being dragged in."""
    return [item for item in view.graph_scene.items() if isinstance(item, GhostItem)]


def test_a_layer_is_added_where_it_is_dropped(studio: Studio, user: CanvasUser) -> None:
    user.drop("convolution", GROUND)
    (new,) = studio.session.selection
    x, y = studio.session.graph.nodes[new].position
    assert abs(x - GROUND.x()) <= 8.0
    assert abs(y - GROUND.y()) <= 8.0
    assert x % 8 == y % 8 == 0
    assert not studio.session.graph.inputs(new)


def test_an_outline_shows_where_the_layer_would_go(view: CanvasView, user: CanvasUser) -> None:
    user.carry("convolution", GROUND)
    (ghost,) = ghosts(view)
    assert (ghost.pos() - GROUND).manhattanLength() <= 8.0
    user.carry_away()
    assert ghosts(view) == []
    assert not view.mouse.busy


def test_a_layer_dropped_onto_an_edge_is_inserted(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    edge = Edge("conv1", "relu1")
    place = view.graph_scene.edges[edge].middle()
    user.carry("dropout", place)
    assert view.graph_scene.edges[edge].highlighted
    user.drop("dropout", place)
    (new,) = studio.session.selection
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges
    assert studio.session.history.count() == 1
    assert ghosts(view) == []


def test_a_layer_without_an_input_is_not_inserted_into_an_edge(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    edge = Edge("conv1", "relu1")
    user.carry("input", view.graph_scene.edges[edge].middle())
    assert not view.graph_scene.edges[edge].highlighted
    user.drop("input", view.graph_scene.edges[edge].middle())
    assert edge in studio.session.graph.edges


def test_drags_of_other_things_are_ignored(view: CanvasView) -> None:
    data = QMimeData()
    data.setText("a file")
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(view.rect().center(), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(view.viewport(), event)
    assert not event.isAccepted()
    assert not view.mouse.busy
