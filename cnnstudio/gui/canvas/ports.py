"""Ports: their types and states, where they are on a node, and how they are painted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import CanvasColors, with_alpha

RADIUS = 5.0
HIT_RADIUS = 11.0  # canvas units around a port's center within which it is hit
SPACING = 24.0  # canvas units between two ports on one side
ALIGNED = 40.0  # nodes whose x differ by fewer canvas units count as one above the other


class PortType(Enum):
    """Whether data enters or leaves a node at a port."""

    INPUT = "input"
    OUTPUT = "output"


class PortState(Enum):
    """How a port is shown while a connection is dragged."""

    NORMAL = "normal"
    ACCEPTING = "accepting"  # the connection is allowed here
    REFUSING = "refusing"  # it is not
    TARGET = "target"  # the connection will end here


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a node; an output port always has the number 0."""

    node: NodeId
    type: PortType
    number: int = 0


def runs_left(x: float, sources: Iterable[float], targets: Iterable[float]) -> bool:
    """Whether data flows from right to left through a node at x, given the x of its sources and targets.

    If they disagree, the sources decide. Such a node has its inputs on the right.
    """
    arriving = sum(_side(x - source) for source in sources)
    flow = arriving + sum(_side(target - x) for target in targets)
    return (flow or arriving) < 0


def port_offsets(count: int, height: float) -> list[float]:
    """The vertical offsets of ports from the middle of a side of this height."""
    if count == 1:
        return [0.0]
    spacing = min(SPACING, height / count) if count else 0.0
    return [(index - (count - 1) / 2) * spacing for index in range(count)]


def paint_port(
    painter: QPainter, colors: CanvasColors, at: QPointF, port_type: PortType, state: PortState, hovered: bool
) -> None:
    """Paint a ring for an input and a disc for an output; a hovered port or a target is larger and colored."""
    radius, line, fill = RADIUS, colors.edge, colors.background if port_type is PortType.INPUT else colors.edge
    if state is PortState.REFUSING:
        line, fill = with_alpha(colors.edge, 0.35), colors.background
    elif state is PortState.ACCEPTING:
        line, fill = colors.accent, colors.background
        painter.setPen(QPen(with_alpha(colors.accent, 0.30), 4.0))
        painter.drawEllipse(at, radius + 2.5, radius + 2.5)
    if state is PortState.TARGET or (hovered and state is PortState.NORMAL):
        radius, line, fill = RADIUS + 1.5, colors.accent, colors.accent
    painter.setPen(QPen(line, 2.0))
    painter.setBrush(fill)
    painter.drawEllipse(at, radius, radius)


def _side(distance: float) -> int:
    return 0 if abs(distance) < ALIGNED else (1 if distance > 0.0 else -1)
