"""The Inspector panel: one layer, several, or the whole network."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.engine.device_selection import Device, reference_device
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.gui.panels.inspector.feature_map_grid import FeatureMapGrid
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.state import device_list, editing
from cnnstudio.gui.state.studio import Studio


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> InspectorPanel:
    made = InspectorPanel(studio)
    qtbot.addWidget(made)
    made.resize(286, 780)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    return made


def heading(panel: InspectorPanel) -> str:
    return panel.findChild(QLabel, "inspector_heading").text()


def arithmetic(panel: InspectorPanel) -> list[str]:
    return panel.findChild(QLabel, "arithmetic").accessibleName().split("\n")


def shown_texts(panel: InspectorPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def visible(panel: InspectorPanel, kind: type, name: str) -> QWidget:
    widgets: list[QWidget] = panel.findChildren(kind, name)
    return next(widget for widget in widgets if widget.isVisible())


def test_shows_the_arithmetic_of_a_convolution(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["conv1"])
    assert heading(panel) == "CONVOLUTION · CONV1"
    assert arithmetic(panel) == [
        "out = (W − F + 2P)/S + 1",
        "    = (9 − 3 + 2·0)/1 + 1 = 7",
        "shape  1×9×9 → 3×7×7",
        "params 3·(3·3·1 + 1) = 30",
        "MACs   1\u202f323 per image",
    ]
    assert "Slides filters over the image" in shown_texts(panel)


def test_quick_edits_are_one_undo_step_and_update_the_arithmetic(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["conv1"])
    filters = visible(panel, QAbstractSpinBox, "filters")
    for _ in range(3):
        QTest.keyClick(filters, Qt.Key.Key_Up)
    assert studio.session.graph.nodes["conv1"].layer.filters == 6
    assert "params 6·(3·3·1 + 1) = 60" in arithmetic(panel)
    studio.session.history.undo()
    assert studio.session.graph.nodes["conv1"].layer.filters == 3
    assert filters.text() == "3"
    assert "params 3·(3·3·1 + 1) = 30" in arithmetic(panel)


def test_undo_while_a_value_is_typed_drops_the_text_and_keeps_the_history(
    panel: InspectorPanel, studio: Studio
) -> None:
    session = studio.session
    session.select(["conv1"])
    original = session.project
    constant = original.graph.nodes["conv1"].layer.with_params(initializer="constant")
    editing.change_layer(session, "conv1", constant, "initializer")
    changed = session.project
    field = visible(panel, QAbstractSpinBox, "constant")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "7")
    session.history.undo()  # hides the field, which commits when it loses the focus
    assert session.project == original
    assert (session.history.index(), session.history.count()) == (0, 1)
    session.history.redo()
    assert session.project == changed
    assert visible(panel, QAbstractSpinBox, "constant").text() == "0.1"


def test_a_layer_can_be_renamed(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["conv1"])
    name = visible(panel, QLineEdit, "node_name")
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "eyes")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert studio.session.graph.nodes["conv1"].name == "eyes"
    assert heading(panel) == "CONVOLUTION · EYES"
    name.selectAll()
    QTest.keyClicks(name, "   ")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert name.text() == "eyes"


def test_a_problem_is_shown_and_fixed_with_a_click(panel: InspectorPanel, studio: Studio, qtbot: QtBot) -> None:
    conv = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", conv.with_params(kernel_size=(11, 11)), "kernel_size")
    studio.session.select(["conv1"])
    assert "A window of height 11 does not fit in an image of height 9: (9 − 11 + 2·0)/1 + 1 = -1." in shown_texts(
        panel
    )
    fix = visible(panel, QPushButton, "fix_0")
    assert fix.text() == "Set window to 9 × 9"
    qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert studio.session.graph.nodes["conv1"].layer.kernel_size == (9, 9)
    assert studio.session.report.ok
    assert not any(button.isVisible() for button in panel.findChildren(QPushButton, "fix_0"))


def test_the_filters_are_shown_and_change_with_training(
    panel: InspectorPanel, studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    studio.session.select(["conv1"])
    filters = visible(panel, QWidget, "filters")
    assert filters.accessibleName() == "3 of 3 filters, as images"
    assert "FILTERS (INITIAL)" in shown_texts(panel)
    before = filters.grab().toImage()
    trained(1)
    qtbot.waitUntil(lambda: "FILTERS (TRAINED)" in shown_texts(panel))
    assert filters.grab().toImage() != before


def test_all_feature_maps_are_shown_with_their_values(panel: InspectorPanel, studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.select(["conv1"])
    assert "FEATURE MAPS (3)" in shown_texts(panel)
    conv = session.graph.nodes["conv1"].layer
    editing.change_layer(session, "conv1", conv.with_params(filters=40), "filters")
    qtbot.waitUntil(lambda: "FEATURE MAPS (40)" in shown_texts(panel), timeout=10_000)
    maps = panel.findChild(FeatureMapGrid)
    assert maps.accessibleName() == "40 feature maps, as images"
    corner = QPoint(maps.width() // 2 + 4, maps.height() - 2)  # in the fourth of six columns of the last row
    value = float(studio.shown.arrays["conv1"][39, 6, 0])
    assert maps.value_at(corner) == f"map 40 of 40, row 7, column 1: {value:.4g}"
    assert maps.value_at(QPoint(maps.width() - 2, maps.height() - 2)) == ""
    assert not maps.grab().isNull()
    session.select(["fc1"])
    assert "FEATURE MAPS" not in shown_texts(panel)


def test_the_weights_of_each_unit_are_shown(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["fc1"])
    assert visible(panel, QWidget, "filters").accessibleName() == "6 of 6 units, as images"


def test_a_layer_without_weights_has_no_filters(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["relu1"])
    assert not panel.findChild(QWidget, "filters").isVisible()
    assert arithmetic(panel) == ["shape  3×7×7 → 3×7×7"]


def test_several_layers_are_listed_and_deleted_together(panel: InspectorPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.session.select(["conv1", "relu1"])
    assert heading(panel) == "2 LAYERS"
    assert visible(panel, QLabel, "selected_names").text() == "conv1, relu1."
    assert "30 parameters" in shown_texts(panel)
    qtbot.mouseClick(visible(panel, QPushButton, "delete_selected"), Qt.MouseButton.LeftButton)
    assert {"conv1", "relu1"}.isdisjoint(studio.session.graph.nodes)
    assert heading(panel) == "NETWORK"


def test_without_a_selection_the_network_and_first_steps_are_shown(
    panel: InspectorPanel, studio: Studio, qtbot: QtBot
) -> None:
    report = studio.session.report
    assert visible(panel, QLabel, "network_layers").text() == "7"
    assert visible(panel, QLabel, "network_parameters").text() == str(report.parameters)
    qtbot.waitUntil(lambda: "KB at batch size 16" in visible(panel, QLabel, "network_memory").text())
    with qtbot.waitSignal(studio.run.run_started):
        qtbot.mouseClick(visible(panel, QPushButton, "network_train"), Qt.MouseButton.LeftButton)


def test_the_memory_estimate_is_that_of_the_chosen_device(
    panel: InspectorPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Card(NumpyEngine):
        def memory_needed(self, *arguments: object) -> int:
            assert threading.current_thread() is not threading.main_thread()  # it can take a second
            return 123_000_000

    found = [reference_device(), Device("opencl:0", "A card")]
    monkeypatch.setattr(device_list, "devices", lambda: found)
    monkeypatch.setattr(device_list, "open_engine", lambda name: {"opencl:0": Card(1)}[name])
    memory = visible(panel, QLabel, "network_memory")
    qtbot.waitUntil(lambda: "KB at batch size 16" in memory.text())
    studio.run.set_device("opencl:0")
    qtbot.waitUntil(lambda: memory.text() == "123 MB at batch size 16")
    studio.run.set_device("numpy")
    qtbot.waitUntil(lambda: "KB at batch size 16" in memory.text())


def test_training_is_disabled_while_the_network_has_problems(panel: InspectorPanel, studio: Studio) -> None:
    studio.session.select(["output"])
    editing.delete_selection(studio.session)
    train = visible(panel, QPushButton, "network_train")
    assert not train.isEnabled()
    assert "no Output layer" in train.toolTip()


def test_filters_are_red_above_and_blue_below_zero(panel: InspectorPanel, studio: Studio) -> None:
    studio.live.network.weights.arrays["conv1.weight"][...] = np.array([1.0, -1.0, 0.0])[:, None, None, None]
    studio.session.select(["conv1"])
    image = visible(panel, QWidget, "filters").grab().toImage()
    red, blue = image.pixelColor(10, 10), image.pixelColor(60, 10)
    assert red.red() > 200 > 120 > red.blue()
    assert blue.blue() > 200 > 120 > blue.red()
