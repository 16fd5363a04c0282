"""The context menus of the canvas: for nodes, for an edge, for the background, and with the fixes for a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.layer_insertion import LayerInsertion
from cnnstudio.gui.canvas.node_summary import problems_of
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.commands.command import Command
from cnnstudio.gui.state import editing
from cnnstudio.gui.widgets.menu_text import menu_text

NODE_COMMANDS = ("rename", "duplicate", "", "cut", "copy", "delete")  # an empty name is a separator
BACKGROUND_COMMANDS = ("paste", "", "select_all", "arrange", "fit")


class ContextMenus:
    """Builds context menus, mostly from command records."""

    def __init__(
        self, commands: Mapping[str, Command], scene: CanvasScene, insertion: LayerInsertion, parent: QWidget
    ) -> None:
        self._commands, self._scene, self._insertion, self._parent = commands, scene, insertion, parent

    def menu_at(self, place: QPointF) -> QMenu:
        """The menu for what is at a point of the scene, which is selected."""
        scene, session = self._scene, self._scene.session
        item, edge = scene.node_at(place), scene.edge_at(place)
        if item is not None:
            if item.node_id not in session.selection:
                session.select([item.node_id])
            return self._node_menu(item.node_id)
        if edge is not None:
            scene.select_edge(edge)
            return self._edge_menu(place)
        return self._background_menu(place)

    def fix_menu(self, node_id: NodeId) -> QMenu | None:
        """The fixes for a node's problems; None if there are none."""
        menu = self._new("fix_menu")
        if self._add_fixes(menu, node_id):
            return menu
        menu.deleteLater()
        return None

    def _node_menu(self, node_id: NodeId) -> QMenu:
        menu = self._new("node_menu")
        if self._add_fixes(menu, node_id):
            menu.addSeparator()
        self._add_commands(menu, NODE_COMMANDS)
        return menu

    def _edge_menu(self, place: QPointF) -> QMenu:
        menu = self._new("edge_menu")
        _add(menu, "Insert layer here…", partial(self._insertion.open_at, place))
        delete = self._commands["delete"]
        _add(menu, "Disconnect", delete.run, delete)
        return menu

    def _background_menu(self, place: QPointF) -> QMenu:
        menu = self._new("background_menu")
        add = self._commands["add_layer"]
        _add(menu, add.text, partial(self._insertion.open_at, place), add)
        self._add_commands(menu, BACKGROUND_COMMANDS)
        return menu

    def _add_commands(self, menu: QMenu, names: tuple[str, ...]) -> None:
        for name in names:
            if name:
                command = self._commands[name]
                _add(menu, command.text, command.run, command)
            else:
                menu.addSeparator()

    def _add_fixes(self, menu: QMenu, node_id: NodeId) -> bool:
        session = self._scene.session
        fixes = [fix for problem in problems_of(session.report, node_id) for fix in problem.fixes]
        for fix in fixes:
            _add(menu, menu_text(fix.title), partial(editing.apply_fix, session, fix))
        return bool(fixes)

    def _new(self, name: str) -> QMenu:
        menu = QMenu(self._parent)
        menu.setObjectName(name)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu


def _add(menu: QMenu, text: str, run: Callable[[], object], command: Command | None = None) -> None:
    """Add an entry; it shows the command's first key and is enabled if the command is."""
    keys = command.key_texts() if command else []
    action = menu.addAction(f"{text}\t{keys[0]}" if keys else text)
    action.setEnabled(command is None or command.available)
    action.triggered.connect(lambda: run())
