"""Runs commands by their canvas keys."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from cnnstudio.gui.commands.command import CanvasKey, Command

SHIFT, KEYPAD = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier


class KeyboardHandler:
    """Passes the key events of one widget to the commands that they are bound to.

    If several commands share a key, the first one runs that is available and whose key's condition holds.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self._bindings: dict[str, list[tuple[CanvasKey, Command]]] = {}
        for command in commands:
            for key in command.canvas_keys:
                self._bindings.setdefault(QKeySequence(key.key).toString(), []).append((key, command))
        self._held: dict[int, Command] = {}  # by key: commands that run something when their key is released

    def press(self, event: QKeyEvent) -> bool:
        """Run the command of a pressed key; returns whether the key was used."""
        for key, command in self._bindings.get(_combination(event), ()):
            if command.available and (key.when is None or key.when()):
                if command.release is not None:
                    self._held[event.key()] = command
                return command.run() is not False
        return False

    def release(self, event: QKeyEvent) -> None:
        """Tell the command of a released key, if it wants to know."""
        if event.isAutoRepeat():
            return
        command = self._held.pop(event.key(), None)
        if command is not None and command.release is not None:
            command.release()


def _combination(event: QKeyEvent) -> str:
    """The key with its modifiers as in `Shift+A`; keys of the keypad are like any others."""
    key, modifiers = event.key(), event.modifiers() & ~KEYPAD
    if key == Qt.Key.Key_Backtab:
        key, modifiers = Qt.Key.Key_Tab, modifiers | SHIFT
    return QKeySequence(key | modifiers.value).toString()
