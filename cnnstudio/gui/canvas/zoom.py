"""Zooming and panning a view of a scene that has no borders."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QTransform, QWheelEvent
from PySide6.QtWidgets import QGraphicsView

MIN_ZOOM, MAX_ZOOM = 0.1, 4.0
STEP = 1.2  # zoom factor of one key press or one notch of the wheel
NOTCH = 120.0  # Qt's angle delta of one notch
EXTENT = 1e6  # canvas units that can be reached in each direction
MARGIN = 36.0  # pixels kept free around a rectangle that is fitted into the view


class Zoom(QObject):
    """The zoom and position of a view, from 10 % to 400 %. The view emits `moved` when it is resized."""

    changed = Signal(float)  # the zoom factor; 1.0 is 100 %
    moved = Signal()  # another part of the scene is visible

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        view.setSceneRect(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        view.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        for scroll_bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            scroll_bar.valueChanged.connect(self._on_scrolled)

    @property
    def factor(self) -> float:
        """Pixels per canvas unit."""
        return self._view.transform().m11()

    def visible_rect(self) -> QRectF:
        """The visible part of the scene."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def set(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom to this factor, within limits; what is at this point of the viewport (or its center) stays there."""
        factor = min(max(factor, MIN_ZOOM), MAX_ZOOM)
        point = at or QRectF(self._view.viewport().rect()).center()
        under = self._view.mapToScene(point.toPoint())
        self._view.setTransform(QTransform.fromScale(factor, factor))
        self.pan(point - QPointF(self._view.mapFromScene(under)))
        self.changed.emit(factor)
        self.moved.emit()

    def pan(self, by: QPointF) -> None:
        """Move the scene by this many pixels."""
        horizontal, vertical = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        horizontal.setValue(horizontal.value() - round(by.x()))
        vertical.setValue(vertical.value() - round(by.y()))

    def show_rect(self, rect: QRectF, max_zoom: float = MAX_ZOOM) -> None:
        """Center this part of the scene, as large as fits but not beyond `max_zoom`."""
        margin = int(MARGIN)
        area = self._view.viewport().rect().adjusted(margin, margin, -margin, -margin)
        factor = min(area.width() / max(rect.width(), 1.0), area.height() / max(rect.height(), 1.0))
        self.set(min(max(factor, MIN_ZOOM), max_zoom))
        self._view.centerOn(rect.center())
        self.moved.emit()

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        self.set(self.factor * STEP)

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        self.set(self.factor / STEP)

    def reset(self) -> None:
        """Zoom to 100 %."""
        self.set(1.0)

    def turn_wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        if delta:
            self.set(self.factor * STEP ** (delta / NOTCH), event.position())
        event.accept()

    def _on_scrolled(self, value: int) -> None:
        self.moved.emit()
