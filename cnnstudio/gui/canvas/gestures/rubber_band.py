"""Select nodes by drawing a rectangle."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import with_alpha
from cnnstudio.gui.canvas.gestures.gesture import OVERLAY_Z, Gesture, Pointer
from cnnstudio.gui.canvas.scene import CanvasScene


class RubberBand(Gesture):
    """Selects the nodes that the rectangle touches; with `extending`, in addition to the current selection."""

    def __init__(self, scene: CanvasScene, start: Pointer, *, extending: bool) -> None:
        self._scene, self._start = scene, start
        self._before = scene.session.selection
        self._extended: tuple[NodeId, ...] = self._before if extending else ()
        pen = QPen(scene.colors.accent, 1.0)
        pen.setCosmetic(True)
        self._band = scene.addRect(QRectF(), pen, with_alpha(scene.colors.accent, 0.12))
        self._band.setZValue(OVERLAY_Z)
        scene.select_edge(None)
        scene.session.select(self._extended)

    def move(self, pointer: Pointer) -> None:
        rect = QRectF(self._start.place, pointer.place).normalized()
        self._band.setRect(rect)
        touched = [key for key, item in self._scene.nodes.items() if item.area().intersects(rect)]
        self._scene.session.select((*self._extended, *touched))

    def finish(self) -> None:
        self._scene.removeItem(self._band)

    def cancel(self) -> None:
        self._scene.removeItem(self._band)
        self._scene.session.select(self._before)
