"""The Problems panel: shown, selected, fixed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.problems.panel import ProblemsPanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import LAYERS


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> ProblemsPanel:
    made = ProblemsPanel(studio)
    qtbot.addWidget(made)
    made.resize(480, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(panel: ProblemsPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


def enlarge(studio: Studio) -> None:
    conv = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", conv.with_params(kernel_size=(11, 11)), "kernel_size")


def test_a_network_without_problems(panel: ProblemsPanel) -> None:
    assert texts(panel) == ["No problems. The network is ready to train."]


def test_each_problem_is_shown_and_fixed_with_a_click(panel: ProblemsPanel, studio: Studio, qtbot: QtBot) -> None:
    enlarge(studio)
    assert any("A window of height 11 does not fit" in text for text in texts(panel))
    buttons = [button.text() for button in panel.findChildren(QPushButton) if button.isVisible()]
    assert buttons == ["Set window to 9 × 9", "Set padding to same"]
    qtbot.mouseClick(panel.findChild(QPushButton, "fix_1"), Qt.MouseButton.LeftButton)
    assert studio.session.graph.nodes["conv1"].layer.padding == "same"
    assert texts(panel) == ["No problems. The network is ready to train."]
    studio.session.history.undo()
    assert any("A window of height 11 does not fit" in text for text in texts(panel))


def test_a_fix_applies_to_the_current_graph(panel: ProblemsPanel, studio: Studio, qtbot: QtBot) -> None:
    enlarge(studio)
    editing.rename(studio.session, "relu1", "bend")
    qtbot.mouseClick(panel.findChild(QPushButton, "fix_0"), Qt.MouseButton.LeftButton)
    assert studio.session.graph.nodes["relu1"].name == "bend"
    assert studio.session.report.ok


def test_clicking_a_problem_selects_its_layer(panel: ProblemsPanel, studio: Studio, qtbot: QtBot) -> None:
    enlarge(studio)
    name = next(button for button in panel.findChildren(QToolButton) if button.text() == "conv1")
    qtbot.mouseClick(name, Qt.MouseButton.LeftButton)
    assert studio.session.selection == ("conv1",)
    studio.session.select([])
    qtbot.mouseClick(name.parentWidget(), Qt.MouseButton.LeftButton, pos=QPoint(4, 30))
    assert studio.session.selection == ("conv1",)


def test_errors_come_before_warnings_and_the_list_is_limited(panel: ProblemsPanel, studio: Studio) -> None:
    graph = studio.session.graph
    for _ in range(40):
        graph, _ = editing.append(graph, LAYERS["relu"](), None, (0.0, 0.0))
    studio.session.edit_graph("Add", graph)
    names = [button.accessibleName() for button in panel.findChildren(ProblemsPanel)]
    assert names == []
    assert "10 more not shown." in texts(panel)
    editing.connect(studio.session, "relu1", "relu2")
    rows = [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]
    assert "reaches no Output" not in rows[0]


def test_a_batch_size_of_one_is_a_warning_at_batch_norm(panel: ProblemsPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.session.select(["fc1"])
    norm = editing.add_layer(studio.session, "batch_normalization")
    assert texts(panel) == ["No problems. The network is ready to train."]
    project = studio.session.project
    single = replace(project.training, settings=project.training.settings.with_params(batch_size=1))
    studio.session.edit("Change batch size", project.with_training(single))
    assert any("With a batch size of 1, each channel has a single value" in text for text in texts(panel))
    qtbot.mouseClick(panel.findChild(QPushButton, "fix_0"), Qt.MouseButton.LeftButton)
    assert studio.session.graph.nodes[norm].layer.kind == "layer_normalization"
    assert texts(panel) == ["No problems. The network is ready to train."]


def test_a_long_name_ends_within_the_panel(panel: ProblemsPanel, studio: Studio, qtbot: QtBot) -> None:
    enlarge(studio)
    editing.rename(studio.session, "conv1", "W" * 150)
    name = next(button for button in panel.findChildren(QToolButton, "problem_layer") if button.isVisible())
    qtbot.waitUntil(lambda: name.width() > 200)
    assert name.mapTo(panel, name.rect().topRight()).x() < panel.width()
    assert name.text() == "W" * 150
    name.grab()
