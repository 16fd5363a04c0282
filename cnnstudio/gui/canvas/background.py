"""The dotted background of the canvas."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from cnnstudio.gui.canvas.colors import CanvasColors

SPACING = 24.0  # canvas units between dots
MIN_PIXELS = 16.0  # between dots; further out, fewer dots are painted


def paint_background(painter: QPainter, rect: QRectF | QRect, colors: CanvasColors, zoom: float) -> None:
    """Fill this part of the scene with dots on the background color."""
    painter.fillRect(rect, colors.background)
    step = SPACING
    while step * zoom < MIN_PIXELS:
        step *= 2.0
    pen = QPen(colors.dots, 2.0)
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
