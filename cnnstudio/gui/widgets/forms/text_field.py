"""A line of text that takes effect with Enter or when it is left, and goes back with Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnstudio.gui.widgets.forms.number_box import leaves_undo


class TextField(QLineEdit):
    """Tells a text once it is entered, not at every letter."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.editingFinished.connect(self._on_editing_finished)

    def show_text(self, text: str) -> None:
        """Show a text that was set elsewhere."""
        self._shown = text
        if text != self.text():
            self.setText(text)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and leaves_undo(self, event):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setText(self._shown)
            self.selectAll()
            self.textEdited.emit(self._shown)
            return
        super().keyPressEvent(event)

    def _on_editing_finished(self) -> None:
        text = self.text()
        self.setModified(False)
        if text != self._shown:
            self._shown = text
            self.entered.emit(text)
