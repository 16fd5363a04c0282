"""The probe image at a large scale, which can also be drawn on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnstudio.data.drawing import Drawing
from cnnstudio.gui.look.theme import RADIUS, Theme

STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class DrawingPad(QWidget):
    """Shows an image. While `drawing` is set, the left mouse button draws and the right one erases; arrow keys
    move the pen and Space draws a dot."""

    drawn = Signal()  # the drawing changed

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self._last: QPointF | None = None  # the previous point of the stroke, in image pixels
        self._pen = (0, 0)
        self.drawing: Drawing | None = None
        self.setObjectName("probe_image")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage) -> None:
        """Show an image."""
        self._image = image
        self.update()

    def edit(self, drawing: Drawing | None) -> None:
        """Draw on this drawing from now on, or stop drawing."""
        self.drawing, self._last = drawing, None
        if drawing is not None:
            self._pen = (drawing.shape[2] // 2, drawing.shape[1] // 2)
        self.setCursor(Qt.CursorShape.CrossCursor if drawing is not None else Qt.CursorShape.ArrowCursor)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(176, 176)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self._area()
        painter = QPainter(self)
        painter.drawImage(area, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus() and self.drawing is not None
        painter.setPen(QPen(self._theme.color("accent" if self.drawing is not None else "border"), 1 + focused))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS / 3, RADIUS / 3)
        if focused and not self._image.isNull():
            cell = area.width() / self._image.width()
            corner = area.topLeft() + QPointF(self._pen[0] * cell, self._pen[1] * cell)
            painter.drawRect(QRectF(corner, corner + QPointF(cell, cell)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = self._to_image(event.position())
        self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._stroke(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.drawing is None or (key not in STEPS and key is not Qt.Key.Key_Space):
            super().keyPressEvent(event)
            return
        _, height, width = self.drawing.shape
        if key in STEPS:
            right, down = STEPS[key]
            self._pen = min(max(self._pen[0] + right, 0), width - 1), min(max(self._pen[1] + down, 0), height - 1)
            self.update()
            return
        point = self._pen[0] + 0.5, self._pen[1] + 0.5
        self.drawing.stroke(point, point)
        self.drawn.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def _stroke(self, event: QMouseEvent) -> None:
        buttons = Qt.MouseButton
        held = event.buttons() & (buttons.LeftButton | buttons.RightButton)
        if self.drawing is None or self._last is None or not held:
            return
        point = self._to_image(event.position())
        erase = bool(event.buttons() & buttons.RightButton)
        self.drawing.stroke((self._last.x(), self._last.y()), (point.x(), point.y()), erase=erase)
        self._last = point
        self.drawn.emit()

    def _to_image(self, position: QPointF) -> QPointF:
        """A position on the widget in image pixels."""
        area = self._area()
        scale = self._image.width() / max(area.width(), 1.0)
        return QPointF((position.x() - area.x()) * scale, (position.y() - area.y()) * scale)

    def _area(self) -> QRectF:
        """The largest rectangle that fits the image; image pixels are whole screen pixels if they are large enough."""
        if self._image.isNull():
            return QRectF(self.rect())
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        ratio = self.devicePixelRatioF()
        if scale * ratio >= 4:
            scale = int(scale * ratio) / ratio
        return QRectF(0.0, 0.0, self._image.width() * scale, self._image.height() * scale)
