"""Fixtures for tests of the canvas."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.canvas_user import CanvasUser


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[Studio], CanvasView]:
    """A function that shows a studio's canvas in a window of its own."""

    def make(studio: Studio) -> CanvasView:
        view = CanvasView(studio)
        qtbot.addWidget(view)
        view.resize(1100, 640)
        view.show()
        qtbot.waitExposed(view)
        view.setFocus()
        return view

    return make


@pytest.fixture
def view(studio: Studio, show: Callable[[Studio], CanvasView]) -> CanvasView:
    """The canvas of the X-or-O example."""
    return show(studio)


@pytest.fixture
def user(view: CanvasView) -> CanvasUser:
    """Simulated mouse and keyboard for that canvas."""
    return CanvasUser(view)
