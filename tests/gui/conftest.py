"""Fixtures for tests of the gui: a studio, the main window, and checks that tests clean up."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":  # as large a screen as the window wants
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={Path(__file__).parents[1] / 'screen.json'}"

import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.app import make_window
from cnnstudio.gui.look.theme import Theme, prepare
from cnnstudio.gui.state import clipboard
from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow

READY = 20_000  # milliseconds that data and maps may take


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fail every test in this folder in which Qt logs a warning or worse."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))  # without a screen


@pytest.fixture(scope="session")
def application(qapp: QApplication) -> Iterator[QApplication]:
    """The application with the program's style and fonts, which ends as the program does."""
    prepare(qapp)
    yield qapp
    clipboard.leave_text()


@pytest.fixture(autouse=True)
def nothing_left(application: QApplication) -> Iterator[None]:
    """Fail a test that leaves an active timer or a window behind."""
    before = set(application.topLevelWidgets())
    yield
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    application.processEvents()
    gc.collect()
    timers = [thing for thing in gc.get_objects() if isinstance(thing, QTimer)]
    ticking = [timer for timer in timers if shiboken6.isValid(timer) and timer.isActive()]
    assert not ticking, f"timers still tick: {[timer.parent() for timer in ticking]}"
    left = [widget for widget in application.topLevelWidgets() if widget not in before]
    assert not left, f"windows left over: {left}"


@pytest.fixture
def studio(application: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    """A studio with the dark theme and the X-or-O example, its dataset loaded and its feature maps computed."""
    theme = Theme()
    theme.choose("dark")
    made = Studio(Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)), theme)
    made.run.set_watchable(False)
    made.data.load()
    wait_until_ready(qtbot, made)
    yield made
    made.close()
    made.deleteLater()
    theme.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def open_window(application: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """A function that opens the main window as a new start of the program does; settings are in the test's folder."""
    opened: list[MainWindow] = []

    def start(*, ready: bool = True) -> MainWindow:
        settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
        window = make_window(settings, tmp_path / "autosave")
        opened.append(window)
        window.studio.run.set_watchable(False)
        window.show()
        window.activateWindow()
        with qtbot.waitActive(window):
            pass
        if ready:
            wait_until_ready(qtbot, window.studio)
        return window

    yield start
    for window in opened:
        if window.isVisible():
            window.studio.new(window.studio.session.project)  # nothing in it is worth a question
            window.close()
        window.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """The main window at its first start, with its dataset loaded and its feature maps computed."""
    return open_window()


def wait_until_ready(qtbot: QtBot, studio: Studio) -> None:
    """Wait for the dataset, the network and its feature maps."""
    qtbot.waitUntil(lambda: studio.data.dataset is not None and studio.live.current, timeout=READY)
    qtbot.waitUntil(lambda: set(studio.live.maps.arrays) == set(studio.session.graph.nodes), timeout=READY)
    qtbot.waitUntil(lambda: studio.shown.arrays is studio.live.maps.arrays, timeout=READY)


@pytest.fixture
def trained(studio: Studio, qtbot: QtBot) -> Callable[[int], Studio]:
    """A function that trains the studio's network for a number of epochs."""

    def train(epochs: int) -> Studio:
        choice = studio.session.project.training
        settings = choice.settings.with_params(epochs=epochs)
        changed = type(choice)(choice.optimizer, choice.schedule, settings)
        studio.session.edit("Change epochs", studio.session.project.with_training(changed))
        with qtbot.waitSignal(studio.run.finished, timeout=60_000):
            studio.run.start()
        qtbot.waitUntil(lambda: studio.live.current, timeout=READY)
        return studio

    return train


@pytest.fixture
def move_mouse() -> Callable[..., None]:
    """A function that moves the mouse to a point of a widget, optionally with a button held."""

    def move(widget: QWidget, place: QPoint, held: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
        none = Qt.KeyboardModifier.NoModifier
        where = QPointF(place), QPointF(widget.mapToGlobal(place))
        QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, *where, held, held, none))

    return move
