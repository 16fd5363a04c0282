"""The top bar and the status bar: buttons, popups and progress."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.engine.device_selection import Device
from cnnstudio.gui.state import device_list
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.operations.optimizer import Momentum
from cnnstudio.runs.state import RunState
from cnnstudio.training.events import Outcome, RunDone
from tests.gui.window_user import WindowUser, click_entry

Key = Qt.Key


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    made = WindowUser(window, qtbot)
    window.studio.run.set_watchable(True)
    return made


def can(user: WindowUser) -> list[str]:
    """Which commands are enabled, the same in the top bar and in the menu."""
    names = ("train", "step", "stop")
    by_button = [name for name in names if user.button(f"{name}_button").isEnabled()]
    by_menu = [
        name
        for name, entry in zip(names, ("Train or pause", "Step", "Stop"), strict=True)
        if user.entry("Train", entry).isEnabled()
    ]
    assert by_button == by_menu
    return [user.button("train_button").text(), *by_button]


def wait_for(user: WindowUser, state: RunState) -> None:
    user.qtbot.waitUntil(lambda: user.studio.run.state is state, timeout=10_000)


def popup(user: WindowUser, name: str) -> QWidget:
    """Click a button and return the popup that opens."""
    user.click(name)
    found = QApplication.activePopupWidget()
    assert found is not None
    return found


class TestRunning:
    def test_train_pause_resume_and_stop(self, user: WindowUser) -> None:
        assert can(user) == ["Train", "train", "step"]
        assert user.text("status_state") == "● Ready"
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.progress[1].startswith("Epoch"))
        assert can(user) == ["Pause", "train", "stop"]
        assert user.text("status_state") == "● Training"
        user.click("train_button")
        wait_for(user, RunState.PAUSED)
        assert can(user) == ["Resume", "train", "step", "stop"]
        assert user.text("status_state") == "● Paused"
        user.qtbot.wait(200)
        still = user.progress
        user.qtbot.wait(200)
        assert user.progress == still
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.progress != still)
        user.click("stop_button")
        wait_for(user, RunState.IDLE)
        assert can(user) == ["Train", "train", "step"]
        assert re.match(r"Stopped after epoch \d+, step \d+", user.progress[1])

    def test_by_keys(self, user: WindowUser) -> None:
        user.key(Key.Key_F5)
        wait_for(user, RunState.RUNNING)
        user.key(Key.Key_F5)
        wait_for(user, RunState.PAUSED)
        user.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        wait_for(user, RunState.RUNNING)
        user.key(Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
        wait_for(user, RunState.IDLE)

    def test_step_by_step_shows_what_each_batch_did(self, user: WindowUser) -> None:
        for step, press in enumerate((lambda: user.click("step_button"), lambda: user.key(Key.Key_F6)) * 2, 1):
            press()
            user.qtbot.waitUntil(partial(lambda step: f"batch {step}/75" in user.progress[1], step))
            wait_for(user, RunState.PAUSED)
            user.qtbot.waitUntil(partial(lambda step: user.studio.live.maps.step == step, step))
            assert user.progress[0] == pytest.approx(step / 750)
        assert can(user) == ["Resume", "train", "step", "stop"]
        user.click("stop_button")
        wait_for(user, RunState.IDLE)

    def test_slow_enough_to_watch_can_be_turned_off_during_a_run(self, user: WindowUser) -> None:
        assert user.entry("Train", "Slow enough to watch").isChecked()
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.progress[1].startswith("Epoch"))
        with user.qtbot.waitSignal(user.studio.run.finished, timeout=4_000):
            user.choose("Train", "Slow enough to watch")
        assert not user.entry("Train", "Slow enough to watch").isChecked()

    def test_a_stopped_run_says_after_which_epoch_it_was_validated(self, user: WindowUser) -> None:
        user.click("train_button")
        user.qtbot.waitUntil(
            lambda: re.match(r"Epoch [2-9] .* batch [1-9]", user.progress[1]) is not None, timeout=20_000
        )
        user.click("train_button")
        wait_for(user, RunState.PAUSED)
        user.click("stop_button")
        wait_for(user, RunState.IDLE)
        last, done = user.studio.run.records[-1].epochs[-1], user.studio.run.records[-1].done
        when = f" after epoch {last.epoch}" if last.step != done.step else ""
        expected = rf"Stopped after epoch \d, step \d+ · validation accuracy [\d.]+%{when}"
        assert re.fullmatch(expected, user.progress[1])

    def test_a_diverged_run_is_reported(self, user: WindowUser) -> None:
        done = RunDone(2, 90, Outcome.NOT_FINITE, "Training stopped at step 91.")
        user.studio.run.set_watchable(False)
        user.train(1)
        user.studio.run.records[-1].add(done)
        user.studio.run.progressed.emit(user.studio.run.records[-1])
        assert user.progress[1].startswith("Stopped on a NaN or infinite value after epoch 2, step 90")

    def test_a_diverged_run_says_what_to_do_until_the_next_one(
        self, user: WindowUser, recwarn: pytest.WarningsRecorder
    ) -> None:
        studio = user.studio
        studio.run.set_watchable(False)
        choice = studio.session.project.training
        studio.session.edit(
            "Change", studio.session.project.with_training(replace(choice, optimizer=Momentum(rate=100.0)))
        )
        with user.qtbot.waitSignal(studio.run.finished, timeout=20_000):
            user.click("train_button")
        step = studio.run.records[-1].done.step
        assert f"step {step}" in user.progress[1]
        notice = user.window.findChild(QLabel, "message_text")
        assert notice.isVisible()
        assert notice.text().startswith(f"Training stopped after step {step}: ")
        assert notice.text().endswith("Try a smaller learning rate, or clip the gradient.")
        user.ready()
        assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]
        seen: list[str] = []
        studio.run.state_changed.connect(lambda state: seen.append(notice.text() if notice.isVisible() else ""))
        with user.qtbot.waitSignal(studio.run.finished, timeout=20_000):
            user.click("train_button")
        assert not seen[0].startswith("Training stopped")

    def test_a_new_project_clears_the_progress(self, user: WindowUser) -> None:
        user.studio.run.set_watchable(False)
        user.train(1)
        assert user.progress == (1.0, "Done after epoch 1, step 75 · validation 100.0%") or user.progress[0] == 1.0
        user.studio.new(user.studio.session.project)
        user.ready()
        assert user.progress[0] == 0.0
        assert user.progress[1].startswith("Ready to train.")

    def test_the_outcome_of_the_last_run_is_shown_again_after_a_problem_is_fixed(self, user: WindowUser) -> None:
        user.studio.run.set_watchable(False)
        user.train(1)
        reported = user.progress[1]
        user.studio.session.edit_graph("Delete", user.studio.session.graph.without(["fc1"]))
        assert user.progress[1] != reported
        user.studio.session.history.undo()
        assert user.progress[1] == reported

    def test_training_is_disabled_while_another_dataset_is_loading(self, user: WindowUser) -> None:
        user.studio.choose_data(DatasetName.parse("digits"))
        assert can(user) == ["Train"]
        assert user.button("data_button").value == "digits"
        user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=20_000)
        user.studio.session.history.undo()
        user.ready()
        assert can(user) == ["Train", "train", "step"]


class TestPopups:
    def test_data(self, user: WindowUser) -> None:
        assert user.button("data_button").value == "X or O · 1\u202f200"
        shown = popup(user, "data_button")
        assert shown.isVisible()
        QTest.keyClick(shown, Key.Key_Escape)
        assert not shown.isVisible()

    def test_optimizer(self, user: WindowUser) -> None:
        shown = popup(user, "optimizer_button")
        rate = next(box for box in shown.findChildren(QAbstractSpinBox, "rate") if box.isVisible())
        rate.setFocus()
        rate.selectAll()
        QTest.keyClicks(rate, "0.02")
        QTest.keyClick(rate, Key.Key_Return)
        QTest.keyClick(rate, Key.Key_Escape)
        assert not shown.isVisible()
        assert user.button("optimizer_button").value == "Adam · 0.02"
        user.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert user.button("optimizer_button").value == "Adam · 0.005"

    def test_device(self, user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
        known = (Device("numpy", "NumPy · 2 threads", ""), Device("opencl:0", "A card", "gives wrong results"))
        monkeypatch.setattr(device_list, "devices", lambda: known)
        with user.qtbot.waitSignal(user.studio.devices.changed):
            menu = popup(user, "device_button")
        assert isinstance(menu, QMenu)
        texts = {action.text(): action for action in menu.actions()}
        assert texts["NumPy · 2 threads"].isChecked()
        assert not texts["A card: gives wrong results"].isEnabled()
        click_entry(menu, "Fastest (benchmarked before each run)")
        assert user.button("device_button").value == "fastest"
        assert user.studio.settings.device == "auto"
        assert popup(user, "device_button") is menu
        assert next(action for action in menu.actions() if action.isChecked()).text().startswith("Fastest")
        click_entry(menu, "NumPy · 2 threads")
        assert user.button("device_button").value.startswith("NumPy · ")


def test_the_status_bar_shows_network_size_and_problems(user: WindowUser) -> None:
    assert user.text("status_size") == "128 parameters · 1\u202f419 MACs"
    assert user.text("status_autosave") == ""
