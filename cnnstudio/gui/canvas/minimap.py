"""A small map of the whole canvas in its corner; clicking or dragging moves the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cnnstudio.gui.canvas.colors import faded
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom_view import ZoomView
from cnnstudio.gui.look.theme import RADIUS

WIDTH, HEIGHT, MARGIN, INSET = 148, 96, 16, 8


class Minimap(QWidget):
    """Stands in the view's upper right corner while some card is out of sight."""

    def __init__(self, view: ZoomView, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._scene = view, scene
        self._content, self._drawn, self._scale = QRectF(), QRectF(), 1.0
        self.setObjectName("minimap")
        self.setAccessibleName("Map of the canvas")
        self.setToolTip("Click or drag to see another part of the network.")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        scene.laid_out.connect(self._on_laid_out)
        view.view_moved.connect(self._on_view_moved)
        self._on_laid_out()

    def place_of(self, point: QPointF) -> QPointF:
        """The place on the plane that a point of the map stands for."""
        return self._drawn.center() + (point - QRectF(self.rect()).center()) / self._scale

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._view.centerOn(self.place_of(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._view.centerOn(self.place_of(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = self._scene.ink
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink.border, 1.0))
        painter.setBrush(faded(ink.theme.color("panel"), 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.translate(QRectF(self.rect()).center())
        painter.scale(self._scale, self._scale)
        painter.translate(-self._drawn.center())
        for item in self._scene.nodes.values():
            painter.fillRect(item.area(), ink.mark(item.face.role))
        pen = QPen(ink.accent, 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(faded(ink.accent, 0.10))
        painter.drawRect(self._view.seen())

    def _on_laid_out(self) -> None:
        self._content = self._scene.content()
        self._on_view_moved()

    def _on_view_moved(self) -> None:
        seen = self._view.seen()
        self.setVisible(not self._content.isEmpty() and not seen.contains(self._content))
        self.move(self._view.width() - WIDTH - MARGIN, MARGIN)
        self._drawn = self._content.united(seen)
        room = (WIDTH - 2 * INSET, HEIGHT - 2 * INSET)
        self._scale = min(room[0] / max(self._drawn.width(), 1.0), room[1] / max(self._drawn.height(), 1.0))
        self.update()
