"""The menus on the canvas: of a node, of an edge, of the ground, and of ways to mend a problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from cnnstudio.graph import Edge, NodeId
from cnnstudio.gui.canvas.node_summary import problems_of
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.state.session import Session

Act = Callable[[], object]


def node_menu(session: Session, node_id: NodeId, rename: Act, parent: QWidget) -> QMenu:
    """What can be done with the selected nodes, of which this one was clicked."""
    menu = _menu("node_menu", parent)
    if _add_fixes(menu, session, node_id):
        menu.addSeparator()
    _add(menu, "Rename", "F2", rename)
    _add(menu, "Duplicate", "Ctrl+D", partial(clipboard.duplicate_selection, session))
    menu.addSeparator()
    _add(menu, "Cut", "Ctrl+X", partial(clipboard.cut_selection, session))
    _add(menu, "Copy", "Ctrl+C", partial(clipboard.copy_selection, session))
    _add(menu, "Delete", "Del", partial(editing.delete_selection, session))
    return menu


def edge_menu(session: Session, edge: Edge, insert: Act, parent: QWidget) -> QMenu:
    """What can be done with an edge."""
    menu = _menu("edge_menu", parent)
    _add(menu, "Insert a layer here …", "", insert)
    _add(menu, "Disconnect", "Del", partial(editing.disconnect, session, edge))
    return menu


def ground_menu(session: Session, add: Act, fit: Act, parent: QWidget) -> QMenu:
    """What can be done where there is nothing."""
    menu = _menu("ground_menu", parent)
    _add(menu, "Add a layer …", "Shift+A", add)
    _add(menu, "Paste", "Ctrl+V", partial(clipboard.paste, session))
    menu.addSeparator()
    _add(menu, "Select all", "Ctrl+A", partial(editing.select_all, session))
    _add(menu, "Arrange", "", partial(editing.arrange_all, session))
    _add(menu, "Fit in view", "Home", fit)
    return menu


def fix_menu(session: Session, node_id: NodeId, parent: QWidget) -> QMenu | None:
    """The ways to mend a node's problems; None where none is known."""
    menu = _menu("fix_menu", parent)
    if _add_fixes(menu, session, node_id):
        return menu
    menu.deleteLater()
    return None


def _add_fixes(menu: QMenu, session: Session, node_id: NodeId) -> bool:
    fixes = [fix for problem in problems_of(session.report, node_id) for fix in problem.fixes]
    for fix in fixes:
        _add(menu, fix.title, "", partial(editing.apply_fix, session, fix))
    return bool(fixes)


def _menu(name: str, parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    menu.setObjectName(name)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add(menu: QMenu, text: str, keys: str, act: Act) -> None:
    """Add an entry; its keys are only told, for others listen to them."""
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.triggered.connect(act)
