"""A window's menu bar, made from command records."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from cnnstudio.gui.commands.command import Command, by_name


def with_mnemonic(title: str, taken: Iterable[str]) -> str:
    """The title with an & before its first letter that is the mnemonic of none of the other titles."""
    used = {other[other.index("&") + 1].lower() for other in taken if "&" in other}
    place = next((i for i, letter in enumerate(title) if letter.isalpha() and letter.lower() not in used), None)
    return title if place is None else f"{title[:place]}&{title[place:]}"


class Menus:
    """Creates an action for every command that has a menu path, and the menus for these paths."""

    def __init__(self, window: QMainWindow, commands: Iterable[Command]) -> None:
        self._window = window
        self.commands = by_name(commands)
        self._menus: dict[str, QMenu] = {}
        self.actions = {name: self._add(command) for name, command in self.commands.items() if command.menu}
        self.refresh()

    def menu(self, path: str) -> QMenu:
        """The menu with this path, created if there is none yet."""
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            owner = self.menu(parent) if parent else self._window.menuBar()
            taken = [action.text() for action in owner.actions() if action.menu() is not None]
            menu = owner.addMenu(with_mnemonic(title, taken))
            menu.setObjectName(f"menu_{path}")
            menu.aboutToShow.connect(self.refresh)
            menu.setToolTipsVisible(True)
            self._menus[path] = menu
        return self._menus[path]

    def insert_menu(self, menu: QMenu, *, after: str) -> None:
        """Insert a submenu below the command with this name."""
        parent = self.menu(self.commands[after].menu)
        actions = parent.actions()
        parent.insertMenu(actions[actions.index(self.actions[after]) + 1], menu)

    def refresh(self) -> None:
        """Update which actions are enabled and checked."""
        for name, action in self.actions.items():
            command = self.commands[name]
            if command.enabled is not None:
                action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def _add(self, command: Command) -> QAction:
        shortcuts = command.shortcuts()
        canvas_key = command.canvas_keys[0].describe() if command.canvas_keys and not shortcuts else ""
        action = QAction(f"{command.text}\t{canvas_key}" if canvas_key else command.text, self._window)
        action.setObjectName(command.name)
        action.setToolTip(command.tooltip())
        action.setStatusTip(command.tip)
        action.setShortcuts(shortcuts)
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda: self._trigger(command))
        if command.separated:
            self.menu(command.menu).addSeparator()
        self.menu(command.menu).addAction(action)
        self._window.addAction(action)
        return action

    def _trigger(self, command: Command) -> None:
        command.run()
        self.refresh()
