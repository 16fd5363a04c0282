"""The way of a connection from port to port: a smooth curve that leaves and arrives along the ports' sides."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

SHORTEST, LONGEST = 28.0, 120.0  # how far a curve goes straight on before it bends
BESIDE = 0.42  # bulge of a curve between two ports on one side, as a share of their distance
AROUND = 96.0  # how far below the ports a curve passes that has to go back along one row
LEVEL = 340.0  # difference in height up to which a curve passes around cards that stand between its ports
CLEAR = 22.0  # distance to the cards that a curve passes over
RISE = 60.0  # how far beside a port such a curve has risen


def route(start: QPointF, leaves: int, end: QPointF, arrives: int, around: float | None = None) -> QPainterPath:
    """The curve; `leaves` is 1 where it leaves to the right, -1 to the left, `arrives` the same for its far end.

    `around` is the height at which to pass cards that stand between, as `height_around` tells it.
    """
    path = QPainterPath(start)
    dx, dy = end.x() - start.x(), end.y() - start.y()
    if leaves != arrives:
        bulge = min(max(abs(dy) * BESIDE, SHORTEST), LONGEST)
        reach = max(start.x() * leaves, end.x() * leaves) * leaves + bulge * leaves
        path.cubicTo(QPointF(reach, start.y()), QPointF(reach, end.y()), end)
    elif dx * leaves < SHORTEST:
        _go_back(path, start, end, leaves)
    elif around is not None:
        _go_around(path, start, end, leaves, around)
    else:
        pull = max(abs(dx) * 0.5, SHORTEST)
        path.cubicTo(start + QPointF(pull * leaves, 0.0), end - QPointF(pull * leaves, 0.0), end)
    return path


def height_around(start: QPointF, end: QPointF, cards: Iterable[QRectF]) -> float | None:
    """The height above or below the cards that stand between two ports, whichever is nearer; None where none does."""
    if abs(end.y() - start.y()) > LEVEL:
        return None
    between = QRectF(start, end).normalized().adjusted(1.0, -1.0, -1.0, 1.0)
    crossed = [card for card in cards if card.intersects(between)]
    if not crossed:
        return None
    above = min(card.top() for card in crossed) - CLEAR
    below = max(card.bottom() for card in crossed) + CLEAR
    return min(above, below, key=lambda height: abs(height - start.y()) + abs(height - end.y()))


def bounds(rects: Iterable[QRectF]) -> QRectF:
    """The rectangle around all of these; an empty one around none."""
    sides = [rect.getCoords() for rect in rects]
    if not sides:
        return QRectF()
    lefts, tops, rights, bottoms = zip(*sides, strict=True)
    return QRectF(QPointF(min(lefts), min(tops)), QPointF(max(rights), max(bottoms)))


def _go_around(path: QPainterPath, start: QPointF, end: QPointF, leaves: int, height: float) -> None:
    """Rise beside the first port, run level, and come down beside the other."""
    risen, falling = start.x() + RISE * leaves, end.x() - RISE * leaves
    bend = QPointF(0.6 * RISE * leaves, 0.0)
    path.cubicTo(start + bend, QPointF(risen, height) - bend, QPointF(risen, height))
    path.lineTo(falling, height)
    path.cubicTo(QPointF(falling, height) + bend, end - bend, end)


def _go_back(path: QPainterPath, start: QPointF, end: QPointF, leaves: int) -> None:
    """Bend round, pass halfway between the two rows (or below one row), and bend round again."""
    dx, dy = abs(end.x() - start.x()), end.y() - start.y()
    height = start.y() + (dy / 2 if abs(dy) > AROUND else AROUND)
    middle = QPointF((start.x() + end.x()) / 2, height)
    pull = min(max(dx * 0.3, 2 * SHORTEST), LONGEST) * leaves
    along = QPointF(dx * 0.25 * leaves + pull * 0.4, 0.0)
    path.cubicTo(start + QPointF(pull, 0.0), middle + along, middle)
    path.cubicTo(middle - along, end - QPointF(pull, 0.0), end)
