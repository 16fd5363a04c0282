"""The placeholder of an empty panel: what will appear there, and a button that makes it appear."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.labels import BodyText, tooltip


class EmptyState(QWidget):
    """A centered text with optional buttons below it."""

    def __init__(self, text: str, parent: QWidget | None = None, *, name: str = "") -> None:
        """`name` is the object name of the text."""
        super().__init__(parent)
        self._text = _EmptyText(text)
        self._text.setObjectName(name)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._column.addWidget(self._text)
        self._column.addStretch(1)

    def show_text(self, text: str) -> None:
        """Replace the text."""
        self._text.setText(text)

    def add_action(self, name: str, text: str, help_text: str, action: Callable[[], object]) -> QPushButton:
        """Add a button that calls `action`; `name` is its object name."""
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tooltip(help_text))
        button.clicked.connect(lambda: action())
        self.add_button(button)
        return button

    def add_button(self, button: QPushButton) -> None:
        """Add an existing button below the text."""
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignCenter)


class _EmptyText(BodyText):
    """Styled by class name in the style sheet."""
