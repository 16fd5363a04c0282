"""The way of a connection from port to port: a smooth curve that leaves and arrives along the ports' sides."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

SHORTEST, LONGEST = 28.0, 120.0  # how far a curve goes straight on before it bends
BESIDE = 0.42  # bulge of a curve between two ports on one side, as a share of their distance
AROUND = 96.0  # how far below the ports a curve passes that has to go back along one row


def route(start: QPointF, leaves: int, end: QPointF, arrives: int) -> QPainterPath:
    """The curve; `leaves` is 1 where it leaves to the right, -1 to the left, `arrives` the same for its far end."""
    path = QPainterPath(start)
    dx, dy = end.x() - start.x(), end.y() - start.y()
    if leaves != arrives:
        bulge = min(max(abs(dy) * BESIDE, SHORTEST), LONGEST)
        reach = max(start.x() * leaves, end.x() * leaves) * leaves + bulge * leaves
        path.cubicTo(QPointF(reach, start.y()), QPointF(reach, end.y()), end)
    elif dx * leaves >= SHORTEST:
        pull = max(abs(dx) * 0.5, SHORTEST)
        path.cubicTo(start + QPointF(pull * leaves, 0.0), end - QPointF(pull * leaves, 0.0), end)
    else:
        _go_back(path, start, end, leaves)
    return path


def _go_back(path: QPainterPath, start: QPointF, end: QPointF, leaves: int) -> None:
    """Bend round, pass halfway between the two rows (or below one row), and bend round again."""
    dx, dy = abs(end.x() - start.x()), end.y() - start.y()
    height = start.y() + (dy / 2 if abs(dy) > AROUND else AROUND)
    middle = QPointF((start.x() + end.x()) / 2, height)
    pull = min(max(dx * 0.3, 2 * SHORTEST), LONGEST) * leaves
    along = QPointF(dx * 0.25 * leaves + pull * 0.4, 0.0)
    path.cubicTo(start + QPointF(pull, 0.0), middle + along, middle)
    path.cubicTo(middle - along, end - QPointF(pull, 0.0), end)
