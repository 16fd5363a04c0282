"""Dragging nodes: together, in one step of undo, onto the grid, onto edges, and back with Escape."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.studio import Studio
from tests.gui.canvas.hand import Hand

AWAY = QPointF(37.0, 61.0)


def test_a_drag_moves_a_node_to_the_grid_in_one_step(studio: Studio, view: CanvasView, hand: Hand) -> None:
    x, y = studio.session.graph.nodes["relu1"].position
    start = hand.node("relu1")
    hand.drag(start, start + AWAY)
    assert studio.session.graph.nodes["relu1"].position == (x + 40.0, y + 64.0)
    assert studio.session.history.count() == 1
    assert studio.session.selection == ("relu1",)
    studio.session.history.undo()
    assert view.canvas.nodes["relu1"].pos() == QPointF(x, y)
