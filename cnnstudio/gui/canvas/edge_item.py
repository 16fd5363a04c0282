"""A connection on the canvas: a curve with an arrow, labeled with the shape of the data."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.colors import CanvasColors
from cnnstudio.gui.canvas.ports import RADIUS
from cnnstudio.gui.look.number_format import format_short_shape
from cnnstudio.operations import Shape

READABLE_ZOOM = 0.4  # no text is painted below this zoom
HIT_WIDTH = 12.0  # canvas units across which the curve can be hit
LABEL_OFFSET = 10.0  # canvas units from a horizontal curve up to its label
LABEL_MARGIN = 6.0  # canvas units kept free beside a label between two nodes
ARROW = 4.5  # half the width of an arrow head
HIGHLIGHTED_Z = 20.0  # above the node that is dragged onto it


class EdgeItem(QGraphicsItem):
    """Paints one edge. The scene sets its path, shape and state."""

    def __init__(self, edge: Edge, colors: CanvasColors) -> None:
        super().__init__()
        self.edge, self.colors = edge, colors
        self._label = ""
        self._shape: Shape | None = None
        self._selected = self._hovered = self._highlighted = False
        self._path, self._middle, self._level = QPainterPath(), QPointF(), False
        self._hit: QPainterPath | None = None
        self._area: QRectF | None = None
        self._bounds: QRectF | None = None  # None while the label has no place
        self._label_rect, self._label_font, self._arrow = QRectF(), colors.fonts.small, QPolygonF()
        self.setZValue(-1.0)

    def set_path(self, path: QPainterPath, end: QPointF, direction: int) -> None:
        """Follow this path, which arrives at the point `end` going right (1) or left (-1)."""
        self._begin_change()
        self._path = path
        self._hit = None
        self._middle, angle = _middle_of(path)
        self._level = min(angle, 180.0 - angle) < 12.0
        self._arrow = _arrow(end, direction)
        self.update()

    def area(self) -> QRectF:
        """The bounds of the curve and its label in scene coordinates."""
        if self._area is None or self._bounds is None:
            self._place_label()
            self._area = self._path.boundingRect().united(self._label_rect)
        return self._area

    def show_shape(self, shape: Shape | None) -> None:
        """Show the shape of the data on this edge; None if it is unknown."""
        if shape != self._shape:
            self._begin_change()
            self._shape = shape
            self._label = format_short_shape(shape) if shape else ""
            self.update()

    @property
    def label(self) -> str:
        """The shape as shown beside the curve; empty if unknown."""
        return self._label

    def show_state(
        self, *, selected: bool | None = None, hovered: bool | None = None, highlighted: bool | None = None
    ) -> None:
        """Show the edge as selected, hovered, or highlighted as a drop target; None leaves a state unchanged."""
        state = (self._selected, self._hovered, self._highlighted)
        self._selected = self._selected if selected is None else selected
        self._hovered = self._hovered if hovered is None else hovered
        self._highlighted = self._highlighted if highlighted is None else highlighted
        if state != (self._selected, self._hovered, self._highlighted):
            self.setZValue(HIGHLIGHTED_Z if self._highlighted else -0.5 if self._selected or self._hovered else -1.0)
            self.update()

    @property
    def highlighted(self) -> bool:
        """Whether it is shown as the edge that a dragged node would be inserted into."""
        return self._highlighted

    def middle(self) -> QPointF:
        """The point halfway along the curve."""
        return self._middle

    def boundingRect(self) -> QRectF:
        return self._bounds or self._place_label()

    def shape(self) -> QPainterPath:
        if self._hit is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(HIT_WIDTH)
            self._hit = stroker.createStroke(self._path)
        return self._hit

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colors, strong = self.colors, self._selected or self._highlighted
        color = colors.accent if strong or self._hovered else colors.edge
        zoom = painter.worldTransform().m11()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, max(3.5 if strong else 2.5 if self._hovered else 1.8, 1.0 / zoom)))
        painter.drawPath(self._path)
        if zoom < READABLE_ZOOM:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(self._arrow)
        if not self._label_rect.isEmpty():
            painter.setBrush(colors.background)
            painter.drawRoundedRect(self._label_rect.adjusted(-2.0, 0.0, 2.0, 0.0), 4.0, 4.0)
            painter.setPen(colors.text if strong or self._hovered else colors.dim)
            painter.setFont(self._label_font)
            painter.drawText(self._label_rect, Qt.AlignmentFlag.AlignCenter, self._label)

    def _begin_change(self) -> None:
        """Tell the scene that path or label change, once for both."""
        if self._bounds is not None:
            self.prepareGeometryChange()
            self._bounds = self._area = None

    def _place_label(self) -> QRectF:
        """Place the label in the middle of the curve: above a horizontal one, on top of others.

        Between nodes that are close to each other it is set in a smaller font or left out.
        """
        self._label_rect = self._label_place()
        curve = self._path.controlPointRect().adjusted(-8.0, -8.0, 8.0, 8.0)
        self._bounds = curve | self._label_rect.adjusted(-2.0, 0.0, 2.0, 0.0)
        return self._bounds

    def _label_place(self) -> QRectF:
        """Where the label goes, in the font that it sets; empty if there is no space for it."""
        if not self._label or self._path.isEmpty():
            return QRectF()
        space = abs(self._path.currentPosition().x() - self._path.elementAt(0).x) if self._level else math.inf
        fonts = self.colors.fonts
        for font, metrics in ((fonts.small, fonts.small_metrics), (fonts.tiny, fonts.tiny_metrics)):
            rect = QRectF(0.0, 0.0, metrics.width(self._label) + 2.0, metrics.height)
            if rect.width() + LABEL_MARGIN <= space:
                rect.moveCenter(self._middle - QPointF(0.0, LABEL_OFFSET if self._level else 0.0))
                self._label_font = font
                return rect
        return QRectF()


def _middle_of(path: QPainterPath) -> tuple[QPointF, float]:
    """The point halfway along a path, and the angle there, in degrees from 0 to 180.

    A single curve here is the same from either end, so that both follow from its control points, without its length.
    """
    if path.elementCount() != 4:
        return path.pointAtPercent(0.5), path.angleAtPercent(0.5) % 180.0
    a, b, c, d = (QPointF(at.x, at.y) for at in map(path.elementAt, range(4)))
    along = d + c - b - a
    return (a + (b + c) * 3.0 + d) / 8.0, math.degrees(math.atan2(-along.y(), along.x())) % 180.0


def _arrow(end: QPointF, direction: int) -> QPolygonF:
    """The arrow head in front of the target port."""
    tip = end - QPointF((RADIUS + 1.0) * direction, 0.0)
    base = tip - QPointF(1.6 * ARROW * direction, 0.0)
    return QPolygonF([tip, base + QPointF(0.0, ARROW), base - QPointF(0.0, ARROW)])
