"""The popups of the top bar: optimizer settings and dataset."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.gui.panels.training_settings.data_popup import DataPopup
from cnnstudio.gui.panels.training_settings.optimizer_popup import OptimizerPopup
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
    """Choose an entry by typing its first word, then with the arrow keys."""
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


def test_each_optimizer_has_its_own_form(optimizer: QWidget, studio: Studio) -> None:
    choose(optimizer, "optimizer", "SGD with momentum")
    assert studio.session.history.undoText() == "Change optimizer"
    assert studio.session.project.training.optimizer.kind == "momentum"
    retype(optimizer, "momentum", "0.8")
    assert studio.session.project.training.optimizer.momentum == 0.8
    choose(optimizer, "optimizer", "Adam")
    assert studio.session.project.training.optimizer.rate == 0.005


def test_another_optimizer_tells_that_it_comes_with_another_learning_rate(optimizer: QWidget) -> None:
    assert text(optimizer, "rate_note") == ""
    choose(optimizer, "optimizer", "SGD")
    told = "The learning rate is now 0.01, as last used with SGD; with Adam it was 0.005."
    assert text(optimizer, "rate_note") == told
    retype(optimizer, "rate", "0.02")
    assert text(optimizer, "rate_note") == ""


def test_each_edit_is_an_undo_step(optimizer: QWidget, studio: Studio) -> None:
    before = studio.session.project.training
    retype(optimizer, "epochs", "3")
    retype(optimizer, "batch_size", "64")
    assert studio.session.project.training.settings.epochs == 3
    assert studio.session.history.undoText() == "Change batch size"
    studio.session.history.undo()
    retype(optimizer, "rate", "0.02")
    assert studio.session.history.undoText() == "Change learning rate"
    studio.session.history.undo()
    studio.session.history.undo()
    assert studio.session.project.training == before
    assert optimizer.findChild(QAbstractSpinBox, "epochs").text() == str(before.settings.epochs)


def test_a_schedule_can_be_chosen(optimizer: QWidget, studio: Studio) -> None:
    choose(optimizer, "schedule", "Step")
    retype(optimizer, "every", "5")
    assert studio.session.project.training.schedule.every == 5


def test_a_new_learning_rate_takes_effect_during_a_run(optimizer: QWidget, studio: Studio, qtbot: QtBot) -> None:
    studio.run.set_watchable(True)
    assert text(optimizer, "optimizer_note") == ""
    studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    assert "a new learning rate takes effect immediately" in text(optimizer, "optimizer_note")
    retype(optimizer, "rate", "0.0001")
    qtbot.waitUntil(lambda: bool(studio.run.records[-1].marks))
    assert studio.run.records[-1].marks[0].rate == 0.0001
    studio.session.history.undo()
    qtbot.waitUntil(lambda: len(studio.run.records[-1].marks) == 2)
    assert studio.run.records[-1].marks[1].rate == 0.005
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)


def test_a_learning_rate_changed_between_runs_applies_to_the_next_run(
    optimizer: QWidget, studio: Studio, qtbot: QtBot
) -> None:
    def start_and_make_a_step() -> None:
        before = len(studio.run.records[-1].steps) if studio.run.records else 0
        studio.run.start()
        qtbot.waitUntil(lambda: len(studio.run.records[-1].steps) > before)

    studio.run.set_watchable(True)
    for rate in ("0.0001", "0.0002"):
        start_and_make_a_step()
        retype(optimizer, "rate", rate)
        studio.run.stop()
        qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)
    retype(optimizer, "rate", "0.05")
    start_and_make_a_step()
    assert studio.run.records[-1].last.rate > 0.02
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)


def test_the_dataset_is_summarized(data: QWidget, studio: Studio) -> None:
    assert text(data, "data_summary").startswith(
        "X or O: 2\u202f000 images of 1 × 9 × 9 in 2 classes (1\u202f200 training"
    )
    crosses, circles = studio.data.dataset.counts("train")
    assert text(data, "data_counts") == f"Training images per class: X: {crosses} · O: {circles}."
    assert not data.findChild(QPushButton, "data_choose").isVisible()


def test_a_folder_can_be_chosen_and_is_read(
    data: QWidget, studio: Studio, qtbot: QtBot, mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(mnist))
    choose(data, "data_kind", "MNIST folder")
    assert studio.session.project.data.source == DatasetName("xo")
    assert text(data, "data_path") == "No folder chosen yet."
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000, check_params_cb=bool):
        qtbot.mouseClick(data.findChild(QPushButton, "data_choose"), Qt.MouseButton.LeftButton)
    assert studio.session.project.data.source == DatasetName("mnist", str(mnist))
    assert text(data, "data_path") == str(mnist)
    assert "70\u202f000 images of 1 × 28 × 28 in 10 classes" in text(data, "data_summary")


def test_a_folder_without_the_files_shows_an_error_and_can_be_reloaded(
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


def test_another_seed_generates_other_images(data: QWidget, studio: Studio, qtbot: QtBot) -> None:
    before = studio.data.dataset.images
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000, check_params_cb=bool):
        retype(data, "seed", "7")
    assert studio.session.project.data.seed == 7
    assert (studio.data.dataset.images != before).any()


def test_the_validation_fraction_is_shown_only_for_datasets_read_from_files(
    data: QWidget, studio: Studio, qtbot: QtBot, mnist: Path
) -> None:
    assert not data.findChild(QWidget, "validation").isVisible()
    with qtbot.waitSignal(studio.data.dataset_changed, timeout=20_000, check_params_cb=bool):
        studio.choose_data(DatasetName.parse(f"mnist:{mnist}"))
    assert data.findChild(QWidget, "validation").isVisible()
