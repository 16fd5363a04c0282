"""A minimap of the network in a corner of the canvas; clicking or dragging in it moves the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsView, QWidget

from cnnstudio.gui.canvas.colors import with_alpha
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.look.theme import RADIUS

WIDTH, HEIGHT, MARGIN, INSET = 148, 96, 16, 8


class Minimap(QWidget):
    """Shown in the upper right corner while part of the network is out of view."""

    def __init__(self, view: QGraphicsView, zoom: Zoom, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._zoom, self._scene = view, zoom, scene
        self._content, self._area, self._scale = QRectF(), QRectF(), 1.0
        self.setObjectName("minimap")
        self.setAccessibleName("Minimap")
        self.setToolTip("Click or drag to move the view.")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        scene.layout_changed.connect(self._on_layout_changed)
        zoom.moved.connect(self._on_view_moved)
        self._on_layout_changed()

    def to_scene(self, point: QPointF) -> QPointF:
        """The scene coordinates of a point of the minimap."""
        return self._area.center() + (point - QRectF(self.rect()).center()) / self._scale

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._view.centerOn(self.to_scene(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._view.centerOn(self.to_scene(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._scene.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.border, 1.0))
        painter.setBrush(with_alpha(colors.theme.color("panel"), 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.translate(QRectF(self.rect()).center())
        painter.scale(self._scale, self._scale)
        painter.translate(-self._area.center())
        for item in self._scene.nodes.values():
            painter.fillRect(item.area(), colors.minimap_color(item.summary.role))
        pen = QPen(colors.accent, 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(with_alpha(colors.accent, 0.10))
        painter.drawRect(self._zoom.visible_rect())

    def _on_layout_changed(self) -> None:
        self._content = self._scene.content()
        self._on_view_moved()

    def _on_view_moved(self) -> None:
        visible = self._zoom.visible_rect()
        self.setVisible(not self._content.isEmpty() and not visible.contains(self._content))
        self.move(self._view.width() - WIDTH - MARGIN, MARGIN)
        self._area = self._content.united(visible)
        size = (WIDTH - 2 * INSET, HEIGHT - 2 * INSET)
        self._scale = min(size[0] / max(self._area.width(), 1.0), size[1] / max(self._area.height(), 1.0))
        self.update()
