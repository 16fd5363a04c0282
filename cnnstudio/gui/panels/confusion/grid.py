"""The confusion matrix as a widget: rows are true classes, columns predicted classes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnstudio.array import Array
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.look.theme import CAPTION, Theme, font
from cnnstudio.gui.state.evaluator import Cell

MIN_NUMBER_HEIGHT = 13  # pixels; cells that are less high show no counts
MAX_CELL_HEIGHT = 40  # pixels
MAX_CELL_WIDTH = 72
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionGrid(QWidget):
    """Correct predictions are green, wrong ones red; the larger their fraction of the true class, the stronger."""

    hovered = Signal(str)  # a description of the current cell; empty if there is none
    chosen = Signal(object)  # Cell

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: Array | None = None
        self._names: tuple[str, ...] = ()
        self._current: Cell | None = None
        self.setObjectName("confusion_grid")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_counts(self, counts: Array, names: tuple[str, ...]) -> None:
        """Show a matrix of counts[true class, predicted class]."""
        self._counts, self._names, self._current = counts, names, None
        correct, total = int(counts.trace()), int(counts.sum())
        self.setAccessibleName(
            f"Confusion matrix of {len(names)} classes: {correct} of {total} images classified correctly"
        )
        self.update()

    def sentence(self, cell: Cell) -> str:
        """A description of a cell, such as "3 images of X classified as O."."""
        assert self._counts is not None
        count = int(self._counts[cell.true, cell.predicted])
        images = {0: "No images", 1: "1 image"}.get(count, f"{format_count(count)} images")
        true, predicted = self._names[cell.true], self._names[cell.predicted]
        if cell.true == cell.predicted:
            return f"{images} of {true} classified correctly."
        return f"{images} of {true} classified as {predicted}."

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._counts is None:
            return
        painter = QPainter(self)
        painter.setFont(font(CAPTION))
        metrics = QFontMetricsF(font(CAPTION))
        area = self._area()
        high, wide = area.height() / len(self._names), area.width() / len(self._names)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, high < 2)
        painter.drawImage(area, self._image())
        if high >= MIN_NUMBER_HEIGHT:
            self._paint_names(painter, metrics, area)
            self._paint_numbers(painter, metrics, area)
        if self._current is not None:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corner = area.x() + self._current.predicted * wide, area.y() + self._current.true * high
            painter.drawRect(QRectF(*corner, wide, high))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_current(self._cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._set_current(cell)
            self.chosen.emit(cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self._set_current(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_current(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._counts is not None and key in STEPS:
            down, right = STEPS[key]
            last, now = len(self._names) - 1, self._current or Cell(0, 0)
            step = Cell(min(max(now.true + down, 0), last), min(max(now.predicted + right, 0), last))
            self._set_current(step if self._current else now)
        elif self._current is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            QToolTip.hideText()  # the description is shown below the grid
            return True
        return super().event(event)

    def cell_center(self, cell: Cell) -> QPoint:
        """The center of a cell in widget coordinates."""
        area = self._area()
        high, wide = area.height() / len(self._names), area.width() / len(self._names)
        return QPoint(int(area.x() + (cell.predicted + 0.5) * wide), int(area.y() + (cell.true + 0.5) * high))

    def _set_current(self, cell: Cell | None) -> None:
        if cell != self._current:
            self._current = cell
            self.hovered.emit(self.sentence(cell) if cell else "")
            self.update()

    def _cell_at(self, point: QPoint) -> Cell | None:
        area = self._area()
        if self._counts is None or not area.contains(point):
            return None
        count = len(self._names)
        true = int((point.y() - area.y()) * count / area.height())
        return Cell(min(true, count - 1), min(int((point.x() - area.x()) * count / area.width()), count - 1))

    def _area(self) -> QRectF:
        """The rectangle of the cells, right of and below the class names."""
        count = max(len(self._names), 1)
        metrics = QFontMetricsF(font(CAPTION))
        left = min(max((metrics.horizontalAdvance(name) for name in self._names), default=0.0), 90.0) + 8
        top = metrics.height() + 4
        if (self.height() - top) / count < MIN_NUMBER_HEIGHT:
            left, top = 0.0, 0.0
        high = min((self.height() - top) / count, MAX_CELL_HEIGHT)
        wide = min((self.width() - left) / count, MAX_CELL_WIDTH, max(high * 3, 8))
        return QRectF(left, top, wide * count, high * count)

    def _paint_names(self, painter: QPainter, metrics: QFontMetricsF, area: QRectF) -> None:
        painter.setPen(self._theme.color("dim"))
        count = len(self._names)
        high, wide = area.height() / count, area.width() / count
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for index, name in enumerate(self._names):
            row = QRectF(0, area.y() + index * high, area.x() - 6, high)
            painter.drawText(row, middle, metrics.elidedText(name, Qt.TextElideMode.ElideRight, row.width()))
            head = QRectF(area.x() + index * wide, 0, wide - 2, area.y())
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, head.width())
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_numbers(self, painter: QPainter, metrics: QFontMetricsF, area: QRectF) -> None:
        """Paint the counts that fit and lines between the cells."""
        assert self._counts is not None
        count = len(self._names)
        high, wide = area.height() / count, area.width() / count
        painter.setPen(self._theme.color("panel"))
        for line in range(1, count):
            painter.drawLine(QPointF(area.x(), area.y() + line * high), QPointF(area.right(), area.y() + line * high))
            painter.drawLine(QPointF(area.x() + line * wide, area.y()), QPointF(area.x() + line * wide, area.bottom()))
        painter.setPen(self._theme.color("text"))
        for true, predicted in np.argwhere(self._counts).tolist():
            text = format_count(int(self._counts[true, predicted]))
            if metrics.horizontalAdvance(text) <= wide - 2:
                point = QRectF(area.x() + predicted * wide, area.y() + true * high, wide, high)
                painter.drawText(point, Qt.AlignmentFlag.AlignCenter, text)

    def _image(self) -> QImage:
        """The cells' colors, one pixel each."""
        assert self._counts is not None
        fraction = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        diagonal = np.eye(len(fraction), dtype=bool)
        strength = np.where(fraction > 0, 0.12 + 0.48 * np.where(diagonal, fraction, np.sqrt(fraction)), 0.0)[..., None]
        background, good, bad = (_rgb(self._theme.color(role)) for role in ("raised", "good", "problem"))
        mixed = background * (1.0 - strength) + np.where(diagonal[..., None], good, bad) * strength
        return pixels_to_qimage((mixed + 0.5).astype(np.uint8).transpose(2, 0, 1))


def _rgb(color: QColor) -> Array:
    return np.array([color.red(), color.green(), color.blue()], float)
