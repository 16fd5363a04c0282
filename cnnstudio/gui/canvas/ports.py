"""Ports: which there are, where they lie on a card's sides, and how they are painted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import Ink, faded

RADIUS = 5.0
REACH = 11.0  # canvas units from its center within which a port is hit
SPACING = 24.0  # between two ports on one side
ALIGNED = 40.0  # canvas units that a neighbour must be to one side to count as being there


class End(Enum):
    """On which side of a layer a port is."""

    INPUT = "input"
    OUTPUT = "output"


class Mark(Enum):
    """What a port shows while a connection is dragged."""

    NONE = "none"
    OPEN = "open"  # would accept it
    CLOSED = "closed"  # would not
    AIMED = "aimed"  # is going to be taken


@dataclass(frozen=True, slots=True)
class Port:
    """A port by the id of its node; outputs have the number 0."""

    node: NodeId
    end: End
    number: int = 0


def runs_left(x: float, sources: Iterable[float], targets: Iterable[float]) -> bool:
    """Whether data flows from right to left through a node at x, given where its neighbours are.

    Rows that turn back do; their inputs are then on the right. Where neighbours disagree, the inputs decide.
    """
    arriving = sum(_side(x - source) for source in sources)
    flow = arriving + sum(_side(target - x) for target in targets)
    return (flow or arriving) < 0


def heights(count: int, room: float) -> list[float]:
    """Where so many ports lie on a side `room` high, from its middle."""
    spacing = min(SPACING, room / count) if count else 0.0
    return [(index - (count - 1) / 2) * spacing for index in range(count)]


def paint_port(painter: QPainter, ink: Ink, at: QPointF, end: End, mark: Mark, hovered: bool) -> None:
    """A ring for an input, a filled circle for an output; larger and colored where something would happen."""
    radius, line, ground = RADIUS, ink.edge, ink.ground if end is End.INPUT else ink.edge
    if mark is Mark.CLOSED:
        line, ground = faded(ink.edge, 0.35), ink.ground
    elif mark is Mark.OPEN:
        line, ground = ink.accent, ink.ground
        painter.setPen(QPen(faded(ink.accent, 0.30), 4.0))
        painter.drawEllipse(at, radius + 2.5, radius + 2.5)
    if mark is Mark.AIMED or (hovered and mark is Mark.NONE):
        radius, line, ground = RADIUS + 1.5, ink.accent, ink.accent
    painter.setPen(QPen(line, 2.0))
    painter.setBrush(ground)
    painter.drawEllipse(at, radius, radius)


def _side(distance: float) -> int:
    return 0 if abs(distance) < ALIGNED else (1 if distance > 0.0 else -1)
