"""Saving over a file that another program has changed meanwhile asks first, and proposes what loses nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state import editing
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import load, new_project, save
from tests.gui.window_user import Button, WindowUser, button_clicked, cancelled, enter_pressed, path_typed

Key, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier
OTHER = new_project("lenet5")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.cnn"


@pytest.fixture
def user(open_window: Callable[..., MainWindow], qtbot: QtBot, file: Path) -> WindowUser:
    """A user who has saved a project, whose file another program has changed, and goes on editing it."""
    user = WindowUser(open_window(), qtbot)
    user.studio.save(file)
    save(file, OTHER)
    editing.add_layer(user.studio.session, "dropout")
    return user


def kinds(user: WindowUser) -> list[str]:
    return [node.layer.kind for node in user.studio.session.graph.nodes.values()]


def test_enter_proposes_another_name(user: WindowUser, file: Path, tmp_path: Path) -> None:
    with user.answering(enter_pressed, path_typed(tmp_path / "both.cnn")):
        user.key(Key.Key_S, CONTROL)
    assert load(file).project == OTHER
    assert load(tmp_path / "both.cnn").project.graph == user.studio.session.graph
    assert user.studio.session.path == tmp_path / "both.cnn"


def test_escape_changes_nothing(user: WindowUser, file: Path) -> None:
    with user.answering(cancelled):
        user.key(Key.Key_S, CONTROL)
    assert load(file).project == OTHER
    assert "dropout" in kinds(user)
    assert user.window.isWindowModified()


def test_overwriting_is_possible_and_asked_for_only_once(user: WindowUser, file: Path) -> None:
    def read_and_overwrite(asked: QWidget) -> None:
        assert isinstance(asked, QMessageBox)
        assert "mine.cnn" in asked.text()
        assert all("&" in button.text() for button in asked.buttons())
        button_clicked(Button.Yes)(asked)

    with user.answering(read_and_overwrite):
        user.key(Key.Key_S, CONTROL)
    assert load(file).project.graph == user.studio.session.graph
    editing.add_layer(user.studio.session, "relu")
    user.choose("File", "Save")
    assert load(file).project.graph == user.studio.session.graph


def test_reloading_shows_what_the_other_program_has_saved(user: WindowUser) -> None:
    with user.answering(button_clicked(Button.Open)):
        user.key(Key.Key_S, CONTROL)
    assert user.studio.session.project.graph == OTHER.graph
    assert not user.window.isWindowModified()


def test_closing_with_saving_asks_too_and_stays_open_where_it_was_canceled(user: WindowUser, file: Path) -> None:
    user.close(button_clicked(Button.Save), cancelled)
    assert user.window.isVisible()
    user.close(button_clicked(Button.Save), button_clicked(Button.Yes))
    user.qtbot.waitUntil(lambda: not user.window.isVisible())
    assert "dropout" in [node.layer.kind for node in load(file).project.graph.nodes.values()]


def test_a_file_that_was_only_touched_or_removed_is_saved_without_a_question(
    open_window: Callable[..., MainWindow], qtbot: QtBot, file: Path
) -> None:
    user = WindowUser(open_window(), qtbot)
    save(file, user.studio.session.project)
    user.studio.open(file)
    user.ready()
    for disturb in (lambda: os.utime(file, (1.0, 1.0)), file.unlink):
        editing.add_layer(user.studio.session, "dropout")
        disturb()
        user.key(Key.Key_S, CONTROL)
        assert load(file).project.graph == user.studio.session.graph
