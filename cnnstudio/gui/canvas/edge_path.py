"""The path of a connection from port to port: a smooth curve, horizontal at both ends."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

MIN_PULL, MAX_PULL = 28.0, 120.0  # canvas units from an end of the curve to its control point
BULGE = 0.42  # of a curve between two ports on the same side, as a fraction of their distance
BELOW_ROW = 96.0  # canvas units below the ports at which a curve runs back along its own row
MAX_DETOUR = 340.0  # curves between ports further apart vertically do not avoid the nodes between them
CLEARANCE = 22.0  # canvas units between a curve and the nodes that it avoids
RISE = 60.0  # horizontal canvas units over which such a curve rises or falls beside a port


def edge_path(
    start: QPointF, start_direction: int, end: QPointF, end_direction: int, detour: float | None = None
) -> QPainterPath:
    """The curve from start to end. Directions, of travel at either end, are 1 (right) or -1 (left).

    `detour` is the y at which to pass the nodes in between, if there are any, as `detour_height` returns it.
    """
    path = QPainterPath(start)
    dx, dy = end.x() - start.x(), end.y() - start.y()
    if start_direction != end_direction:
        bulge = min(max(abs(dy) * BULGE, MIN_PULL), MAX_PULL)
        reach = max(start.x() * start_direction, end.x() * start_direction) * start_direction + bulge * start_direction
        path.cubicTo(QPointF(reach, start.y()), QPointF(reach, end.y()), end)
    elif dx * start_direction < MIN_PULL:
        _run_back(path, start, end, start_direction)
    elif detour is not None:
        _run_around(path, start, end, start_direction, detour)
    else:
        pull = max(abs(dx) * 0.5, MIN_PULL)
        path.cubicTo(start + QPointF(pull * start_direction, 0.0), end - QPointF(pull * start_direction, 0.0), end)
    return path


def detour_height(start: QPointF, end: QPointF, top: float, bottom: float) -> float:
    """The y just above or below nodes between two ports that reach from `top` to `bottom`, whichever is nearer."""
    above, below = top - CLEARANCE, bottom + CLEARANCE
    return min(above, below, key=lambda height: abs(height - start.y()) + abs(height - end.y()))


def bounds(rects: Iterable[QRectF]) -> QRectF:
    """The bounding rectangle of these rectangles; empty if there are none."""
    sides = [rect.getCoords() for rect in rects]
    if not sides:
        return QRectF()
    lefts, tops, rights, bottoms = zip(*sides, strict=True)
    return QRectF(QPointF(min(lefts), min(tops)), QPointF(max(rights), max(bottoms)))


def _run_around(path: QPainterPath, start: QPointF, end: QPointF, start_direction: int, height: float) -> None:
    """Rise beside the first port, run horizontally at this height, and come down beside the other port."""
    risen, falling = start.x() + RISE * start_direction, end.x() - RISE * start_direction
    bend = QPointF(0.6 * RISE * start_direction, 0.0)
    path.cubicTo(start + bend, QPointF(risen, height) - bend, QPointF(risen, height))
    path.lineTo(falling, height)
    path.cubicTo(QPointF(falling, height) + bend, end - bend, end)


def _run_back(path: QPainterPath, start: QPointF, end: QPointF, start_direction: int) -> None:
    """Turn around, run back halfway between the two rows (or below a single row), and turn around again."""
    dx, dy = abs(end.x() - start.x()), end.y() - start.y()
    height = start.y() + (dy / 2 if abs(dy) > BELOW_ROW else BELOW_ROW)
    middle = QPointF((start.x() + end.x()) / 2, height)
    pull = min(max(dx * 0.3, 2 * MIN_PULL), MAX_PULL) * start_direction
    along = QPointF(dx * 0.25 * start_direction + pull * 0.4, 0.0)
    path.cubicTo(start + QPointF(pull, 0.0), middle + along, middle)
    path.cubicTo(middle - along, end - QPointF(pull, 0.0), end)
