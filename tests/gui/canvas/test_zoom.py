"""Zooming, panning, fitting, and the minimap."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnstudio.gui.canvas.minimap import Minimap
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.canvas.zoom import MAX_ZOOM, MIN_ZOOM
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import new_project
from tests.gui.canvas.canvas_user import CanvasUser

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


def turn_wheel(view: CanvasView, pixel: QPoint, notches: int) -> None:
    """Turn the wheel at a pixel; positive is away from the user."""
    at, none = QPointF(pixel), Qt.KeyboardModifier.NoModifier
    on_screen = QPointF(view.viewport().mapToGlobal(pixel))
    phase, buttons = Qt.ScrollPhase.NoScrollPhase, Qt.MouseButton.NoButton
    event = QWheelEvent(at, on_screen, QPoint(), QPoint(0, 120 * notches), buttons, none, phase, False)
    QApplication.sendEvent(view.viewport(), event)


@pytest.fixture
def minimap(view: CanvasView) -> Minimap:
    """The minimap of the canvas."""
    found = view.findChild(Minimap)
    assert isinstance(found, Minimap)
    return found


def test_the_first_view_shows_all_at_100_percent_at_most(studio: Studio, view: CanvasView) -> None:
    assert view.zoom.visible_rect().contains(view.graph_scene.content())
    assert view.zoom.factor <= 1.0
    studio.new(new_project("lenet5"))
    assert view.zoom.visible_rect().contains(view.graph_scene.content())


@pytest.mark.parametrize("notches", [3, -3])
def test_the_wheel_zooms_at_the_pointer(view: CanvasView, user: CanvasUser, notches: int) -> None:
    place = view.graph_scene.nodes["pool1"].pos()
    pixel = user.pixel(place)
    before = view.zoom.factor
    turn_wheel(view, pixel, notches)
    assert view.zoom.factor == pytest.approx(before * 1.2**notches)
    assert (user.pixel(place) - pixel).manhattanLength() <= 3


def test_zoom_has_limits_and_is_reported(view: CanvasView, qtbot: QtBot) -> None:
    reported: list[float] = []
    view.zoom.changed.connect(reported.append)
    turn_wheel(view, QPoint(50, 50), 40)
    assert view.zoom.factor == MAX_ZOOM == 4.0
    turn_wheel(view, QPoint(50, 50), -80)
    assert view.zoom.factor == MIN_ZOOM == 0.1
    view.zoom.reset()
    assert reported == [4.0, 0.1, 1.0]


def test_the_middle_button_pans(view: CanvasView, user: CanvasUser) -> None:
    start = view.graph_scene.nodes["conv1"].pos()
    pixel = user.pixel(start)
    user.grab(start, view.mapToScene(pixel + QPoint(80, 50)), MIDDLE)
    user.let_go(start, MIDDLE)
    assert user.pixel(start) == pixel + QPoint(80, 50)


def test_space_with_the_left_button_pans_and_escape_cancels(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    start = view.graph_scene.nodes["conv1"].pos()
    pixel = user.pixel(start)
    QTest.keyPress(view, Qt.Key.Key_Space)
    user.grab(start, view.mapToScene(pixel + QPoint(80, 50)))
    assert user.pixel(start) == pixel + QPoint(80, 50)
    assert studio.session.selection == ()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert user.pixel(start) == pixel
    user.let_go(start)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    user.click(user.node("conv1"))
    assert studio.session.selection == ("conv1",)


def test_the_network_stays_in_view_until_the_view_is_moved(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    view.resize(700, 420)
    qtbot.wait(10)
    assert view.zoom.visible_rect().contains(view.graph_scene.content())
    view.zoom.set(2.0)
    view.resize(900, 500)
    qtbot.wait(10)
    assert view.zoom.factor == 2.0


def test_layers_added_outside_the_view_are_brought_into_view(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    for _ in range(4):
        user.key(Qt.Key.Key_C)
    assert view.zoom.visible_rect().contains(view.graph_scene.content())


def test_the_minimap_appears_when_something_is_out_of_view(view: CanvasView, minimap: Minimap) -> None:
    assert not minimap.isVisible()
    view.zoom.set(3.0)
    assert minimap.isVisible()
    assert minimap.geometry().right() > view.width() - 40
    view.auto_fit.fit()
    assert not minimap.isVisible()


def test_the_minimap_follows_the_graph(studio: Studio, view: CanvasView, minimap: Minimap) -> None:
    editing.move(studio.session, {"output": (4000.0, 3000.0)})
    assert minimap.isVisible()
    studio.session.history.undo()
    assert not minimap.isVisible()


def test_clicking_and_dragging_in_the_minimap_moves_the_view(view: CanvasView, minimap: Minimap) -> None:
    view.zoom.set(3.0)
    pixel = QPoint(minimap.width() // 2, minimap.height() // 2)
    wanted = minimap.to_scene(QPointF(pixel))
    QTest.mousePress(minimap, LEFT, pos=pixel)
    assert (view.zoom.visible_rect().center() - wanted).manhattanLength() < 3.0
    QTest.mouseMove(minimap, pixel + QPoint(10, 6))
    assert view.zoom.visible_rect().center().x() > wanted.x()
    assert view.zoom.visible_rect().center().y() > wanted.y()
    QTest.mouseRelease(minimap, LEFT, pos=pixel)
