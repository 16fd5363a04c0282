"""Simulates a user of the main window: opens menus, presses keys, clicks buttons, answers dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow
from tests.gui.conftest import wait_until_ready

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PATIENCE = 5_000  # milliseconds that a question may take to appear
Button = QMessageBox.StandardButton


class WindowUser:
    """Acts on a window as a user does, and reads what it shows."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    @property
    def studio(self) -> Studio:
        """The studio behind the window."""
        return self.window.studio

    def ready(self) -> None:
        """Wait for dataset, network and feature maps."""
        wait_until_ready(self.qtbot, self.studio)

    def menu(self, path: str) -> QMenu:
        """Open a menu by its path, such as `File/New`."""
        found = self.window.findChild(QMenu, f"menu_{path}")
        assert isinstance(found, QMenu), f"there is no menu {path}"
        found.popup(self.window.mapToGlobal(QPoint(0, 0)))
        return found

    def entry(self, path: str, text: str) -> QAction:
        """A menu entry, updated by opening the menu; the menu is closed again."""
        menu = self.menu(path)
        found = entry_of(menu, text)
        menu.close()
        self.window.activateWindow()
        return found

    def choose(self, path: str, text: str) -> None:
        """Open a menu and click an entry."""
        click_entry(self.menu(path), text)
        self.window.activateWindow()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        """Press a key in the window."""
        with self.qtbot.waitActive(self.window):
            self.window.activateWindow()
        QTest.keyClick(self.window, key, held)

    def button(self, name: str) -> QAbstractButton:
        """The visible button with this object name."""
        found = next((b for b in self.window.findChildren(QAbstractButton, name) if b.isVisible()), None)
        assert found is not None, f"there is no button {name}"
        return found

    def click(self, name: str) -> None:
        """Click a button."""
        assert self.button(name).isEnabled(), f"{name} is disabled"
        self.qtbot.mouseClick(self.button(name), LEFT)

    def text(self, name: str) -> str:
        """The text of a label; empty if it is hidden."""
        found = self.window.findChild(QLabel, name)
        assert isinstance(found, QLabel), f"there is no label {name}"
        return found.text() if found.isVisible() else ""

    @property
    def progress(self) -> tuple[float, str]:
        """The progress in the top bar: a fraction from 0 to 1, and a text."""
        bar = self.window.findChild(QProgressBar, "run_progress")
        assert isinstance(bar, QProgressBar)
        return bar.value() / bar.maximum(), self.text("run_state")

    @property
    def message(self) -> str:
        """The text in the message bar."""
        return self.text("message_text")

    def train(self, epochs: int | None = None) -> None:
        """Click Train and wait until the run has ended."""
        if epochs is not None:
            self.set_epochs(epochs)
        with self.qtbot.waitSignal(self.studio.run.finished, timeout=60_000):
            self.click("train_button")
        self.ready()

    def set_epochs(self, epochs: int) -> None:
        """Set the number of epochs."""
        choice = self.studio.session.project.training
        changed = type(choice)(choice.optimizer, choice.schedule, choice.settings.with_params(epochs=epochs))
        self.studio.session.edit("Change epochs", self.studio.session.project.with_training(changed))

    def drop(self, *paths: Path) -> bool:
        """Drop files onto the canvas; returns whether the window accepts them."""
        data, copy = QMimeData(), Qt.DropAction.CopyAction
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        target = self.window.canvas.viewport()
        place = target.rect().center()
        enter = QDragEnterEvent(place, copy, data, LEFT, NONE)
        QApplication.sendEvent(target, enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(self.window, QDragMoveEvent(place, copy, data, LEFT, NONE))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(place), copy, data, LEFT, NONE))
        return True

    @contextmanager
    def answering(self, *answers: Callable[[QWidget], object]) -> Iterator[None]:
        """Answer the dialogs that open meanwhile, one after another; fail if not all of them open."""
        waiting = list(answers)
        timer = QTimer()
        timer.setInterval(10)

        def answer() -> None:
            asked = QApplication.activeModalWidget()
            if asked is not None and asked.isVisible() and waiting:
                waiting.pop(0)(asked)

        timer.timeout.connect(answer)
        timer.start()
        try:
            yield
            self.qtbot.waitUntil(lambda: not waiting and QApplication.activeModalWidget() is None, timeout=PATIENCE)
        finally:
            timer.stop()
        self.window.activateWindow()

    def close(self, *answers: Callable[[QWidget], object]) -> None:
        """Close the window and answer its dialogs."""
        with self.answering(*answers):
            self.window.close()


def path_typed(path: Path) -> Callable[[QWidget], None]:
    """Answers a file dialog: types a path and presses Enter."""

    def answer(asked: QWidget) -> None:
        assert isinstance(asked, QFileDialog), asked
        field = asked.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(field, QLineEdit)
        field.setText(str(path))
        QTest.keyClick(field, Qt.Key.Key_Return)

    return answer


def cancelled(asked: QWidget) -> None:
    """Answers any dialog with Escape."""
    QTest.keyClick(asked, Qt.Key.Key_Escape)


def enter_pressed(asked: QWidget) -> None:
    """Answers a message box with Enter, which chooses what it proposes."""
    assert isinstance(asked, QMessageBox), asked
    QTest.keyClick(asked, Qt.Key.Key_Return)


def button_clicked(button: Button) -> Callable[[QWidget], None]:
    """Answers a message box: clicks this button."""

    def answer(asked: QWidget) -> None:
        assert isinstance(asked, QMessageBox), asked
        QTest.mouseClick(asked.button(button), LEFT)

    return answer


def entry_of(menu: QMenu, text: str) -> QAction:
    """The menu entry with this text."""
    found = [action for action in menu.actions() if action.text().partition("\t")[0] == text]
    if not found:
        pytest.fail(f"{menu.objectName()} has no {text!r}, but {[action.text() for action in menu.actions()]}")
    return found[0]


def click_entry(menu: QMenu, text: str) -> None:
    """Click an entry of an open menu; it must be enabled."""
    action = entry_of(menu, text)
    assert action.isEnabled(), f"{text} is disabled"
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())
