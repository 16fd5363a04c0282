"""The message bar."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets import message_bar
from cnnstudio.gui.widgets.message_bar import MessageBar

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> MessageBar:
    monkeypatch.setattr(message_bar, "INFO_STAYS", 100)
    made = MessageBar(studio.theme)
    qtbot.addWidget(made)
    made.resize(600, 40)
    return made


def text(bar: MessageBar) -> str:
    label = bar.findChild(QLabel, "message_text")
    return label.text() if bar.isVisible() else ""


def test_a_problem_stays_until_dismissed_and_can_be_copied(bar: MessageBar, qtbot: QtBot) -> None:
    bar.show_message("problem", "The disk is <full>.")
    qtbot.wait(200)
    assert text(bar) == "The disk is <full>."
    qtbot.mouseClick(next(b for b in bar.findChildren(QPushButton) if b.text() == "Copy"), LEFT)
    assert QApplication.clipboard().text() == "The disk is <full>."
    qtbot.mouseClick(bar.findChild(QToolButton, "message_close"), LEFT)
    assert text(bar) == ""


def test_an_info_hides_by_itself(bar: MessageBar, qtbot: QtBot) -> None:
    bar.show_message("info", "Saved.")
    assert text(bar) == "Saved."
    qtbot.waitUntil(lambda: text(bar) == "", timeout=1000)


def test_a_message_with_an_action_stays_and_runs_it_once(bar: MessageBar, qtbot: QtBot) -> None:
    done: list[str] = []
    bar.show_message("info", "Restore?", "Restore", lambda: done.append("restored"))
    qtbot.wait(200)
    assert text(bar) == "Restore?"
    qtbot.mouseClick(bar.findChild(QPushButton, "message_action"), LEFT)
    assert done == ["restored"]
    assert text(bar) == ""
    bar.show_message("problem", "Something else.")
    assert not bar.findChild(QPushButton, "message_action").isVisible()


def test_text_is_never_interpreted_as_markup(bar: MessageBar) -> None:
    assert bar.findChild(QLabel, "message_text").textFormat() is Qt.TextFormat.PlainText


def test_colors_follow_the_theme(bar: MessageBar, studio: Studio) -> None:
    bar.show_message("problem", "A problem.")
    dark = bar.grab().toImage()
    studio.theme.choose("light")
    light = bar.grab().toImage()
    bar.hide()
    bar.show_message("problem", "A problem.")
    assert bar.grab().toImage() == light != dark
