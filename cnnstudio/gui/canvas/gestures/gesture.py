"""The interface of a mouse gesture: it follows the pointer until it is finished or canceled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

OVERLAY_Z = 10.0  # z value of items that are shown only during a gesture


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is, in viewport pixels and in scene coordinates, and which modifier keys are held."""

    pixel: QPointF
    place: QPointF
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def is_drag_from(self, other: Pointer) -> bool:
        """Whether it is far enough away for this to be a drag and not a click."""
        return (self.pixel - other.pixel).manhattanLength() >= QApplication.startDragDistance()


class Gesture(ABC):
    """Starts when it is created. `hint` is a text to show beside the pointer; usually empty."""

    cursor = Qt.CursorShape.ArrowCursor
    hint = ""

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """Follow the pointer and show what finishing here would do."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the gesture."""

    @abstractmethod
    def cancel(self) -> None:
        """End the gesture without changing anything."""
