"""The popups behind the top bar: how the network learns, and from which data."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.training_settings.panel import DataPopup, OptimizerPopup
from cnnstudio.gui.state.studio import Studio
from cnnstudio.runs.state import RunState


def shown(popup: QWidget, qtbot: QtBot) -> QWidget:
    qtbot.addWidget(popup)
    popup.resize(popup.sizeHint())
    popup.show()
    popup.activateWindow()
    with qtbot.waitActive(popup):
        pass
    return popup


@pytest.fixture
def optimizer(studio: Studio, qtbot: QtBot) -> QWidget:
    return shown(OptimizerPopup(studio), qtbot)


@pytest.fixture
def data(studio: Studio, qtbot: QtBot) -> QWidget:
    return shown(DataPopup(studio), qtbot)


def choose(popup: QWidget, name: str, title: str) -> None:
    """Choose an entry by typing how it begins, then with the arrow keys."""
    box = popup.findChild(QComboBox, name)
    QTest.keyClicks(box, title.split()[0])
    while box.currentText() != title:
        QTest.keyClick(box, Qt.Key.Key_Down)


def retype(popup: QWidget, name: str, text: str) -> None:
    box = next(box for box in popup.findChildren(QAbstractSpinBox, name) if box.isVisible())
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def text(popup: QWidget, name: str) -> str:
    label = popup.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def test_another_optimizer_brings_its_own_form(optimizer: QWidget, studio: Studio) -> None:
    choose(optimizer, "optimizer", "SGD with momentum")
    assert studio.session.project.training.optimizer.kind == "momentum"
    retype(optimizer, "momentum", "0.8")
    assert studio.session.project.training.optimizer.momentum == 0.8
    choose(optimizer, "optimizer", "Adam")
    assert studio.session.project.training.optimizer.rate == 0.005


def test_edits_are_steps_of_undo(optimizer: QWidget, studio: Studio) -> None:
    before = studio.session.project.training
    retype(optimizer, "epochs", "3")
    retype(optimizer, "batch_size", "64")
    assert studio.session.project.training.settings.epochs == 3
    assert studio.session.history.undoText() == "Change batch size"
    studio.session.history.undo()
    studio.session.history.undo()
    assert studio.session.project.training == before
    assert optimizer.findChild(QAbstractSpinBox, "epochs").text() == str(before.settings.epochs)


def test_a_schedule_is_chosen(optimizer: QWidget, studio: Studio) -> None:
    choose(optimizer, "schedule", "Step")
    retype(optimizer, "every", "5")
    assert studio.session.project.training.schedule.every == 5


def test_the_rate_of_a_run_that_goes_on_changes_at_once(optimizer: QWidget, studio: Studio, qtbot: QtBot) -> None:
    studio.run.set_watchable(True)
    assert text(optimizer, "optimizer_note") == ""
    studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    assert "the learning rate changes at once" in text(optimizer, "optimizer_note")
    retype(optimizer, "rate", "0.0001")
    qtbot.waitUntil(lambda: bool(studio.run.records[-1].marks))
    assert studio.run.records[-1].marks[0].rate == 0.0001
    studio.session.history.undo()
    qtbot.waitUntil(lambda: len(studio.run.records[-1].marks) == 2)
    assert studio.run.records[-1].marks[1].rate == 0.005
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)


def test_a_rate_changed_between_two_runs_holds_for_the_second(optimizer: QWidget, studio: Studio, qtbot: QtBot) -> None:
    studio.run.set_watchable(True)
    for rate in ("0.0001", "0.0002"):
        studio.run.start()
        qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
        retype(optimizer, "rate", rate)
        studio.run.stop()
        qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)
    retype(optimizer, "rate", "0.05")
    studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    assert studio.run.records[-1].last.rate > 0.02
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)


def test_tells_what_is_in_the_data(data: QWidget, studio: Studio) -> None:
    assert text(data, "data_summary").startswith("X or O: 2\u202f000 images of 1 × 9 × 9 in 2 classes; 1\u202f200 to")
    crosses, circles = studio.data.dataset.counts("train")
    assert text(data, "data_counts") == f"Training images of each class: X: {crosses} · O: {circles}."
    assert not data.findChild(QPushButton, "data_choose").isVisible()


def test_a_folder_is_chosen_and_read(
    data: QWidget, studio: Studio, qtbot: QtBot, mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(mnist))
    choose(data, "data_kind", "MNIST folder")
    assert studio.session.project.data.source == "xo"
    assert text(data, "data_path") == "No folder is chosen yet."
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000):
        qtbot.mouseClick(data.findChild(QPushButton, "data_choose"), Qt.MouseButton.LeftButton)
    assert studio.session.project.data.source == f"mnist:{mnist}"
    assert text(data, "data_path") == str(mnist)
    assert "70\u202f000 images of 1 × 28 × 28 in 10 classes" in text(data, "data_summary")


def test_a_folder_without_data_is_said_and_can_be_read_again(
    data: QWidget, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(tmp_path))
    choose(data, "data_kind", "MNIST folder")
    with qtbot.waitSignal(studio.data.failed):
        qtbot.mouseClick(data.findChild(QPushButton, "data_choose"), Qt.MouseButton.LeftButton)
    assert "has no train-images-idx3-ubyte" in text(data, "data_error")
    with qtbot.waitSignal(studio.data.failed):
        qtbot.mouseClick(data.findChild(QPushButton, "data_again"), Qt.MouseButton.LeftButton)
    studio.session.history.undo()
    qtbot.waitUntil(lambda: text(data, "data_summary").startswith("X or O"))
    assert text(data, "data_error") == ""


def test_the_seed_draws_other_images(data: QWidget, studio: Studio, qtbot: QtBot) -> None:
    before = studio.data.dataset.images
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000):
        retype(data, "seed", "7")
    assert studio.session.project.data.seed == 7
    assert (studio.data.dataset.images != before).any()


def test_a_share_to_validate_is_asked_only_of_data_that_is_split(
    data: QWidget, studio: Studio, qtbot: QtBot, mnist: Path
) -> None:
    assert not data.findChild(QWidget, "validation").isVisible()
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000):
        studio.use_data(f"mnist:{mnist}")
    assert data.findChild(QWidget, "validation").isVisible()
