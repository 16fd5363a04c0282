"""What an empty panel shows: what will appear there, and the button that makes it appear."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.labels import BodyText, tooltip


class EmptyState(QWidget):
    """A sentence in the middle, and below it a button if there is something to do."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = _EmptyText(text)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._column.addWidget(self._text)
        self._column.addStretch(1)

    def show_text(self, text: str) -> None:
        """Show another sentence."""
        self._text.setText(text)

    def add_action(self, name: str, text: str, help_text: str, action: Callable[[], object]) -> QPushButton:
        """Add the button; `name` is for tests and style sheets."""
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tooltip(help_text))
        button.clicked.connect(lambda: action())
        self.add_button(button)
        return button

    def add_button(self, button: QPushButton) -> None:
        """Add a button made elsewhere."""
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignCenter)


class _EmptyText(BodyText):
    """The style sheet knows this class by name."""
