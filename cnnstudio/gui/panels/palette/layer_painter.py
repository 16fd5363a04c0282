"""How a layer type looks in the list and while it is dragged: a colored chip, the title and its key."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnnstudio.gui.look.theme import BODY, CAPTION, RADIUS, Theme, font
from cnnstudio.layers import LAYERS, Layer

KIND = Qt.ItemDataRole.UserRole.value  # data role of a layer's kind; headings have none
ROW_HEIGHT, HEADING_HEIGHT = 25, 30  # pixels
CHIP = 9
MARGIN = 12

Index = QModelIndex | QPersistentModelIndex


class LayerDelegate(QStyledItemDelegate):
    """Paints the rows and category headings of the layer list."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, ROW_HEIGHT if index.data(KIND) else HEADING_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        kind = index.data(KIND)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if kind:
            self._paint_highlight(painter, rect, option.state)
            paint_layer(painter, rect, self._theme, LAYERS[kind])
        else:
            painter.setFont(font(CAPTION))
            painter.setPen(self._theme.color("dim"))
            text_rect = rect.adjusted(MARGIN, 0, -MARGIN, -4)
            painter.drawText(text_rect, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, str(index.data()))
        painter.restore()

    def _paint_highlight(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        flags = QStyle.StateFlag
        if state & (flags.State_Selected | flags.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("hover"))
            painter.drawRoundedRect(rect.adjusted(4, 0, -4, 0), RADIUS, RADIUS)
        if state & flags.State_HasFocus:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(4, 0, -5, -1), RADIUS, RADIUS)


def paint_layer(painter: QPainter, rect: QRect, theme: Theme, cls: type[Layer]) -> None:
    """Paint a chip in the color of the layer's role, its title, and its key on the right."""
    chip = QRect(rect.left() + MARGIN + 2, rect.center().y() - CHIP // 2, CHIP, CHIP)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.layer_color(cls.role))
    painter.drawRoundedRect(chip, 2, 2)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(font(BODY))
    painter.setPen(theme.color("text"))
    painter.drawText(rect.adjusted(MARGIN + CHIP + 10, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, cls.title)
    painter.setFont(font(CAPTION))
    painter.setPen(theme.color("dim"))
    painter.drawText(rect.adjusted(0, 0, -MARGIN - 2, 0), middle | Qt.AlignmentFlag.AlignRight, cls.key)


def drag_pixmap(cls: type[Layer], theme: Theme, widget: QWidget) -> QPixmap:
    """The pixmap shown at the mouse pointer while the layer is dragged from the widget."""
    scale = widget.devicePixelRatioF()
    width = 2 * MARGIN + CHIP + 8 + widget.fontMetrics().horizontalAdvance(cls.title)
    pixmap = QPixmap(round(width * scale), round(ROW_HEIGHT * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.color("accent"))
    painter.setBrush(theme.color("raised"))
    frame = QRect(0, 0, width - 1, ROW_HEIGHT - 1)
    painter.drawRoundedRect(frame, RADIUS, RADIUS)
    paint_layer(painter, frame, theme, cls)
    painter.end()
    return pixmap
