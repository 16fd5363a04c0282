"""The window that lists all keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from cnnstudio.gui.commands.command import Command


class ShortcutList(QDialog):
    """A table of commands with their keys, grouped by menu."""

    def __init__(self, commands: Iterable[Command], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcut_list")
        self.setWindowTitle("Keyboard shortcuts - CNN Studio")
        text = QTextBrowser()
        text.setAccessibleName("Keyboard shortcuts")
        text.setHtml(describe_shortcuts(commands))
        column = QVBoxLayout(self)
        column.addWidget(text)
        self.resize(560, 640)


def describe_shortcuts(commands: Iterable[Command]) -> str:
    """The keys of all commands as HTML, grouped by top-level menu."""
    groups: dict[str, list[str]] = {}
    for command in commands:
        everywhere = ", ".join(command.shortcut_texts())
        on_canvas = ", ".join(key.describe() for key in command.canvas_keys)
        if everywhere or on_canvas:
            group = command.menu.partition("/")[0] or "Canvas"
            cells = (command.text.removesuffix("…"), everywhere, on_canvas)
            row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            groups.setdefault(group, []).append(f"<tr>{row}</tr>")
    head = "<tr><th align=left>Command</th><th align=left>Anywhere</th><th align=left>On the canvas</th></tr>"
    body = "".join(
        f"<tr><td colspan=3><h3>{escape(group)}</h3></td></tr>{''.join(rows)}" for group, rows in groups.items()
    )
    return f"<table cellpadding=4 width='100%'>{head}{body}</table>"
