"""Runs that are kept with the project: after opening it again, the curves and the table of runs are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.curves.panel import LossPanel
from cnnstudio.gui.panels.runs.panel import RunsPanel
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import load, new_project, save
from tests.gui.window_user import WindowUser

PATIENCE = 20_000  # milliseconds


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


def rows(user: WindowUser) -> list[list[str]]:
    """The table of runs."""
    table = user.window.findChild(QTreeWidget, "runs_table")
    items = [table.topLevelItem(number) for number in range(table.topLevelItemCount())]
    return [[item.text(column) for column in range(table.columnCount())] for item in items]


def legend(user: WindowUser) -> str:
    return user.window.findChild(QLabel, "loss_legend").accessibleName()


def trained_and_left(user: WindowUser, path: Path) -> tuple[list[list[str]], str]:
    """Train two epochs, save, and open another project; returns what was shown of the run."""
    user.train(2)
    loss = user.window.findChild(LossPanel).format_value(user.studio.run.records[-1].epochs[-1].validation_loss)
    user.qtbot.waitUntil(lambda: f"validation {loss}" in legend(user), timeout=PATIENCE)  # it is drawn to the end
    shown = rows(user), legend(user)
    user.studio.save(path)
    user.studio.new(new_project("lenet5"))
    assert rows(user) == []
    return shown


def test_curves_and_table_are_there_after_opening_the_project_again(user: WindowUser, tmp_path: Path) -> None:
    shown = trained_and_left(user, tmp_path / "a.cnn")
    user.studio.open(tmp_path / "a.cnn")
    user.ready()
    assert rows(user) == shown[0]
    user.qtbot.waitUntil(lambda: legend(user) == shown[1], timeout=PATIENCE)
    assert user.progress[1].startswith("Done after epoch 2, step ")
    assert not user.window.isWindowModified()


def test_a_continued_run_goes_on_in_its_curve(user: WindowUser, tmp_path: Path) -> None:
    trained_and_left(user, tmp_path / "a.cnn")
    user.studio.open(tmp_path / "a.cnn")
    user.ready()
    user.set_epochs(4)
    assert "Continues from epoch 2: 2 more epochs." in user.button("train_button").toolTip()
    said: list[str] = []
    user.studio.message.connect(lambda kind, text: said.append(text))
    user.train(4)
    assert "Continues from epoch 2: 2 more epochs." in said
    assert [row[0] for row in rows(user)] == ["Run 1"]
    (record,) = user.studio.run.records
    assert record.steps.tolist() == list(range(1, len(record.steps) + 1))
    assert (np.diff(record.positions) > 0).all()
    assert [done.epoch for done in record.epochs] == [1, 2, 3, 4]


def test_a_restored_copy_has_its_runs(user: WindowUser, qtbot: QtBot, tmp_path: Path) -> None:
    user.train(2)
    autosave = user.studio.findChild(Autosave)
    with qtbot.waitSignal(autosave.saved, timeout=20_000):
        autosave.save()
    (copy,) = tmp_path.rglob("autosave-*.cnn")
    shown = rows(user)
    user.studio.new(new_project("xo"))
    user.studio.restore(copy)
    assert rows(user) == shown
    assert user.window.isWindowModified()


def past_its_best(user: WindowUser, path: Path) -> dict[str, np.ndarray]:
    """Open a project whose best weights are of epoch 1, and its last ones of epoch 2; returns the best ones."""
    trained_and_left(user, path)
    saved = load(path)
    arrays = {key: np.ascontiguousarray(-array) for key, array in saved.arrays.items()}
    best = replace(saved.checkpoint.best, epoch=1, step=1, loss=0.0, arrays=arrays)
    save(path, saved.project, saved.arrays, replace(saved.checkpoint, best=best), runs=saved.runs)
    user.studio.open(path)
    user.ready()
    return arrays


def weights(user: WindowUser) -> dict[str, np.ndarray]:
    return {key: array.copy() for key, array in user.studio.live.network.weights.arrays.items()}


def test_the_best_weights_are_used_and_the_last_ones_again(user: WindowUser, tmp_path: Path) -> None:
    best, last = past_its_best(user, tmp_path / "a.cnn"), load(tmp_path / "a.cnn").arrays
    user.window.findChild(RunsPanel).show()
    button = user.window.findChild(QPushButton, "exchange_weights")
    assert button.text() == "Use the best weights (epoch 1)"
    assert not user.entry("Train", "Use last weights again").isEnabled()
    user.choose("Train", "Use best weights")
    user.ready()
    assert all(np.array_equal(weights(user)[key], array) for key, array in best.items())
    assert user.message == "The weights of epoch 1, with the lowest validation loss, are in use."
    assert user.progress[1].startswith("Weights of epoch 1 in use · ")
    assert user.window.isWindowModified()
    user.studio.save(tmp_path / "best.cnn")
    saved = load(tmp_path / "best.cnn")
    assert all(np.array_equal(saved.arrays[key], array) for key, array in best.items())
    assert saved.checkpoint.epoch == 1
    assert button.text() == "Use the last weights again (epoch 2)"
    button.click()
    user.ready()
    assert all(np.array_equal(weights(user)[key], array) for key, array in last.items())
    assert user.progress[1].startswith("Done after epoch 2")


def test_training_from_the_best_weights_is_another_run(user: WindowUser, tmp_path: Path) -> None:
    past_its_best(user, tmp_path / "a.cnn")
    user.choose("Train", "Use best weights")
    user.ready()
    user.train(3)
    assert [row[0] for row in rows(user)] == ["Run 1", "Run 2"]
    assert [done.epoch for done in user.studio.run.records[1].epochs] == [2, 3]
    assert not user.entry("Train", "Use last weights again").isEnabled()
