"""Move the plane under the window."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.gui.canvas.gestures.gesture import Gesture, Pointer
from cnnstudio.gui.canvas.zoom_view import ZoomView


class Pan(Gesture):
    """The plane follows the pointer; cancelling brings it back."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: ZoomView, start: Pointer) -> None:
        self._view, self._start, self._last = view, start.pixel, start.pixel

    def move(self, pointer: Pointer) -> None:
        self._follow(pointer.pixel)

    def finish(self) -> None:
        """Nothing is left to do."""

    def cancel(self) -> None:
        self._follow(self._start)

    def _follow(self, pixel: QPointF) -> None:
        self._view.pan(pixel - self._last)
        self._last = pixel
