"""The base class of parameter editors."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget


class Editor(QWidget):
    """Shows a parameter's value and emits the user's edits; `field` is the widget that takes keyboard focus."""

    edited = Signal(object)  # a valid value entered by the user
    rejected = Signal(str)  # why the typed text is invalid; empty once it is valid again

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        self.field = field
        self.setFocusProxy(field)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)

    def identify(self, name: str, label: str, help_text: str) -> None:
        """Set object name, accessible name and tooltip."""
        self.field.setObjectName(name)
        self.field.setAccessibleName(label)
        self.field.setToolTip(help_text)

    def show_value(self, value: Any) -> None:
        """Show a value that was set elsewhere, without emitting `edited`."""
        raise NotImplementedError
