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
from tests.gui.person import Person, entry_of

Key = Qt.Key


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    return Person(window, qtbot)


@pytest.fixture
def shortcuts(person: Person) -> str:
    """The text of the window that lists the shortcuts."""
    person.choose("Help", "Keyboard shortcuts")
    (opened,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, ShortcutList) and w.isVisible()]
    text = opened.findChild(QTextBrowser).toPlainText()
    opened.close()
    return str(text)


def test_no_key_of_the_canvas_means_two_things_at_once(window: MainWindow) -> None:
    keys = Counter(
        key.key for command in window.canvas.commands.values() for key in command.canvas_keys if not key.when
    )
    assert max(keys.values()) == 1


def test_all_keys_are_listed(person: Person, shortcuts: str) -> None:
    for command in person.window.canvas.commands.values():
        for text in command.key_texts():
            assert text in shortcuts, command.name
    for action in person.window.actions():
        if action.objectName() and not action.shortcut().isEmpty():
            assert action.shortcut().toString() in shortcuts, action.text()


def test_menus_show_canvas_keys(person: Person) -> None:
    for path, text, keys in (("Edit", "Delete", "Del"), ("Edit", "Rename", "F2"), ("Network", "Add layer…", "Shift+A")):
        assert entry_of(person.menu(path), text).text() == f"{text}\t{keys}"
        person.menu(path).close()


def test_the_menu_adds_any_layer_and_shows_its_key(person: Person) -> None:
    session = person.studio.session
    for kind in ("convolution", "leaky_relu"):
        layer = LAYERS[kind]
        entry = person.entry("Network/Add", layer.title)
        assert entry.text().partition("\t")[2] == layer.key
        person.choose("Network/Add", layer.title)
        assert session.graph.nodes[session.selection[0]].layer.kind == kind


def test_the_menu_walks_from_layer_to_layer(person: Person) -> None:
    session = person.studio.session
    session.select(["conv1"])
    person.choose("Edit/Select", "Next layer")
    assert session.selection == ("relu1",)
    person.choose("Edit/Select", "Previous layer")
    assert session.selection == ("conv1",)


def test_buttons_and_menu_entries_have_the_same_tooltip(person: Person) -> None:
    for name, text in (("train", "Train or pause"), ("step", "Step"), ("stop", "Stop")):
        assert person.button(f"{name}_button").toolTip() == person.entry("Train", text).toolTip()


def test_a_key_that_no_command_uses_is_passed_on(person: Person) -> None:
    before = person.studio.session.project
    QTest.keyClick(person.window.canvas, Key.Key_X)
    assert person.studio.session.project == before
