"""Questions: mnemonics, Enter and Escape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.widgets.question import Answer, ask, confirm


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def when_asked(act: Callable[[QMessageBox], object]) -> None:
    """Do this with the next question."""

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            act(box)
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(0, look)


def press(key: Qt.Key) -> Callable[[QMessageBox], None]:
    return lambda box: QTest.keyClick(box, key)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_no_key_by_itself_loses_something(parent: QWidget, key: Qt.Key) -> None:
    when_asked(press(key))
    assert not confirm(parent, "Save", "a.cnn already exists. Replace it?", "&Replace")


def test_every_answer_has_a_mnemonic(parent: QWidget) -> None:
    keys: list[str] = []

    def agree(box: QMessageBox) -> None:
        keys.extend(sorted(button.shortcut().toString() for button in box.buttons()))
        box.button(Answer.Yes).click()

    when_asked(agree)
    assert confirm(parent, "Save", "a.cnn already exists. Replace it?", "&Replace")
    assert keys == ["Alt+C", "Alt+R"]


@pytest.mark.parametrize(("key", "answer"), [(Qt.Key.Key_Return, Answer.Save), (Qt.Key.Key_Escape, Answer.Cancel)])
def test_enter_and_escape_have_an_answer_each(parent: QWidget, key: Qt.Key, answer: Answer) -> None:
    answers = {Answer.Save: "&Save", Answer.Discard: "&Discard", Answer.Cancel: "&Cancel"}
    when_asked(press(key))
    assert ask(parent, "Unsaved changes", "?", answers, enter=Answer.Save, escape=Answer.Cancel) is answer


def test_names_are_shown_as_plain_text(parent: QWidget) -> None:
    shown: list[tuple[str, Qt.TextFormat]] = []

    def look(box: QMessageBox) -> None:
        shown.append((box.text(), box.textFormat()))
        box.reject()

    when_asked(look)
    confirm(parent, "Save", "<img src=x>\x1b[31m exists.", "&Replace")
    ((text, text_format),) = shown
    assert text.startswith("<img src=x>")
    assert "\x1b" not in text
    assert text_format is Qt.TextFormat.PlainText
