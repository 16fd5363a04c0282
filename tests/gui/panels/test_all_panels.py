"""What every panel must do: be named, explain each control, follow the theme, live at any size, and go away cleanly."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.confusion.panel import ConfusionPanel
from cnnstudio.gui.panels.curves.panel import AccuracyPanel, LossPanel
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.panels.log.panel import LogPanel
from cnnstudio.gui.panels.mistakes.panel import MistakesPanel
from cnnstudio.gui.panels.outline.panel import OutlinePanel
from cnnstudio.gui.panels.palette.panel import PalettePanel
from cnnstudio.gui.panels.probe.panel import ProbePanel
from cnnstudio.gui.panels.problems.panel import ProblemsPanel
from cnnstudio.gui.panels.runs.panel import RunsPanel
from cnnstudio.gui.panels.training_settings.data_popup import DataPopup
from cnnstudio.gui.panels.training_settings.optimizer_popup import OptimizerPopup
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio

PANELS = (
    PalettePanel,
    OutlinePanel,
    InspectorPanel,
    ProblemsPanel,
    LossPanel,
    AccuracyPanel,
    ProbePanel,
    ConfusionPanel,
    MistakesPanel,
    RunsPanel,
    LogPanel,
    OptimizerPopup,
    DataPopup,
)
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QTextEdit)
every_panel = pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)


def shown(kind: type[QWidget], studio: Studio, qtbot: QtBot, size: tuple[int, int] = (420, 700)) -> QWidget:
    panel = kind(studio)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.wait(20)  # layouts settle
    return panel


def controls(panel: QWidget) -> list[QWidget]:
    """What takes the keyboard or the mouse, without the insides of Qt's own controls."""
    found = [widget for kind in CONTROLS for widget in panel.findChildren(kind)]
    return [
        widget
        for widget in found
        if not widget.objectName().startswith("qt_")
        and not isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QLineEdit)
        and "PrivateScroller" not in type(widget).__name__
        and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not widget.inherits("QComboBoxListView")
    ]


def image(panel: QWidget) -> QImage:
    """What it looks like while the keyboard is elsewhere."""
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    return panel.grab().toImage()


def explained(panel: QWidget) -> None:
    for control in controls(panel):
        what = f"{type(control).__name__} {control.objectName()!r}"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", control.objectName()), what
        assert control.accessibleName() or getattr(control, "text", str)(), what
        if not isinstance(control, QAbstractItemView | QTextEdit):
            assert control.toolTip(), what


@every_panel
def test_every_control_is_named_and_explained(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
    panel = shown(kind, studio, qtbot)
    assert kind.title
    explained(panel)
    conv = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", conv.with_params(kernel_size=(11, 11)), "kernel_size")
    for selection in (["conv1"], ["conv1", "relu1"], []):
        studio.session.select(selection)
        explained(panel)


@every_panel
def test_follows_the_theme_at_once(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
    studio.session.select(["conv1"])
    panel = shown(kind, studio, qtbot)
    dark = image(panel)
    studio.theme.choose("light")
    light = image(panel)
    corner = QPoint(2, panel.height() - 3)
    assert dark.pixelColor(corner).lightness() < 80
    assert light.pixelColor(corner).lightness() > 180
    studio.theme.choose("dark")
    assert image(panel) == dark


@every_panel
def test_lives_at_any_size(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
    panel = shown(kind, studio, qtbot)
    for size in ((140, 90), (900, 120), (160, 900)):
        panel.resize(*size)
        assert not panel.grab().isNull()


@every_panel
def test_follows_a_run_from_start_to_end_and_another_project(
    kind: type[QWidget], studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    studio.session.select(["conv1"])
    panel = shown(kind, studio, qtbot)
    trained(2)
    qtbot.waitUntil(lambda: studio.judge.judged is not None and not studio.judge.busy, timeout=20_000)
    qtbot.wait(150)
    explained(panel)
    assert not panel.grab().isNull()
    studio.new(studio.session.project)
    qtbot.wait(150)
    assert not panel.grab().isNull()


@every_panel
def test_a_hidden_panel_shows_what_is_new_when_it_comes_back(
    kind: type[QWidget], studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    studio.session.select(["conv1"])
    hidden = shown(kind, studio, qtbot)
    hidden.hide()
    other = shown(kind, studio, qtbot)
    conv = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", conv.with_params(filters=5), "filters")
    qtbot.waitUntil(lambda: studio.live.current)
    trained(1)
    qtbot.waitUntil(lambda: studio.judge.judged is not None and not studio.judge.busy, timeout=20_000)
    hidden.show()
    qtbot.waitUntil(lambda: image(hidden) == image(other))
