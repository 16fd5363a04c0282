"""What every panel must do: label each control, follow the theme, work at any size, and be deleted cleanly."""

from __future__ import annotations

import importlib
import pkgutil
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

from cnnstudio.gui import panels
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio


def all_panels() -> list[type[QWidget]]:
    """Every widget with a title that a module of the package `panels` defines."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(panels.__path__, f"{panels.__name__}.")
        if not found.ispkg
    ]
    return [
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, QWidget)
        and member.__module__ == module.__name__
        and isinstance(vars(member).get("title"), str)
    ]


CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QTextEdit)
every_panel = pytest.mark.parametrize("kind", all_panels(), ids=lambda kind: kind.__name__)


def shown(
    kind: Callable[[Studio], QWidget], studio: Studio, qtbot: QtBot, size: tuple[int, int] = (420, 700)
) -> QWidget:
    panel = kind(studio)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.wait(20)  # layouts settle
    return panel


def controls(panel: QWidget) -> list[QWidget]:
    """The widgets a user operates, without the internal parts of Qt's widgets."""
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
    """A screenshot without keyboard focus."""
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    return panel.grab().toImage()


def check_controls(panel: QWidget) -> None:
    for control in controls(panel):
        what = f"{type(control).__name__} {control.objectName()!r}"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", control.objectName()), what
        assert control.accessibleName() or getattr(control, "text", str)(), what
        if not isinstance(control, QAbstractItemView | QTextEdit):
            assert control.toolTip(), what


@every_panel
def test_every_control_has_a_name_and_a_tooltip(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
    panel = shown(kind, studio, qtbot)
    assert kind.title
    check_controls(panel)
    conv = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", conv.with_params(kernel_size=(11, 11)), "kernel_size")
    for selection in (["conv1"], ["conv1", "relu1"], []):
        studio.session.select(selection)
        check_controls(panel)


@every_panel
def test_a_new_theme_is_applied_at_once(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
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
def test_panels_can_be_painted_in_any_size(kind: type[QWidget], studio: Studio, qtbot: QtBot) -> None:
    panel = shown(kind, studio, qtbot)
    for size in ((140, 90), (900, 120), (160, 900)):
        panel.resize(*size)
        assert not panel.grab().isNull()


@every_panel
def test_panels_follow_runs_and_projects(
    kind: type[QWidget], studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot
) -> None:
    studio.session.select(["conv1"])
    panel = shown(kind, studio, qtbot)
    trained(2)
    qtbot.waitUntil(lambda: studio.evaluator.result is not None and not studio.evaluator.busy, timeout=20_000)
    qtbot.wait(150)
    check_controls(panel)
    assert not panel.grab().isNull()
    studio.new(studio.session.project)
    qtbot.wait(150)
    assert not panel.grab().isNull()


@every_panel
def test_a_hidden_panel_is_up_to_date_when_shown_again(
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
    qtbot.waitUntil(lambda: studio.evaluator.result is not None and not studio.evaluator.busy, timeout=20_000)
    hidden.show()
    qtbot.waitUntil(lambda: image(hidden) == image(other))
