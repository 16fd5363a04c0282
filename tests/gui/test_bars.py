"""The top bar and the status bar: buttons, popups and progress."""

from __future__ import annotations

import re
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.engine.device_selection import Device
from cnnstudio.gui.state import device_list
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.runs.state import RunState
from cnnstudio.training.events import Outcome, RunDone
from tests.gui.person import Person, click_entry

Key = Qt.Key


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    made = Person(window, qtbot)
    window.studio.run.set_watchable(True)
    return made


def can(person: Person) -> list[str]:
    """Which commands are enabled, the same in the top bar and in the menu."""
    names = ("train", "step", "stop")
    by_button = [name for name in names if person.button(f"{name}_button").isEnabled()]
    by_menu = [
        name
        for name, entry in zip(names, ("Train or pause", "Step", "Stop"), strict=True)
        if person.entry("Train", entry).isEnabled()
    ]
    assert by_button == by_menu
    return [person.button("train_button").text(), *by_button]


def wait_for(person: Person, state: RunState) -> None:
    person.qtbot.waitUntil(lambda: person.studio.run.state is state, timeout=10_000)


def popup(person: Person, name: str) -> QWidget:
    """Click a button and return the popup that opens."""
    person.click(name)
    found = QApplication.activePopupWidget()
    assert found is not None
    return found


class TestRunning:
    def test_train_pause_resume_and_stop(self, person: Person) -> None:
        assert can(person) == ["Train", "train", "step"]
        assert person.text("status_state") == "● Ready"
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.progress[1].startswith("Epoch"))
        assert can(person) == ["Pause", "train", "stop"]
        assert person.text("status_state") == "● Training"
        person.click("train_button")
        wait_for(person, RunState.PAUSED)
        assert can(person) == ["Resume", "train", "step", "stop"]
        assert person.text("status_state") == "● Paused"
        person.qtbot.wait(200)
        still = person.progress
        person.qtbot.wait(200)
        assert person.progress == still
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.progress != still)
        person.click("stop_button")
        wait_for(person, RunState.IDLE)
        assert can(person) == ["Train", "train", "step"]
        assert re.match(r"Stopped after epoch \d+, step \d+", person.progress[1])

    def test_by_keys(self, person: Person) -> None:
        person.key(Key.Key_F5)
        wait_for(person, RunState.RUNNING)
        person.key(Key.Key_F5)
        wait_for(person, RunState.PAUSED)
        person.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        wait_for(person, RunState.RUNNING)
        person.key(Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
        wait_for(person, RunState.IDLE)

    def test_step_by_step_shows_what_each_batch_did(self, person: Person) -> None:
        for step, press in enumerate((lambda: person.click("step_button"), lambda: person.key(Key.Key_F6)) * 2, 1):
            press()
            person.qtbot.waitUntil(partial(lambda step: f"batch {step}/75" in person.progress[1], step))
            wait_for(person, RunState.PAUSED)
            person.qtbot.waitUntil(partial(lambda step: person.studio.live.maps.step == step, step))
            assert person.progress[0] == pytest.approx(step / 750)
        assert can(person) == ["Resume", "train", "step", "stop"]
        person.click("stop_button")
        wait_for(person, RunState.IDLE)

    def test_slow_enough_to_watch_can_be_turned_off_during_a_run(self, person: Person) -> None:
        assert person.entry("Train", "Slow enough to watch").isChecked()
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.progress[1].startswith("Epoch"))
        with person.qtbot.waitSignal(person.studio.run.finished, timeout=4_000):
            person.choose("Train", "Slow enough to watch")
        assert not person.entry("Train", "Slow enough to watch").isChecked()

    def test_a_diverged_run_is_reported(self, person: Person) -> None:
        done = RunDone(2, 90, Outcome.NOT_FINITE, "Training stopped at step 91.")
        person.studio.run.set_watchable(False)
        person.train(1)
        person.studio.run.records[-1].add(done)
        person.studio.run.progressed.emit(person.studio.run.records[-1])
        assert person.progress[1].startswith("Stopped on a NaN or infinite value after epoch 2, step 90")

    def test_a_new_project_clears_the_progress(self, person: Person) -> None:
        person.studio.run.set_watchable(False)
        person.train(1)
        assert person.progress == (1.0, "Done after epoch 1, step 75 · validation 100.0%") or person.progress[0] == 1.0
        person.studio.new(person.studio.session.project)
        person.ready()
        assert person.progress == (0.0, "Ready to train.")

    def test_the_outcome_of_the_last_run_is_shown_again_after_a_problem_is_fixed(self, person: Person) -> None:
        person.studio.run.set_watchable(False)
        person.train(1)
        told = person.progress[1]
        person.studio.session.edit_graph("Delete", person.studio.session.graph.without(["fc1"]))
        assert person.progress[1] != told
        person.studio.session.history.undo()
        assert person.progress[1] == told

    def test_training_is_disabled_while_another_dataset_is_loading(self, person: Person) -> None:
        person.studio.choose_data(DatasetName.parse("digits"))
        assert can(person) == ["Train"]
        assert person.button("data_button").value == "digits"
        person.qtbot.waitUntil(lambda: not person.studio.data.reading, timeout=20_000)
        person.studio.session.history.undo()
        person.ready()
        assert can(person) == ["Train", "train", "step"]


class TestPopups:
    def test_data(self, person: Person) -> None:
        assert person.button("data_button").value == "X or O · 1\u202f200"
        shown = popup(person, "data_button")
        assert shown.isVisible()
        QTest.keyClick(shown, Key.Key_Escape)
        assert not shown.isVisible()

    def test_optimizer(self, person: Person) -> None:
        shown = popup(person, "optimizer_button")
        rate = next(box for box in shown.findChildren(QAbstractSpinBox, "rate") if box.isVisible())
        rate.setFocus()
        rate.selectAll()
        QTest.keyClicks(rate, "0.02")
        QTest.keyClick(rate, Key.Key_Return)
        QTest.keyClick(rate, Key.Key_Escape)
        assert not shown.isVisible()
        assert person.button("optimizer_button").value == "Adam · 0.02"
        person.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert person.button("optimizer_button").value == "Adam · 0.005"

    def test_device(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        known = (Device("numpy", "NumPy · 2 threads", ""), Device("opencl:0", "A card", "gives wrong results"))
        monkeypatch.setattr(device_list, "devices", lambda: known)
        with person.qtbot.waitSignal(person.studio.devices.changed):
            menu = popup(person, "device_button")
        assert isinstance(menu, QMenu)
        texts = {action.text(): action for action in menu.actions()}
        assert texts["NumPy · 2 threads"].isChecked()
        assert not texts["A card: gives wrong results"].isEnabled()
        click_entry(menu, "Fastest (benchmarked before each run)")
        assert person.button("device_button").value == "fastest"
        assert person.studio.settings.device == "auto"
        assert popup(person, "device_button") is menu
        assert next(action for action in menu.actions() if action.isChecked()).text().startswith("Fastest")
        click_entry(menu, "NumPy · 2 threads")
        assert person.button("device_button").value.startswith("NumPy · ")


def test_the_status_bar_shows_network_size_and_problems(person: Person) -> None:
    assert person.text("status_size") == "128 parameters · 1\u202f419 MACs"
    assert person.text("status_autosave") == ""
