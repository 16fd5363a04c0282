"""The table of runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.runs.panel import HEADERS, RunsPanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.runs.state import RunState


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> RunsPanel:
    made = RunsPanel(studio)
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    return made


def table(panel: RunsPanel) -> QTreeWidget:
    return panel.findChild(QTreeWidget, "runs_table")


def row(panel: RunsPanel, number: int) -> dict[str, str]:
    item = table(panel).topLevelItem(number)
    return {name: item.text(column) for column, name in enumerate(HEADERS)}


def test_an_empty_table_explains_itself(panel: RunsPanel) -> None:
    assert panel.findChild(QPushButton, "runs_train").isVisible()
    assert not table(panel).isVisible()


def test_a_run_is_listed_with_its_results(panel: RunsPanel, studio: Studio, trained: Callable[[int], Studio]) -> None:
    trained(2)
    done, cells = studio.run.records[0].done, row(panel, 0)
    assert cells["Run"] == "Run 1"
    assert (cells["Optimizer"], cells["Learning rate"], cells["Epochs"]) == ("Adam", "0.005", "2")
    assert cells["Loss"] == f"{done.loss:.4f}"
    assert cells["Val. acc."] == f"{done.validation_accuracy:.1%}"
    assert cells["Time"].endswith(" s")
    assert cells["Outcome"] == "finished"


def test_training_that_goes_on_stays_in_its_row(
    panel: RunsPanel, studio: Studio, trained: Callable[[int], Studio]
) -> None:
    trained(1)
    trained(2)
    assert table(panel).topLevelItemCount() == 1
    assert (row(panel, 0)["Epochs"], row(panel, 0)["Outcome"]) == ("2", "finished")


def test_selecting_a_run_highlights_its_curves(
    panel: RunsPanel, studio: Studio, trained: Callable[[int], Studio]
) -> None:
    trained(1)
    layer = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", layer.with_params(filters=5), "filters")
    trained(2)
    table(panel).setFocus()
    QTest.keyClick(table(panel), Qt.Key.Key_Down)
    assert studio.chosen_run is studio.run.records[1]
    QTest.keyClick(table(panel), Qt.Key.Key_Up)
    assert studio.chosen_run is studio.run.records[0]


def test_a_manual_learning_rate_is_listed(panel: RunsPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.run.set_watchable(True)
    studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    studio.run.set_learning_rate(0.001)
    qtbot.waitUntil(lambda: bool(studio.run.records[-1].marks))
    assert row(panel, 0)["Outcome"] == "running"
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)
    assert row(panel, 0)["Learning rate"] == "0.005 → 0.001"
    assert row(panel, 0)["Outcome"] == "stopped"


def test_another_project_starts_without_runs(
    panel: RunsPanel, studio: Studio, trained: Callable[[int], Studio]
) -> None:
    trained(1)
    studio.new(studio.session.project)
    assert table(panel).topLevelItemCount() == 0
    assert panel.findChild(QPushButton, "runs_train").isVisible()
