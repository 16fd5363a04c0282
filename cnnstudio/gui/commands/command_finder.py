"""A popup to find any command by its name and run it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cnnstudio.gui.commands.menus import Menus


class CommandFinder(QDialog):
    """A search field above the list of matching commands; Enter runs the selected one."""

    def __init__(self, menus: Menus, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_finder")
        self._menus = menus
        menus.refresh()
        self._field, self._list = QLineEdit(), QListWidget()
        self._field.setObjectName("command_field")
        self._list.setObjectName("command_list")
        self._field.setPlaceholderText("Search commands…")
        self._field.setAccessibleName("Search commands")
        self._list.setAccessibleName("Commands")
        self._no_match = QLabel("No command found.")
        self._no_match.setObjectName("no_command")
        self._no_match.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._field.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._field)
        column.addWidget(self._list, 1)
        column.addWidget(self._no_match, 1)
        self._field.textChanged.connect(self._list_matches)
        self._list.itemActivated.connect(self._run)
        self._list.itemClicked.connect(self._run)
        self._field.setFocus()
        self.resize(460, 380)
        self._list_matches("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._list.currentItem() is not None:
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _list_matches(self, text: str) -> None:
        """List the enabled commands whose title or tip contains every word of the text."""
        self._list.clear()
        words = text.lower().split()
        for name, action in self._menus.actions.items():
            command = self._menus.commands[name]
            searched = f"{command.title}\n{command.tip}".lower()
            if action.isEnabled() and all(word in searched for word in words):
                keys = command.key_texts()
                item = QListWidgetItem(f"{command.title}    {keys[0]}" if keys else command.title)
                item.setData(Qt.ItemDataRole.UserRole, action)
                item.setToolTip(command.tooltip())
                self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(self._list.count() > 0)
        self._no_match.setVisible(not self._list.count())

    def _run(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        action.trigger()
