"""The window without a mouse: menus, panels and canvas are reached by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QLineEdit, QListWidget, QMenu
from pytestqt.qtbot import QtBot

from cnnstudio.gui.commands.menus import with_mnemonic
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.gui.window.panels import PANELS, Panel
from tests.gui.window_user import LEFT, NONE, WindowUser

Key = Qt.Key
ALT, CONTROL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


def open_menu() -> str:
    """The path of the menu that is open, which is then closed."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    return menu.objectName().removeprefix("menu_")


def test_every_menu_opens_with_alt_and_its_letter(user: WindowUser) -> None:
    bar = user.window.menuBar()
    titles = [action.text() for action in bar.actions()]
    letters = [title[title.index("&") + 1].upper() for title in titles]
    assert len(set(letters)) == len(letters) == 8
    for title, letter in zip(titles, letters, strict=True):
        user.key(getattr(Key, f"Key_{letter}"), ALT)
        assert open_menu() == title.replace("&", "")
    user.key(Key.Key_F10)
    assert open_menu() == "File"


def test_a_mnemonic_is_a_letter_that_is_still_free() -> None:
    assert with_mnemonic("Export", ["&File", "&Edit"]) == "E&xport"
    assert with_mnemonic("Ed", ["&Edit", "&Data"]) == "Ed"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_every_panel_has_a_key_that_leads_to_it(user: WindowUser, panel: Panel) -> None:
    entry = user.entry("View/Go to", panel.title)
    dock = user.window.findChild(QDockWidget, f"dock_{panel.title.lower()}")
    dock.hide()
    user.window.canvas.setFocus()
    entry.trigger()
    assert dock.isVisible()
    assert dock.isAncestorOf(QApplication.focusWidget())
    assert entry.shortcut().toString() == panel.key
    user.key(Key.Key_0, ALT)
    assert user.window.canvas.hasFocus()


def test_from_the_canvas_to_the_fields_of_a_layer(user: WindowUser) -> None:
    user.studio.session.select(["conv1"])
    user.window.canvas.setFocus()
    user.key(Key.Key_3, ALT)
    assert isinstance(field := QApplication.focusWidget(), QLineEdit)
    assert (field.objectName(), field.text()) == ("node_name", "conv1")


def test_the_finder_knows_panels_and_says_where_nothing_is_found(user: WindowUser) -> None:
    user.key(Key.Key_P, CONTROL | SHIFT)
    finder = QApplication.activePopupWidget()
    assert finder is not None
    field, found = finder.findChild(QLineEdit), finder.findChild(QListWidget)
    message = finder.findChild(QLabel, "no_command")
    assert not message.isVisible()
    QTest.keyClicks(field, "zebra")
    assert message.isVisible()
    assert message.text() == "No command found."
    assert not found.isVisible()
    field.clear()
    QTest.keyClicks(field, "go to inspector")
    assert not message.isVisible()
    QTest.keyClick(field, Key.Key_Return)
    assert user.window.findChild(QDockWidget, "dock_inspector").isAncestorOf(QApplication.focusWidget())


def test_after_a_double_click_in_the_palette_keys_add_layers(user: WindowUser) -> None:
    session, palette = user.studio.session, user.window.findChild(QListWidget, "palette_list")
    item = next(item for item in palette.findItems("Convolution", Qt.MatchFlag.MatchExactly) if item.flags())
    place = palette.visualItemRect(item).center()
    QTest.mouseClick(palette.viewport(), LEFT, NONE, place)
    QTest.mouseDClick(palette.viewport(), LEFT, NONE, QPoint(place))
    user.qtbot.waitUntil(user.window.canvas.hasFocus)
    QTest.keyClick(QApplication.focusWidget(), Key.Key_P)
    kinds = [node.layer.kind for node in session.graph.nodes.values()]
    assert kinds[-2:] == ["convolution", "max_pooling"]
