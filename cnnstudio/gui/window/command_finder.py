"""Find any command by its name and do it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cnnstudio.gui.window.actions import Actions


class CommandFinder(QDialog):
    """A field and a list that narrows as one types; Enter does the command that is marked."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_finder")
        self._actions = actions
        actions.refresh()
        self._field, self._list = QLineEdit(), QListWidget()
        self._field.setObjectName("command_field")
        self._list.setObjectName("command_list")
        self._field.setPlaceholderText("Type what you want to do")
        self._field.setAccessibleName("Command to find")
        self._list.setAccessibleName("Commands")
        self._field.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self._field.textChanged.connect(self._show)
        self._list.itemActivated.connect(self._do)
        self._list.itemClicked.connect(self._do)
        self._field.setFocus()
        self.resize(460, 380)
        self._show("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._list.currentItem() is not None:
                self._do(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _show(self, text: str) -> None:
        self._list.clear()
        words = text.lower().split()
        for command in self._actions.commands:
            action = self._actions.by_name[command.name]
            title = f"{command.menu.replace('/', ' › ')} › {command.text}"
            if action.isEnabled() and all(word in title.lower() or word in command.tip.lower() for word in words):
                keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
                item = QListWidgetItem(f"{title}    {keys}" if keys else title)
                item.setData(Qt.ItemDataRole.UserRole, action)
                item.setToolTip(command.tip)
                self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _do(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        action.trigger()
