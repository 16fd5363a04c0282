"""Commands as records: every place that shows a command says the same, and every key of one works."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from cnnstudio.gui.commands.shortcut_list import ShortcutList
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.layers import LAYERS
from tests.gui.window_user import WindowUser, entry_of

Key = Qt.Key


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


@pytest.fixture
def shortcuts(user: WindowUser) -> str:
    """The text of the window that lists the shortcuts."""
    user.choose("Help", "Keyboard shortcuts")
    (opened,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, ShortcutList) and w.isVisible()]
    text = opened.findChild(QTextBrowser).toPlainText()
    opened.close()
    return str(text)


def test_canvas_shortcuts_are_unique(window: MainWindow) -> None:
    keys = Counter(
        key.key for command in window.canvas.commands.values() for key in command.canvas_keys if not key.when
    )
    assert max(keys.values()) == 1


def test_all_keys_are_listed(user: WindowUser, shortcuts: str) -> None:
    for command in user.window.canvas.commands.values():
        for text in command.key_texts():
            assert text in shortcuts, command.name
    for action in user.window.actions():
        if action.objectName() and not action.shortcut().isEmpty():
            assert action.shortcut().toString() in shortcuts, action.text()


def test_menus_show_canvas_keys(user: WindowUser) -> None:
    for path, text, keys in (("Edit", "Delete", "Del"), ("Edit", "Rename", "F2"), ("Network", "Add layer…", "Shift+A")):
        assert entry_of(user.menu(path), text).text() == f"{text}\t{keys}"
        user.menu(path).close()


def test_the_menu_adds_any_layer_and_shows_its_key(user: WindowUser) -> None:
    session = user.studio.session
    for kind in ("convolution", "leaky_relu"):
        layer = LAYERS[kind]
        entry = user.entry("Network/Add", layer.title)
        assert entry.text().partition("\t")[2] == layer.key
        user.choose("Network/Add", layer.title)
        assert session.graph.nodes[session.selection[0]].layer.kind == kind


def test_the_menu_selects_the_next_layer(user: WindowUser) -> None:
    session = user.studio.session
    session.select(["conv1"])
    user.choose("Edit/Select", "Next layer")
    assert session.selection == ("relu1",)
    user.choose("Edit/Select", "Previous layer")
    assert session.selection == ("conv1",)


def test_buttons_and_menu_entries_have_the_same_tooltip(user: WindowUser) -> None:
    for name, text in (("train", "Train or pause"), ("step", "Step"), ("stop", "Stop")):
        assert user.button(f"{name}_button").toolTip() == user.entry("Train", text).toolTip()


def test_a_key_that_no_command_uses_is_passed_on(user: WindowUser) -> None:
    before = user.studio.session.project
    QTest.keyClick(user.window.canvas, Key.Key_X)
    assert user.studio.session.project == before
