"""The Probe panel: image and prediction, samples, drawings and dropped files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.probe.panel import ProbePanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.live_network import FeatureMaps
from cnnstudio.gui.state.prediction import Prediction
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import new_project


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> ProbePanel:
    made = ProbePanel(studio)
    qtbot.addWidget(made)
    made.resize(470, 260)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    return made


def text(panel: ProbePanel, name: str) -> str:
    return panel.findChild(QLabel, f"probe_{name}").text()


def click(panel: ProbePanel, name: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.findChild(QPushButton, f"probe_{name}"), Qt.MouseButton.LeftButton)


def image(panel: ProbePanel) -> QWidget:
    return panel.findChild(QWidget, "probe_image")


def shown_values(panel: ProbePanel) -> str:
    return panel.findChild(QWidget, "score_bars").accessibleDescription()


def test_the_image_its_class_and_the_probabilities_are_shown(panel: ProbePanel, studio: Studio) -> None:
    label = studio.data.dataset.class_names[studio.data.probe.label]
    assert text(panel, "caption") == f"test image 1 of 500 · {label}"
    outputs = studio.live.maps.arrays["output"]
    assert shown_values(panel) == f"X: {outputs[0]:.1%}, O: {outputs[1]:.1%}"
    assert text(panel, "verdict").startswith(f"Prediction: {'XO'[int(outputs.argmax())]} ({outputs.max():.1%}), ")


def test_buttons_step_through_the_images(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    before = image(panel).grab().toImage()
    click(panel, "next", qtbot)
    assert text(panel, "caption").startswith("test image 2 of 500")
    assert image(panel).grab().toImage() != before
    click(panel, "previous", qtbot)
    click(panel, "previous", qtbot)
    assert text(panel, "caption").startswith("test image 500 of 500")


def test_the_prediction_follows_training(
    panel: ProbePanel, studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    trained(5)
    qtbot.waitUntil(lambda: text(panel, "verdict").endswith(", correct."))


def draw_cross(panel: ProbePanel, move_mouse: Callable[..., None]) -> None:
    """Draw an X with the mouse."""
    pad = image(panel)
    side = min(pad.width(), pad.height()) - 12
    left = Qt.MouseButton.LeftButton
    for start, end in ((QPoint(12, 12), QPoint(side, side)), (QPoint(side, 12), QPoint(12, side))):
        QTest.mousePress(pad, left, pos=start)
        for step in range(1, 11):
            move_mouse(pad, start + (end - start) * step / 10, left)
        QTest.mouseRelease(pad, left, pos=end)


def test_a_drawn_x_is_classified(
    panel: ProbePanel,
    studio: Studio,
    trained: Callable[[int], Studio],
    move_mouse: Callable[..., None],
    qtbot: QtBot,
) -> None:
    trained(8)
    click(panel, "draw", qtbot)
    assert (studio.data.probe.stored == -1.0).all()
    draw_cross(panel, move_mouse)
    qtbot.waitUntil(lambda: (np.diagonal(studio.data.probe.stored[0])[1:-1] == 1.0).all())
    qtbot.waitUntil(lambda: text(panel, "verdict").startswith("Prediction: X ("))
    assert text(panel, "caption") == "your drawing"
    assert text(panel, "verdict").endswith(".")
    assert not text(panel, "verdict").endswith("correct.")
    click(panel, "clear", qtbot)
    assert (studio.data.probe.stored == -1.0).all()


def test_a_digit_is_centered_before_it_is_classified(
    panel: ProbePanel, studio: Studio, move_mouse: Callable[..., None], qtbot: QtBot
) -> None:
    studio.new(new_project("lenet5"))
    qtbot.waitUntil(
        lambda: studio.data.dataset is not None and studio.data.dataset.shape == (1, 28, 28), timeout=20_000
    )
    center = panel.findChild(QCheckBox, "probe_center")
    assert not center.isVisible()
    click(panel, "draw", qtbot)
    assert center.isVisible()
    QTest.mouseClick(image(panel), Qt.MouseButton.LeftButton, pos=QPoint(12, 12))
    qtbot.waitUntil(lambda: bool(studio.data.probe.stored[0, 14, 14] > 0))
    assert text(panel, "caption") == "your drawing, centered as in MNIST"
    center.click()
    assert studio.data.probe.stored[0, 14, 14] == 0
    assert text(panel, "caption") == "your drawing"
    click(panel, "draw", qtbot)
    assert not center.isVisible()


def test_a_prediction_is_green_only_where_it_is_correct() -> None:
    names, outputs = ("X", "O"), np.array([0.9, 0.1])
    roles = [Prediction.of(names, outputs, probabilities=True, label=label).color_role for label in (0, 1, None)]
    assert roles == ["good", "problem", "accent"]


def test_the_right_button_erases(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    click(panel, "draw", qtbot)
    QTest.mouseClick(image(panel), Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    qtbot.waitUntil(lambda: bool((studio.data.probe.stored == 1.0).any()))
    QTest.mouseClick(image(panel), Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    qtbot.waitUntil(lambda: bool((studio.data.probe.stored == -1.0).all()))


def test_a_drawing_can_be_made_by_keyboard(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    click(panel, "draw", qtbot)
    assert image(panel).hasFocus()
    QTest.keyClick(image(panel), Qt.Key.Key_Left)
    QTest.keyClick(image(panel), Qt.Key.Key_Up)
    QTest.keyClick(image(panel), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: studio.data.probe.stored[0, 3, 3] == 1.0)


def test_the_previous_sample_returns_after_drawing(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    click(panel, "next", qtbot)
    click(panel, "draw", qtbot)
    click(panel, "draw", qtbot)
    assert text(panel, "caption").startswith("test image 2 of 500")
    click(panel, "draw", qtbot)
    studio.data.show_sample(7)
    assert not panel.findChild(QPushButton, "probe_draw").isChecked()
    assert text(panel, "caption").startswith("test image 8 of 500")


def drop(panel: ProbePanel, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(panel, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(panel, QDropEvent(QPointF(50, 50), copy, data, left, none))


def test_a_dropped_image_becomes_the_probe_image(panel: ProbePanel, studio: Studio, tmp_path: Path) -> None:
    Image.new("L", (40, 40), 255).save(tmp_path / "white.png")
    drop(panel, tmp_path / "white.png")
    assert text(panel, "caption") == "white.png"
    assert (studio.data.probe.stored == 1.0).all()
    assert studio.data.probe.label is None


def test_dropping_a_file_that_is_no_image_reports_a_problem(
    panel: ProbePanel, studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "notes.png").write_text("no image")
    before = text(panel, "caption")
    with qtbot.waitSignal(studio.message) as said:
        drop(panel, tmp_path / "notes.png")
    assert "is not an image in a supported format" in said.args[1]
    assert text(panel, "caption") == before


def test_an_incomplete_network_has_no_prediction(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    studio.session.select(["output"])
    editing.delete_selection(studio.session)
    qtbot.waitUntil(lambda: "once the network is complete" in text(panel, "verdict"))
    assert not panel.findChild(QWidget, "score_bars").isVisible()


def test_scores_are_shown_as_numbers(panel: ProbePanel, studio: Studio, qtbot: QtBot) -> None:
    output = studio.session.graph.nodes["output"].layer.with_params(loss="hinge")
    editing.change_layer(studio.session, "output", output, "loss")
    qtbot.waitUntil(lambda: studio.live.current and not studio.live.computing, timeout=20_000)
    studio.live.show_maps(FeatureMaps({"output": np.array([-1.5, 2.25])}))
    qtbot.waitUntil(lambda: shown_values(panel) == "X: -1.50, O: 2.25")
    assert "(score 2.25)" in text(panel, "verdict")


def test_only_the_top_ten_of_a_thousand_classes_are_shown() -> None:
    outputs = np.zeros(1000)
    outputs[[5, 700]] = 0.3, 0.6
    prediction = Prediction.of(tuple(map(str, range(1000))), outputs, probabilities=True, label=5)
    assert prediction.shown()[:2] == [700, 5]
    assert len(prediction.shown()) == 10
    assert prediction.summary() == "Prediction: 700 (60.0%), wrong: it is 5."


def test_outputs_that_are_not_finite_are_reported() -> None:
    prediction = Prediction.of(("X", "O"), np.array([np.nan, np.nan]), probabilities=True, label=0)
    assert "NaN or infinite" in prediction.summary()
    assert prediction.bar_length(0) == 0.0
