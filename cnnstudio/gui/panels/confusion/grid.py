"""The confusion matrix, painted: rows are true classes, columns what they were taken for."""

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

SMALLEST_WITH_NUMBER = 13  # pixels that a cell is high
LARGEST = 40  # pixels that a cell is high
WIDEST = 72
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionGrid(QWidget):
    """Right answers in green, wrong ones in red, stronger the larger their share of the class."""

    hovered = Signal(str)  # a sentence about the cell under the mouse or the keyboard; empty outside
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
        """Show a matrix counts[true class][answered class]."""
        self._counts, self._names, self._current = counts, names, None
        right, total = int(counts.trace()), int(counts.sum())
        self.setAccessibleName(f"Confusion of {len(names)} classes: {right} of {total} images on the diagonal")
        self.update()

    def sentence(self, cell: Cell) -> str:
        """A cell in words."""
        assert self._counts is not None
        count = int(self._counts[cell.true, cell.given])
        images = {0: "No image", 1: "1 image"}.get(count, f"{format_count(count)} images")
        were = "was" if count < 2 else "were"
        true, given = self._names[cell.true], self._names[cell.given]
        if cell.true == cell.given:
            return f"{images} of {true} {were} recognized."
        return f"{images} of {true} {were} taken for {given}."

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
        if high >= SMALLEST_WITH_NUMBER:
            self._paint_names(painter, metrics, area)
            self._paint_numbers(painter, metrics, area)
        if self._current is not None:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corner = area.x() + self._current.given * wide, area.y() + self._current.true * high
            painter.drawRect(QRectF(*corner, wide, high))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(self._cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._go_to(cell)
            self.chosen.emit(cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self._go_to(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._go_to(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._counts is not None and key in STEPS:
            down, right = STEPS[key]
            last, now = len(self._names) - 1, self._current or Cell(0, 0)
            step = Cell(min(max(now.true + down, 0), last), min(max(now.given + right, 0), last))
            self._go_to(step if self._current else now)
        elif self._current is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            QToolTip.hideText()  # the sentence below the grid says it
            return True
        return super().event(event)

    def cell_center(self, cell: Cell) -> QPoint:
        """Where a cell is painted."""
        area = self._area()
        high, wide = area.height() / len(self._names), area.width() / len(self._names)
        return QPoint(int(area.x() + (cell.given + 0.5) * wide), int(area.y() + (cell.true + 0.5) * high))

    def _go_to(self, cell: Cell | None) -> None:
        if cell != self._current:
            self._current = cell
            self.hovered.emit(self.sentence(cell) if cell else "")
            self.update()

    def _cell_at(self, place: QPoint) -> Cell | None:
        area = self._area()
        if self._counts is None or not area.contains(place):
            return None
        count = len(self._names)
        true = int((place.y() - area.y()) * count / area.height())
        return Cell(min(true, count - 1), min(int((place.x() - area.x()) * count / area.width()), count - 1))

    def _area(self) -> QRectF:
        """Where the cells are, right of and below the class names."""
        count = max(len(self._names), 1)
        metrics = QFontMetricsF(font(CAPTION))
        left = min(max((metrics.horizontalAdvance(name) for name in self._names), default=0.0), 90.0) + 8
        top = metrics.height() + 4
        if (self.height() - top) / count < SMALLEST_WITH_NUMBER:
            left, top = 0.0, 0.0
        high = min((self.height() - top) / count, LARGEST)
        wide = min((self.width() - left) / count, WIDEST, max(high * 3, 8))
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
        """The counts that fit, and lines between the cells."""
        assert self._counts is not None
        count = len(self._names)
        high, wide = area.height() / count, area.width() / count
        painter.setPen(self._theme.color("panel"))
        for line in range(1, count):
            painter.drawLine(QPointF(area.x(), area.y() + line * high), QPointF(area.right(), area.y() + line * high))
            painter.drawLine(QPointF(area.x() + line * wide, area.y()), QPointF(area.x() + line * wide, area.bottom()))
        painter.setPen(self._theme.color("text"))
        for true, given in np.argwhere(self._counts).tolist():
            text = format_count(int(self._counts[true, given]))
            if metrics.horizontalAdvance(text) <= wide - 2:
                place = QRectF(area.x() + given * wide, area.y() + true * high, wide, high)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _image(self) -> QImage:
        """The cells' colors, one pixel each: stronger the larger their share of the true class."""
        assert self._counts is not None
        share = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        right = np.eye(len(share), dtype=bool)
        strength = np.where(share > 0, 0.12 + 0.48 * np.where(right, share, np.sqrt(share)), 0.0)[..., None]
        ground, good, bad = (_rgb(self._theme.color(role)) for role in ("raised", "good", "problem"))
        mixed = ground * (1.0 - strength) + np.where(right[..., None], good, bad) * strength
        return pixels_to_qimage((mixed + 0.5).astype(np.uint8).transpose(2, 0, 1))


def _rgb(color: QColor) -> Array:
    return np.array([color.red(), color.green(), color.blue()], float)
