"""Select by drawing a rectangle."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import faded
from cnnstudio.gui.canvas.gestures.gesture import ABOVE, Gesture, Pointer
from cnnstudio.gui.canvas.scene import CanvasScene


class RubberBand(Gesture):
    """Selects what it touches, besides what was selected where `adding`; a mere click selects nothing."""

    def __init__(self, scene: CanvasScene, start: Pointer, *, adding: bool) -> None:
        self._scene, self._start = scene, start
        self._before = scene.session.selection
        self._kept: tuple[NodeId, ...] = self._before if adding else ()
        pen = QPen(scene.ink.accent, 1.0)
        pen.setCosmetic(True)
        self._band = scene.addRect(QRectF(), pen, faded(scene.ink.accent, 0.12))
        self._band.setZValue(ABOVE)
        scene.select_edge(None)
        scene.session.select(self._kept)

    def move(self, pointer: Pointer) -> None:
        rect = QRectF(self._start.place, pointer.place).normalized()
        self._band.setRect(rect)
        touched = [key for key, item in self._scene.nodes.items() if item.area().intersects(rect)]
        self._scene.session.select((*self._kept, *touched))

    def finish(self) -> None:
        self._scene.removeItem(self._band)

    def cancel(self) -> None:
        self._scene.removeItem(self._band)
        self._scene.session.select(self._before)
