"""The outline that shows where a layer dragged in from the palette would be placed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnstudio.gui.canvas.colors import CanvasColors, with_alpha
from cnnstudio.gui.look.theme import NODE_RADIUS
from cnnstudio.layers import Layer

SIZE = QRectF(-66.0, -46.0, 132.0, 92.0)


class GhostItem(QGraphicsItem):
    """A dashed card in the color of the layer's category, with its title."""

    def __init__(self, layer: Layer, colors: CanvasColors) -> None:
        super().__init__()
        self._title, self._role, self._colors = layer.title, layer.role, colors

    def boundingRect(self) -> QRectF:
        return SIZE.adjusted(-2.0, -2.0, 2.0, 2.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        color = self._colors.role(self._role)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 2.0, Qt.PenStyle.DashLine))
        painter.setBrush(with_alpha(self._colors.card, 0.7))
        painter.drawRoundedRect(SIZE, NODE_RADIUS, NODE_RADIUS)
        painter.setPen(self._colors.text)
        painter.setFont(self._colors.fonts.title)
        painter.drawText(SIZE, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._title)
