"""Pan the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.gui.canvas.gestures.gesture import Gesture, Pointer
from cnnstudio.gui.canvas.zoom import Zoom


class Pan(Gesture):
    """The scene follows the pointer; canceling restores the position."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, zoom: Zoom, start: Pointer) -> None:
        self._zoom, self._start, self._last = zoom, start.pixel, start.pixel

    def move(self, pointer: Pointer) -> None:
        self._follow(pointer.pixel)

    def finish(self) -> None:
        """Stay here."""

    def cancel(self) -> None:
        self._follow(self._start)

    def _follow(self, pixel: QPointF) -> None:
        self._zoom.pan(pixel - self._last)
        self._last = pixel
