"""The Inspector panel at its smallest width: nothing of any layer is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Node
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.spec import ChoiceParam, params_of


def variants(kind: type[Layer]) -> list[Layer]:
    """The layer with each choice of each of its parameters."""
    made = [kind()]
    for name, param in params_of(kind()):
        if isinstance(param, ChoiceParam):
            made += [kind().with_params(**{name: option}) for option in param.options]
    return made


@pytest.fixture(params=[1, 2])
def font_scale(request: pytest.FixtureRequest, application: QApplication, studio: Studio) -> Iterator[int]:
    """Fonts of the usual size, or twice as large."""
    before = application.styleSheet()
    application.setStyleSheet(re.sub(r"(?<=font-size: )\d+", lambda m: str(int(m.group()) * request.param), before))
    yield request.param
    application.setStyleSheet(before)


def cut_off(panel: InspectorPanel) -> list[str]:
    """The widgets that are seen, but end beyond the right edge of the page, or are too narrow for what they hold."""
    found = []
    for area in panel.findChildren(QScrollArea):
        viewport = area.viewport()
        if not viewport.isVisible():
            continue
        for widget in area.widget().findChildren(QWidget):
            if widget.isVisible() and widget.size().width() > 0:
                right = widget.mapTo(viewport, QPoint(widget.width(), 0)).x()
                if right > viewport.width():
                    text = widget.text() if isinstance(widget, QLabel) else ""
                    found.append(
                        f"{type(widget).__name__} {widget.objectName()}{text} ends at {right} of {viewport.width()}"
                    )
    return found


def test_nothing_is_cut_off(studio: Studio, font_scale: int, qtbot: QtBot) -> None:
    panel = InspectorPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(panel.minimumWidth(), 700)
    panel.show()
    graph, session = studio.session.graph, studio.session
    for layer in [layer for kind in LAYERS.values() for layer in variants(kind)]:
        session.edit("Change", session.project.with_graph(graph.with_node(Node("conv1", layer, "a_long_name" * 3))))
        session.select(["conv1"])
        for button in panel.findChildren(QToolButton, "more"):
            button.setChecked(True)
        QApplication.processEvents()
        assert panel.width() == panel.minimumWidth()
        assert not cut_off(panel), layer
    for selection in ([], ["conv1", "relu1"]):
        session.select(selection)
        QApplication.processEvents()
        assert not cut_off(panel)
