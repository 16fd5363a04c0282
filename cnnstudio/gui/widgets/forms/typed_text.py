"""Text that is being typed in a field: Escape drops it, and without any, Undo and Redo belong to the program.

A text that is no valid value is replaced by the value before, and it is said so.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from cnnstudio.spec import ParamError


def leaves_to_program(line: QLineEdit, event: QEvent) -> bool:
    """Whether the event asks for a shortcut, Undo or Redo, while no text is typed; it is then marked as ignored."""
    if event.type() is not QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent) or line.isModified():
        return False
    keys = QKeySequence.StandardKey
    if not (event.matches(keys.Undo) or event.matches(keys.Redo)):
        return False
    event.ignore()
    return True


def drops_text(line: QLineEdit, event: QKeyEvent) -> bool:
    """Whether the key is Escape and there is typed text to drop."""
    return event.key() == Qt.Key.Key_Escape and line.isModified()


def set_back(error: ParamError, value: str) -> str:
    """Why a text was not taken, and what the field was set back to."""
    return f"{error}; set back to {value or 'none'}"
