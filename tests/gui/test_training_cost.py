"""What training takes is told before it begins, and asked about where it is much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.engine.engine import StepResult
from cnnstudio.engine.numpy.execution import NumpyExecution
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.interruption import check_interrupted, current_interruption
from cnnstudio.runs.state import RunState
from tests.gui.window_user import WindowUser, button_clicked

SOON = 20_000  # milliseconds


@pytest.fixture
def user(open_window: Callable[..., MainWindow], qtbot: QtBot) -> WindowUser:
    made = WindowUser(open_window(), qtbot)
    made.ready()
    qtbot.waitUntil(lambda: made.studio.cost.estimate is not None, timeout=SOON)
    return made


def test_time_and_memory_are_shown_beside_train(user: WindowUser) -> None:
    user.qtbot.waitUntil(lambda: user.progress[1].startswith("Ready to train. An epoch takes about "), timeout=SOON)
    assert user.progress[1].endswith(" MB of memory.")
    before = user.studio.cost.estimate
    project = user.studio.session.project
    settings = project.training.settings.with_params(epochs=project.training.settings.epochs + 1)
    user.studio.session.edit("Epochs", project.with_training(replace(project.training, settings=settings)))
    user.qtbot.waitUntil(lambda: user.studio.cost.estimate != before, timeout=SOON)


def test_enter_does_not_start_a_run_of_hours(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnstudio.training.estimate.LONG", 0.0)
    asked: list[str] = []

    def enter(box: QWidget) -> None:
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        QTest.keyClick(box, Qt.Key.Key_Return)

    with user.answering(enter):
        user.click("train_button")
    assert asked[0].startswith("Training takes about ")
    assert user.studio.run.state is RunState.IDLE
    assert not user.studio.run.records
    with user.answering(button_clicked(QMessageBox.StandardButton.Yes)):
        user.click("train_button")
    assert user.studio.run.records
    user.studio.run.stop()
    user.qtbot.waitUntil(lambda: user.studio.run.state is RunState.IDLE, timeout=SOON)


def test_a_long_step_tells_how_far_it_is_and_is_stopped_soon(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def endless(self: NumpyExecution, *arguments: object) -> StepResult:
        current_interruption().report(0.42)
        began.set()
        while True:
            check_interrupted()

    monkeypatch.setattr(NumpyExecution, "step", endless)
    assert user.studio.live.network is not None
    before = user.studio.live.network.weights.trained.copy()
    user.click("train_button")
    user.qtbot.waitUntil(lambda: user.text("status_state") == "● Training · step 1: 42%", timeout=SOON)
    user.studio.run.pause()
    user.qtbot.waitUntil(lambda: user.text("status_state") == "● Paused", timeout=SOON)
    user.studio.run.start()
    user.qtbot.waitUntil(lambda: user.text("status_state") == "● Training · step 1: 42%", timeout=SOON)
    user.studio.run.stop()
    user.qtbot.waitUntil(lambda: user.studio.run.state is RunState.IDLE, timeout=SOON)
    np.testing.assert_array_equal(user.studio.live.network.weights.trained, before)
