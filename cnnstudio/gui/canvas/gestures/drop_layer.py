"""Drag a layer in from the palette and drop it."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.gestures.drag_nodes import insertion_hint, snapped
from cnnstudio.gui.canvas.gestures.gesture import OVERLAY_Z, Gesture, Pointer
from cnnstudio.gui.canvas.ghost_item import GhostItem
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing
from cnnstudio.layers import LAYERS


class DropLayer(Gesture):
    """Shows where the layer would be placed, and the edge that it would be inserted into."""

    def __init__(self, scene: CanvasScene, kind: str) -> None:
        self._scene, self._kind = scene, kind
        layer = LAYERS[kind]()
        self._insertable = not layer.is_input and not layer.is_output
        self._target_edge: Edge | None = None
        self._place = QPointF()
        self._ghost = GhostItem(layer, scene.colors)
        self._ghost.setZValue(OVERLAY_Z)
        scene.addItem(self._ghost)

    def move(self, pointer: Pointer) -> None:
        self._place = snapped(pointer.place)
        self._ghost.setPos(self._place)
        if self._insertable:
            self._target_edge = self._scene.edge_at(pointer.place)
            self._scene.highlight_edge(self._target_edge)
            self.hint = insertion_hint(self._scene.graph, self._target_edge)

    def finish(self) -> None:
        self._clear()
        place = (self._place.x(), self._place.y())
        editing.add_layer(self._scene.session, self._kind, place, self._target_edge)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._scene.highlight_edge(None)
        self._scene.removeItem(self._ghost)
