"""A view of a scene without borders: zoom at the pointer, pan, fit, and a ground of dots."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPolygonF, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from cnnstudio.gui.look.theme import Theme

SMALLEST, LARGEST = 0.1, 4.0
STEP = 1.2  # zoom of one key press or one notch of the wheel
NOTCH = 120.0  # Qt's measure of one notch
DOTS = 24.0  # canvas units between dots
CLOSEST_DOTS = 16.0  # pixels between dots, at least
WORLD = 1e6  # canvas units to each side that can be reached
FRAME = 36.0  # pixels left free around what is fitted


class ZoomView(QGraphicsView):
    """Shows any part of the plane at 10 % to 400 %."""

    zoom_changed = Signal(float)  # 1.0 is 100 %
    view_moved = Signal()  # another part of the plane is seen

    def __init__(self, scene: QGraphicsScene, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSceneRect(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)

    @property
    def zoom(self) -> float:
        """Pixels for a canvas unit."""
        return self.transform().m11()

    def seen(self) -> QRectF:
        """The part of the plane that is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom so that the plane stays where it is at a point of the viewport, or in its middle."""
        zoom = min(max(zoom, SMALLEST), LARGEST)
        point = at or QRectF(self.viewport().rect()).center()
        under = self.mapToScene(point.toPoint())
        self.setTransform(QTransform.fromScale(zoom, zoom))
        moved = QPointF(self.mapFromScene(under)) - point
        self.pan(-moved)
        self.zoom_changed.emit(zoom)
        self.view_moved.emit()

    def pan(self, by: QPointF) -> None:
        """Move the plane by so many pixels."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(by.x()))
        down.setValue(down.value() - round(by.y()))

    def show_rect(self, rect: QRectF, most: float = LARGEST) -> None:
        """Show this part of the plane in the middle, as large as it fits but no larger than `most`."""
        room = self.viewport().rect().adjusted(int(FRAME), int(FRAME), -int(FRAME), -int(FRAME))
        share = min(room.width() / max(rect.width(), 1.0), room.height() / max(rect.height(), 1.0))
        self.set_zoom(min(max(share, SMALLEST), most))
        self.centerOn(rect.center())
        self.view_moved.emit()

    def zoom_in(self) -> None:
        """Show things larger."""
        self.set_zoom(self.zoom * STEP)

    def zoom_out(self) -> None:
        """Show things smaller."""
        self.set_zoom(self.zoom / STEP)

    def reset_zoom(self) -> None:
        """Show things in their own size, 100 %."""
        self.set_zoom(1.0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self.set_zoom(self.zoom * STEP ** (turned / NOTCH), event.position())
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.view_moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view_moved.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, self._theme.color("canvas"))
        zoom, step = self.zoom, DOTS
        while step * zoom < CLOSEST_DOTS:
            step *= 2.0
        pen = QPen(self._theme.color("dots"), 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        left, top = rect.left() // step * step, rect.top() // step * step
        painter.translate(left, top)
        painter.drawPoints(_dots(int(rect.width() / step) + 2, int(rect.height() / step) + 2, step))
        painter.translate(-left, -top)


@lru_cache(maxsize=64)
def _dots(columns: int, rows: int, step: float) -> QPolygonF:
    return QPolygonF([QPointF(x * step, y * step) for x in range(columns) for y in range(rows)])
