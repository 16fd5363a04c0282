"""Every command of the program as one record: menus, shortcuts, tooltips and the command finder read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

Shortcut = QKeySequence.StandardKey | str


@dataclass(frozen=True)
class Command:
    """What is done, where it stands in the menus (`Train` or `View/Theme`), and by which keys it is reached.

    `enabled` and `checked` are asked whenever a menu opens and after every change. One that is `separated` has a line
    above it.
    """

    name: str
    menu: str
    text: str
    run: Callable[[], object]
    tip: str = ""
    keys: tuple[Shortcut, ...] = ()
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    separated: bool = False


class Actions:
    """The commands as Qt actions, in menus."""

    def __init__(self, window: QMainWindow, commands: Iterable[Command]) -> None:
        self._window = window
        self.commands = tuple(commands)
        self._menus: dict[str, QMenu] = {}
        self.by_name = {command.name: self._make(command) for command in self.commands}
        self.refresh()

    def menu(self, path: str) -> QMenu:
        """The menu of this path, made on first use."""
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            made = self.menu(parent).addMenu(title) if parent else self._window.menuBar().addMenu(title)
            made.setObjectName(f"menu_{path}")
            made.aboutToShow.connect(self.refresh)
            made.setToolTipsVisible(True)
            self._menus[path] = made
        return self._menus[path]

    def refresh(self) -> None:
        """Enable and check every action as things are now."""
        for command in self.commands:
            action = self.by_name[command.name]
            if command.enabled is not None:
                action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def _make(self, command: Command) -> QAction:
        action = QAction(command.text, self._window)
        action.setObjectName(command.name)
        action.setToolTip(command.tip or command.text)
        action.setStatusTip(command.tip)
        action.setShortcuts(list(_sequences(command.keys)))
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


def _sequences(keys: Iterable[Shortcut]) -> Iterable[QKeySequence]:
    """Standard keys as the platform has them, then those written out; none twice."""
    found: list[QKeySequence] = []
    for key in keys:
        more = [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
        found += [sequence for sequence in more if sequence not in found]
    return found
