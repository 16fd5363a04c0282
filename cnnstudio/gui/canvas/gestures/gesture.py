"""What a gesture is: it follows the pointer until it is finished or cancelled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

ABOVE = 10.0  # where things lie that are shown only while a gesture lasts


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is: in pixels of the viewport, and on the plane; and the modifier keys that are held."""

    pixel: QPointF
    place: QPointF
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def far_from(self, other: Pointer) -> bool:
        """Whether it is far enough from there for a drag, and not just a shaky click."""
        return (self.pixel - other.pixel).manhattanLength() >= QApplication.startDragDistance()


class Gesture(ABC):
    """Begins when it is made. `hint` is what to say beside the pointer; mostly nothing."""

    cursor = Qt.CursorShape.ArrowCursor
    hint = ""

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """Follow the pointer and show what would happen."""

    @abstractmethod
    def finish(self) -> None:
        """Do it."""

    @abstractmethod
    def cancel(self) -> None:
        """Leave everything as it was."""
