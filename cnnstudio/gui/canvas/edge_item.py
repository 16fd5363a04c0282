"""An edge as it is painted: a curve, the shape that flows through it, and how it lights up."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.colors import Ink
from cnnstudio.gui.canvas.ports import RADIUS
from cnnstudio.gui.look.number_format import format_short_shape
from cnnstudio.operations import Shape

READABLE = 0.4  # zoom below which text is left out
GRIP = 12.0  # canvas units across which the curve can be hit
ABOVE = 10.0  # how far above a level line its label stands
SPARE = 6.0  # canvas units that a label leaves free between cards
ARROW = 4.5
LIT = 20.0  # above what is about to be dropped onto it


class EdgeItem(QGraphicsItem):
    """Paints one edge; the scene says where it runs and what state it is in."""

    def __init__(self, edge: Edge, ink: Ink) -> None:
        super().__init__()
        self.edge, self.ink = edge, ink
        self._label = ""
        self._shape: Shape | None = None
        self._selected = self._hovered = self._lit = False
        self._path = QPainterPath()
        self._hit: QPainterPath | None = None
        self._label_rect, self._label_font, self._arrow = QRectF(), ink.fonts.small, QPolygonF()
        self.setZValue(-1.0)

    def run(self, path: QPainterPath, end: QPointF, arrives: int) -> None:
        """Take this way, which ends at a port with its direction `arrives`: 1 to the right, -1 to the left."""
        self.prepareGeometryChange()
        self._path = path
        self._hit = None
        self._arrow = _arrow(end, arrives)
        self._place_label()
        self.update()

    def area(self) -> QRectF:
        """What the curve and its label take of the canvas."""
        return self._path.boundingRect().united(self._label_rect)

    def show_shape(self, shape: Shape | None) -> None:
        """Say what flows through it."""
        if shape != self._shape:
            self._shape = shape
            self.prepareGeometryChange()
            self._label = format_short_shape(shape) if shape else ""
            self._place_label()
            self.update()

    @property
    def label(self) -> str:
        """The shape written beside the curve; empty where it is not known."""
        return self._label

    def show_state(self, *, selected: bool | None = None, hovered: bool | None = None, lit: bool | None = None) -> None:
        """Say whether it is selected, under the pointer, or about to take a node in; None leaves it as it is."""
        state = (self._selected, self._hovered, self._lit)
        self._selected = self._selected if selected is None else selected
        self._hovered = self._hovered if hovered is None else hovered
        self._lit = self._lit if lit is None else lit
        if state != (self._selected, self._hovered, self._lit):
            self.setZValue(LIT if self._lit else -0.5 if self._selected or self._hovered else -1.0)
            self.update()

    @property
    def lit(self) -> bool:
        """Whether it shows that a node would be put into it."""
        return self._lit

    def middle(self) -> QPointF:
        """The point half way along."""
        return self._path.pointAtPercent(0.5)

    def boundingRect(self) -> QRectF:
        return self._path.controlPointRect().adjusted(-8.0, -8.0, 8.0, 8.0) | self._label_rect.adjusted(
            -2.0, 0.0, 2.0, 0.0
        )

    def shape(self) -> QPainterPath:
        if self._hit is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(GRIP)
            self._hit = stroker.createStroke(self._path)
        return self._hit

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        ink, strong = self.ink, self._selected or self._lit
        color = ink.accent if strong or self._hovered else ink.edge
        zoom = painter.worldTransform().m11()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, max(3.5 if strong else 2.5 if self._hovered else 1.8, 1.0 / zoom)))
        painter.drawPath(self._path)
        if zoom < READABLE:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(self._arrow)
        if not self._label_rect.isEmpty():
            painter.setBrush(ink.ground)
            painter.drawRoundedRect(self._label_rect.adjusted(-2.0, 0.0, 2.0, 0.0), 4.0, 4.0)
            painter.setPen(ink.text if strong or self._hovered else ink.dim)
            painter.setFont(self._label_font)
            painter.drawText(self._label_rect, Qt.AlignmentFlag.AlignCenter, self._label)

    def _place_label(self) -> None:
        """Beside the middle of the curve: above it where it runs level, on it where it rises or falls.

        Between cards that stand close its letters are small, or it is left out.
        """
        self._label_rect = QRectF()
        if not self._label or self._path.isEmpty():
            return
        slope = self._path.angleAtPercent(0.5) % 180.0
        level = min(slope, 180.0 - slope) < 12.0
        room = abs(self._path.currentPosition().x() - self._path.pointAtPercent(0.0).x()) if level else math.inf
        fonts = self.ink.fonts
        for font, metrics in ((fonts.small, fonts.small_metrics), (fonts.tiny, fonts.tiny_metrics)):
            rect = QRectF(0.0, 0.0, metrics.horizontalAdvance(self._label) + 2.0, metrics.height())
            if rect.width() + SPARE <= room:
                rect.moveCenter(self.middle() - QPointF(0.0, ABOVE if level else 0.0))
                self._label_rect, self._label_font = rect, font
                return


def _arrow(end: QPointF, arrives: int) -> QPolygonF:
    """A small head before the port that the edge leads to."""
    tip = end - QPointF((RADIUS + 1.0) * arrives, 0.0)
    back = tip - QPointF(1.6 * ARROW * arrives, 0.0)
    return QPolygonF([tip, back + QPointF(0.0, ARROW), back - QPointF(0.0, ARROW)])
