"""The bar above the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets import message_bar as notice
from cnnstudio.gui.widgets.message_bar import Notice

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Notice:
    monkeypatch.setattr(notice, "INFO_STAYS", 100)
    made = Notice(studio.theme)
    qtbot.addWidget(made)
    made.resize(600, 40)
    return made


def text(bar: Notice) -> str:
    label = bar.findChild(QLabel, "notice_text")
    return label.text() if bar.isVisible() else ""


def test_a_problem_stays_until_it_is_closed_and_can_be_copied(bar: Notice, qtbot: QtBot) -> None:
    bar.say("problem", "The disk is <full>.")
    qtbot.wait(200)
    assert text(bar) == "The disk is <full>."
    qtbot.mouseClick(next(b for b in bar.findChildren(QPushButton) if b.text() == "Copy"), LEFT)
    assert QApplication.clipboard().text() == "The disk is <full>."
    qtbot.mouseClick(bar.findChild(QToolButton, "notice_close"), LEFT)
    assert text(bar) == ""


def test_an_info_goes_by_itself(bar: Notice, qtbot: QtBot) -> None:
    bar.say("info", "Saved.")
    assert text(bar) == "Saved."
    qtbot.waitUntil(lambda: text(bar) == "", timeout=1000)


def test_a_question_stays_and_does_what_is_clicked_once(bar: Notice, qtbot: QtBot) -> None:
    done: list[str] = []
    bar.say("info", "Restore?", "Restore", lambda: done.append("restored"))
    qtbot.wait(200)
    assert text(bar) == "Restore?"
    qtbot.mouseClick(bar.findChild(QPushButton, "notice_action"), LEFT)
    assert done == ["restored"]
    assert text(bar) == ""
    bar.say("problem", "Something else.")
    assert not bar.findChild(QPushButton, "notice_action").isVisible()


def test_what_people_named_is_not_taken_for_markup(bar: Notice) -> None:
    assert bar.findChild(QLabel, "notice_text").textFormat() is Qt.TextFormat.PlainText


def test_follows_the_theme(bar: Notice, studio: Studio) -> None:
    bar.say("problem", "A problem.")
    dark = bar.grab().toImage()
    studio.theme.choose("light")
    light = bar.grab().toImage()
    bar.hide()
    bar.say("problem", "A problem.")
    assert bar.grab().toImage() == light != dark
