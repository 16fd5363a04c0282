"""The context menus of the canvas, and fixing problems from a node."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from tests.gui.canvas.canvas_user import CanvasUser

GROUND = QPointF(120.0, 130.0)


@pytest.fixture
def menu(view: CanvasView, user: CanvasUser) -> Callable[[QPointF], QMenu]:
    """A function that opens the context menu at a point of the scene."""

    def open_at(place: QPointF) -> QMenu:
        pixel = user.pixel(place)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, pixel, view.viewport().mapToGlobal(pixel))
        QApplication.sendEvent(view.viewport(), event)
        return current(user)

    return open_at


def current(user: CanvasUser) -> QMenu:
    """The open menu."""
    popup = user.popup()
    assert isinstance(popup, QMenu)
    return popup


def choose(menu: QMenu, text: str) -> None:
    """Choose an entry by its text."""
    entry = next(action for action in menu.actions() if action.text().split("\t")[0] == text)
    entry.trigger()
    menu.close()


def test_a_node_is_selected_and_deleted(studio: Studio, user: CanvasUser, menu: Callable[[QPointF], QMenu]) -> None:
    opened = menu(user.node("relu1"))
    assert studio.session.selection == ("relu1",)
    choose(opened, "Delete")
    assert "relu1" not in studio.session.graph.nodes


def test_a_node_is_duplicated(studio: Studio, user: CanvasUser, menu: Callable[[QPointF], QMenu]) -> None:
    choose(menu(user.node("conv1")), "Duplicate")
    assert studio.session.selection == ("conv2",)


def test_an_edge_is_disconnected(studio: Studio, view: CanvasView, menu: Callable[[QPointF], QMenu]) -> None:
    edge = Edge("conv1", "relu1")
    choose(menu(view.graph_scene.edges[edge].middle()), "Disconnect")
    assert edge not in studio.session.graph.edges


def test_the_background_menu_selects_all_and_arranges(studio: Studio, menu: Callable[[QPointF], QMenu]) -> None:
    choose(menu(GROUND), "Select all")
    assert set(studio.session.selection) == set(studio.session.graph.nodes)
    editing.move(studio.session, {"conv1": (5.0, 400.0)})
    choose(menu(GROUND), "Arrange")
    assert studio.session.graph.nodes["conv1"].position[1] == studio.session.graph.nodes["relu1"].position[1]


def test_the_background_menu_offers_layers(user: CanvasUser, menu: Callable[[QPointF], QMenu]) -> None:
    choose(menu(GROUND), "Add layer…")
    assert user.popup().objectName() == "quick_add"
    user.popup().close()


def test_a_closed_menu_is_deleted(view: CanvasView, user: CanvasUser, menu: Callable[[QPointF], QMenu]) -> None:
    menu(user.node("conv1")).close()
    QApplication.sendPostedEvents(None, 52)  # deferred deletes
    assert view.findChildren(QMenu) == []


def test_a_click_on_a_problem_with_several_fixes_offers_them(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    conv = studio.session.graph.nodes["conv1"].layer.with_params(kernel_size=(11, 11))
    editing.change_layer(studio.session, "conv1", conv, "kernel_size")
    item = view.graph_scene.nodes["conv1"]
    assert item.summary.fix == "Fix ▸"
    user.click(item.pos() + item.layout.message_rect.center())
    choose(current(user), "Set padding to same")
    assert view.graph_scene.nodes["conv1"].summary.message == ""


def test_a_click_on_a_problem_with_one_fix_applies_it(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    studio.session.edit_graph("Skip", studio.session.graph.with_edge(Edge("pool1", "fc1")))
    item = view.graph_scene.nodes["fc1"]
    assert item.summary.fix == "Insert Flatten"
    user.click(item.pos() + item.layout.message_rect.center())
    assert view.graph_scene.nodes["fc1"].summary.message == ""
    (before,) = studio.session.graph.inputs("fc1")
    assert studio.session.graph.nodes[before.source].layer.kind == "flatten"
    for key, other in view.graph_scene.nodes.items():
        if key != before.source:
            assert not other.area().intersects(view.graph_scene.nodes[before.source].area())
    studio.session.history.undo()
    assert view.graph_scene.nodes["fc1"].summary.fixable


def test_a_problem_without_fixes_opens_nothing(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    editing.disconnect(studio.session, Edge("flatten", "fc1"))
    item = view.graph_scene.nodes["fc1"]
    user.click(item.pos() + item.layout.message_rect.center())
    assert QApplication.activePopupWidget() is None
    assert studio.session.selection == ("fc1",)


def test_a_double_click_activates_a_node(view: CanvasView, user: CanvasUser, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.mouse.node_activated) as signal:
        user.double_click(user.node("pool1"))
    assert signal.args == ["pool1"]


def test_the_cursor_shows_what_is_under_the_pointer(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    studio.session.edit_graph("Skip", studio.session.graph.with_edge(Edge("pool1", "fc1")))
    item = view.graph_scene.nodes["fc1"]
    for place, cursor in (
        (user.output("conv1"), Qt.CursorShape.CrossCursor),
        (user.node("conv1"), Qt.CursorShape.ArrowCursor),
        (item.pos() + item.layout.message_rect.center(), Qt.CursorShape.PointingHandCursor),
        (GROUND, Qt.CursorShape.ArrowCursor),
    ):
        user.hover(place)
        assert view.viewport().cursor().shape() is cursor
