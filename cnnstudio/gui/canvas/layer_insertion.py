"""Offers a list of layers on the canvas and inserts the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QGraphicsView

from cnnstudio.gui.canvas.ports import Port, PortType
from cnnstudio.gui.canvas.quick_add import QuickAdd
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.state import editing
from cnnstudio.layers import Layer

HALF_NODE = 72.0  # canvas units from a new node's port to its center, approximately


class LayerInsertion(QObject):
    """Where the list of layers opens decides where the chosen layer goes and what it is connected to."""

    def __init__(self, view: QGraphicsView, zoom: Zoom, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._zoom, self._scene, self._session = view, zoom, scene, scene.session

    def open(self) -> None:
        """Offer all layers: at the pointer if it is on the background, else to follow the selected node."""
        pixel = self._view.viewport().mapFromGlobal(QCursor.pos())
        place = self._view.mapToScene(pixel)
        if self._view.viewport().rect().contains(pixel) and self._scene.node_at(place) is None:
            self.open_at(place)
        else:
            self._offer(self.selection_point(), partial(editing.add_layer, self._session), lambda layer: True)

    def open_at(self, place: QPointF) -> None:
        """Offer all layers; the chosen one is added at this point of the scene, or inserted into the edge there."""
        edge = self._scene.edge_at(place)
        at = (place.x(), place.y())
        self._offer(place, lambda kind: editing.add_layer(self._session, kind, at, edge), lambda layer: True)

    def open_for_port(self, port: Port, place: QPointF) -> None:
        """Offer the layers that fit a port; the chosen one is connected to it, with its own port at this point."""
        session, from_output = self._session, port.type is PortType.OUTPUT
        at = (place.x() + HALF_NODE * self._scene.nodes[port.node].side(port.type), place.y())

        def insert(kind: str) -> None:
            if from_output:
                editing.add_after(session, kind, at, port.node)
            else:
                editing.add_before(session, kind, at, port.node, port.number)

        self._offer(place, insert, lambda layer: not layer().is_input if from_output else not layer().is_output)

    def selection_point(self) -> QPointF:
        """The position of the node selected last, or the center of the view if none is selected."""
        if self._session.selection:
            return self._scene.nodes[self._session.selection[-1]].pos()
        return self._zoom.visible_rect().center()

    def _offer(self, place: QPointF, insert: Callable[[str], object], accepts: Callable[[type[Layer]], bool]) -> None:
        quick_add = QuickAdd(self._scene.colors.theme, accepts, self._view)
        quick_add.chosen.connect(insert)
        quick_add.open_at(self._view.viewport().mapToGlobal(self._view.mapFromScene(place)))
