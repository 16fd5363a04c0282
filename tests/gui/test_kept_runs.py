"""Runs that are kept with the project: after opening it again, the curves and the table of runs are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QTreeWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project
from tests.gui.window_user import WindowUser


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
    user.qtbot.waitUntil(lambda: "validation" in legend(user))
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
    user.qtbot.waitUntil(lambda: legend(user) == shown[1])
    assert user.progress[1].startswith("Done after epoch 2, step ")
    assert not user.window.isWindowModified()


def test_a_continued_run_goes_on_in_its_curve(user: WindowUser, tmp_path: Path) -> None:
    trained_and_left(user, tmp_path / "a.cnn")
    user.studio.open(tmp_path / "a.cnn")
    user.ready()
    user.train(4)
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
