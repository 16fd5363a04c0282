"""Evaluating the test images: the confusion matrix, descriptions of its cells, and the images behind them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Graph
from cnnstudio.gui.panels.confusion.grid import ConfusionGrid
from cnnstudio.gui.panels.confusion.panel import ConfusionPanel
from cnnstudio.gui.panels.mistakes.panel import MistakesPanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.evaluator import Cell
from cnnstudio.gui.state.studio import Studio


def shown(panel: QWidget, qtbot: QtBot) -> QWidget:
    qtbot.addWidget(panel)
    panel.resize(480, 300)
    panel.show()
    panel.activateWindow()
    with qtbot.waitActive(panel):
        pass
    return panel


@pytest.fixture
def mistakes(studio: Studio, qtbot: QtBot) -> QWidget:
    return shown(MistakesPanel(studio), qtbot)


@pytest.fixture
def confusion(studio: Studio, mistakes: QWidget, qtbot: QtBot) -> QWidget:
    return shown(ConfusionPanel(studio), qtbot)


def text(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def grid(panel: QWidget) -> ConfusionGrid:
    return panel.findChild(ConfusionGrid, "confusion_grid")


def evaluate(studio: Studio, confusion: QWidget, qtbot: QtBot) -> None:
    """Click the button of the empty panel."""
    button = confusion.findChild(QPushButton, "confusion_begin")
    with qtbot.waitSignal(studio.evaluator.result_changed, timeout=20_000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not studio.evaluator.busy)


def test_the_button_evaluates_the_current_weights(confusion: QWidget, studio: Studio, qtbot: QtBot) -> None:
    evaluate(studio, confusion, qtbot)
    counts = studio.evaluator.result.predictions.evaluation.confusion
    assert counts.sum() == 500
    summary = text(confusion, "confusion_summary")
    assert summary.startswith(f"{counts.trace() / 500:.1%} of 500 test images correct · loss ")
    assert summary.endswith("after step 0")


def test_every_run_is_evaluated_when_it_ends(
    confusion: QWidget, studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    trained(1)
    qtbot.waitUntil(lambda: text(confusion, "confusion_summary").endswith("after step 75"), timeout=20_000)
    assert studio.evaluator.result.predictions.evaluation.accuracy > 0.9


def test_cells_are_described_for_mouse_and_keyboard(
    confusion: QWidget, studio: Studio, move_mouse: Callable[..., None], qtbot: QtBot
) -> None:
    evaluate(studio, confusion, qtbot)
    counts = studio.evaluator.result.predictions.evaluation.confusion
    cells = grid(confusion)
    move_mouse(cells, cells.cell_center(Cell(0, 1)))
    assert text(confusion, "confusion_sentence") == cells.sentence(Cell(0, 1))
    assert cells.sentence(Cell(0, 0)).endswith("of X classified correctly.")
    cells.setFocus()
    QTest.keyClick(cells, Qt.Key.Key_Down)
    assert text(confusion, "confusion_sentence") == f"{counts[1, 1]} images of O classified correctly."
    QTest.keyClick(cells, Qt.Key.Key_Left)
    assert text(confusion, "confusion_sentence").endswith("of O classified as X.")
    QTest.keyClick(cells, Qt.Key.Key_Return)
    assert studio.evaluator.cell == Cell(1, 0)


def test_clicking_a_cell_shows_its_images(confusion: QWidget, mistakes: QWidget, studio: Studio, qtbot: QtBot) -> None:
    evaluate(studio, confusion, qtbot)
    counts = studio.evaluator.result.predictions.evaluation.confusion
    images = mistakes.findChild(QListWidget, "mistakes_list")
    assert images.count() == min(500 - counts.trace(), 200)
    qtbot.mouseClick(grid(confusion), Qt.MouseButton.LeftButton, pos=grid(confusion).cell_center(Cell(1, 1)))
    assert images.count() == min(counts[1, 1], 200)
    assert "of class “O” classified correctly" in text(mistakes, "mistakes_caption")
    qtbot.mouseClick(mistakes.findChild(QPushButton, "mistakes_all"), Qt.MouseButton.LeftButton)
    assert images.count() == min(500 - counts.trace(), 200)


def test_a_mistake_becomes_the_probe(confusion: QWidget, mistakes: QWidget, studio: Studio, qtbot: QtBot) -> None:
    evaluate(studio, confusion, qtbot)
    predictions = studio.evaluator.result.predictions
    images = mistakes.findChild(QListWidget, "mistakes_list")
    second = images.visualItemRect(images.item(1)).center()
    qtbot.mouseClick(images.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert studio.data.index == predictions.mistakes()[1]
    mistakes.activateWindow()
    images.setFocus()
    with qtbot.waitActive(mistakes):
        pass
    QTest.keyClick(images, Qt.Key.Key_Left)
    assert studio.data.index == predictions.mistakes()[0]
    assert images.item(0).text() in ("X → O", "O → X")


def test_the_focus_alone_keeps_the_probe(confusion: QWidget, mistakes: QWidget, studio: Studio, qtbot: QtBot) -> None:
    evaluate(studio, confusion, qtbot)
    studio.data.show_sample(7)
    mistakes.activateWindow()
    with qtbot.waitActive(mistakes):
        pass
    mistakes.findChild(QListWidget, "mistakes_list").setFocus()
    assert studio.data.index == 7


def test_an_empty_canvas_cannot_be_evaluated(confusion: QWidget, studio: Studio, qtbot: QtBot) -> None:
    studio.session.edit("Delete", studio.session.project.with_graph(Graph()))
    begin = confusion.findChild(QPushButton, "confusion_begin")
    qtbot.waitUntil(lambda: not begin.isEnabled())
    assert "incomplete" in begin.toolTip()


def test_a_network_without_mistakes(
    mistakes: QWidget, studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    trained(10)
    qtbot.waitUntil(lambda: studio.evaluator.result is not None, timeout=20_000)
    assert studio.evaluator.result.predictions.evaluation.accuracy == 1.0
    texts = [label.text() for label in mistakes.findChildren(QLabel) if label.isVisible()]
    assert "All 500 images were classified correctly." in texts


def test_a_broken_network_cannot_be_evaluated_and_the_tooltip_says_why(confusion: QWidget, studio: Studio) -> None:
    studio.session.select(["output"])
    editing.delete_selection(studio.session)
    button = confusion.findChild(QPushButton, "confusion_begin")
    assert not button.isEnabled()
    assert "network is incomplete" in button.toolTip()


def test_a_network_that_outputs_images_has_no_confusion_matrix(
    confusion: QWidget, mistakes: QWidget, studio: Studio, qtbot: QtBot
) -> None:
    graph = studio.session.graph
    for node in ("relu1", "pool1", "flatten", "fc1"):
        graph = graph.without([node])
    conv = graph.nodes["conv1"].layer.with_params(filters=1, padding="same")
    output = graph.nodes["output"].layer.with_params(loss="squared", target="picture")
    graph = graph.with_layer("conv1", conv).with_layer("output", output)
    graph = graph.with_edge(editing.Edge("conv1", "output"))
    studio.session.edit_graph("Change", graph)
    qtbot.waitUntil(lambda: studio.live.current)
    evaluate(studio, confusion, qtbot)
    for panel in (confusion, mistakes):
        assert any("not a classifier" in label.text() for label in panel.findChildren(QLabel))


def test_another_project_starts_without_an_evaluation(confusion: QWidget, studio: Studio, qtbot: QtBot) -> None:
    evaluate(studio, confusion, qtbot)
    studio.new(studio.session.project)
    assert studio.evaluator.result is None
    assert text(confusion, "confusion_summary") == ""


def test_many_classes_are_painted_without_numbers(studio: Studio, qtbot: QtBot) -> None:
    cells = ConfusionGrid(studio.theme)
    shown(cells, qtbot)
    counts = np.eye(1000, dtype=np.int64) * 5
    cells.show_counts(counts, tuple(f"class {number}" for number in range(1000)))
    painted = cells.grab().toImage()
    assert painted.pixelColor(240, 150).green() > painted.pixelColor(240, 20).green()
    assert cells.sentence(Cell(3, 3)) == "5 images of class 3 classified correctly."
