"""The list of layers that pops up to add one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge, Graph
from cnnstudio.gui.canvas.overlays import GettingStarted
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import LAYERS
from tests.gui.canvas.canvas_user import CanvasUser

GROUND = QPointF(120.0, 130.0)
Parts = tuple[QWidget, QLineEdit, QListWidget]


@pytest.fixture
def opened(user: CanvasUser) -> Callable[[], Parts]:
    """The popup, its search field and its list."""

    def parts() -> Parts:
        popup = user.popup()
        search, rows = popup.findChild(QLineEdit), popup.findChild(QListWidget)
        assert isinstance(search, QLineEdit)
        assert isinstance(rows, QListWidget)
        return popup, search, rows

    return parts


def titles(rows: QListWidget) -> list[str]:
    """The titles in the list."""
    return [rows.item(row).text() for row in range(rows.count())]


def test_a_double_click_on_the_background_offers_all_layers(user: CanvasUser, opened: Callable[[], Parts]) -> None:
    user.double_click(GROUND)
    popup, _, rows = opened()
    assert len(titles(rows)) == len(LAYERS)
    assert titles(rows)[:3] == ["Input", "Output", "Convolution"]
    popup.close()


def test_typing_and_enter_add_the_layer_there(
    studio: Studio, user: CanvasUser, opened: Callable[[], Parts], qtbot: QtBot
) -> None:
    user.double_click(GROUND)
    _, search, rows = opened()
    qtbot.keyClicks(search, "depthwise")
    assert titles(rows)[0] == "Depthwise convolution"
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert studio.session.graph.nodes[new].layer.kind == "depthwise_convolution"
    place = QPointF(*studio.session.graph.nodes[new].position)
    assert (place - GROUND).manhattanLength() < 4.0
    assert QApplication.activePopupWidget() is None


def test_arrow_keys_choose_another(studio: Studio, user: CanvasUser, opened: Callable[[], Parts], qtbot: QtBot) -> None:
    user.double_click(GROUND)
    _, search, rows = opened()
    qtbot.keyClicks(search, "pool")
    second = titles(rows)[1]
    QTest.keyClick(search, Qt.Key.Key_Down)
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert studio.session.graph.nodes[new].layer.title == second


def test_a_click_adds_a_layer(studio: Studio, user: CanvasUser, opened: Callable[[], Parts]) -> None:
    user.double_click(GROUND)
    _, _, rows = opened()
    row = titles(rows).index("ReLU")
    rows.scrollToItem(rows.item(row))
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(row)).center())
    (new,) = studio.session.selection
    assert studio.session.graph.nodes[new].layer.kind == "relu"


def test_escape_adds_nothing(studio: Studio, user: CanvasUser, opened: Callable[[], Parts]) -> None:
    user.double_click(GROUND)
    _, search, _ = opened()
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert studio.session.history.count() == 0


def test_without_a_match_enter_does_nothing(
    studio: Studio, user: CanvasUser, opened: Callable[[], Parts], qtbot: QtBot
) -> None:
    user.double_click(GROUND)
    popup, search, rows = opened()
    qtbot.keyClicks(search, "zzz")
    assert titles(rows) == ["No matching layer."]
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert studio.session.history.count() == 0
    popup.close()


def test_on_an_edge_the_layer_is_inserted(
    studio: Studio, view: CanvasView, user: CanvasUser, opened: Callable[[], Parts], qtbot: QtBot
) -> None:
    user.double_click(view.graph_scene.edges[Edge("conv1", "relu1")].middle())
    _, search, _ = opened()
    qtbot.keyClicks(search, "dropout")
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges


def test_shift_a_opens_it(user: CanvasUser, opened: Callable[[], Parts]) -> None:
    user.key(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    popup, search, _ = opened()
    assert popup.focusWidget() is search
    popup.close()


def test_with_the_pointer_elsewhere_the_layer_is_added_after_the_selection(
    studio: Studio, view: CanvasView, user: CanvasUser, opened: Callable[[], Parts], qtbot: QtBot
) -> None:
    studio.session.select(["conv1"])
    QCursor.setPos(view.viewport().mapToGlobal(QPoint(-50, -50)))
    user.key(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    _, search, _ = opened()
    qtbot.keyClicks(search, "tanh")
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = studio.session.selection
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges


def test_input_is_not_offered_for_an_output_port(user: CanvasUser, opened: Callable[[], Parts]) -> None:
    user.drag(user.output("conv1"), user.output("conv1") + QPointF(30.0, 100.0))
    popup, _, rows = opened()
    assert "Input" not in titles(rows)
    assert "Output" in titles(rows)
    popup.close()


def test_an_empty_canvas_explains_how_to_begin(
    studio: Studio, view: CanvasView, opened: Callable[[], Parts], qtbot: QtBot
) -> None:
    steps = view.findChild(GettingStarted)
    assert isinstance(steps, GettingStarted)
    assert not steps.isVisible()
    studio.session.edit_graph("Clear", Graph())
    assert steps.isVisible()
    add = steps.findChild(QPushButton, "add_first_layer")
    assert isinstance(add, QPushButton)
    qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
    _, search, _ = opened()
    qtbot.keyClicks(search, "input")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert [node.layer.kind for node in studio.session.graph.nodes.values()] == ["input"]
    assert not steps.isVisible()


def test_an_empty_canvas_offers_a_network_for_the_dataset(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    studio.session.edit_graph("Clear", Graph())
    start = view.findChild(QPushButton, "start_small_network")
    assert isinstance(start, QPushButton)
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    assert studio.session.report.ok
    assert studio.data.dataset is not None
    (entrance,) = studio.session.graph.input_nodes
    assert entrance.layer.with_params(shape=studio.data.dataset.shape) == entrance.layer
    assert view.zoom.visible_rect().contains(view.graph_scene.content())
    studio.session.history.undo()
    assert not studio.session.graph.nodes
