"""A line edit that commits on Enter or when it loses focus and reverts on Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnstudio.gui.widgets.forms.typed_text import drops_text, leaves_to_program


class TextField(QLineEdit):
    """Emits `entered` once the text is committed, not on every keystroke."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._committed = ""
        self.editingFinished.connect(self._on_editing_finished)

    def show_text(self, text: str) -> None:
        """Show a text that was set elsewhere, without emitting `entered`."""
        self._committed = text
        if text != self.text():
            self.setText(text)

    def event(self, event: QEvent) -> bool:
        return False if leaves_to_program(self, event) else super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if drops_text(self, event):
            self.setText(self._committed)
            self.selectAll()
            self.textEdited.emit(self._committed)
            return
        super().keyPressEvent(event)

    def _on_editing_finished(self) -> None:
        text = self.text()
        self.setModified(False)
        if text != self._committed:
            self._committed = text
            self.entered.emit(text)
