"""The windows of the Help menu."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox

from cnnstudio import __version__
from cnnstudio.gui.commands.command import Command
from cnnstudio.gui.commands.command_finder import CommandFinder
from cnnstudio.gui.commands.menus import Menus
from cnnstudio.gui.commands.shortcut_list import ShortcutList
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.window.layer_help import LayerHelp

ABOUT = (
    f"<h3>CNN Studio {__version__}</h3><p>Build convolutional networks by hand, train them, watch them learn, "
    "and export them.</p><p>MIT license. Qt is used under the LGPL; the fonts Inter and JetBrains Mono "
    "under the SIL Open Font License.</p>"
)


class HelpDialogs:
    """Opens the command finder, help on layers, the shortcut list and the about box."""

    def __init__(self, session: Session, window: QMainWindow) -> None:
        self._session, self._window = session, window

    def find_command(self, menus: Menus) -> None:
        """Open the command finder in the middle of the window."""
        finder = CommandFinder(menus, self._window)
        finder.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        finder.move(self._window.mapToGlobal(self._window.rect().center()) - finder.rect().center())
        finder.show()
        finder.activateWindow()

    def explain_layer(self) -> None:
        """Explain the selected layer, or all layers if none is selected."""
        selection, graph = self._session.selection, self._session.graph
        window = self._window.findChild(LayerHelp) or LayerHelp(self._window)
        window.show_layer(graph.nodes[selection[0]].layer.kind if selection else "")
        _open(window)

    def list_shortcuts(self, commands: Iterable[Command]) -> None:
        """List all keyboard shortcuts."""
        _open(self._window.findChild(ShortcutList) or ShortcutList(commands, self._window))

    def show_about(self) -> None:
        """Show version and licenses."""
        QMessageBox.about(self._window, "About CNN Studio", ABOUT)


def _open(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
