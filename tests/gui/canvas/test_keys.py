"""Using the canvas with the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.overlays import RenameField
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import LAYERS
from tests.gui.canvas.canvas_user import CanvasUser

Key = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_delete_reconnects_the_neighbors(studio: Studio, user: CanvasUser, key: Qt.Key) -> None:
    studio.session.select(["relu1"])
    user.key(key)
    assert "relu1" not in studio.session.graph.nodes
    assert Edge("conv1", "pool1") in studio.session.graph.edges


def test_tab_follows_the_edges(studio: Studio, user: CanvasUser) -> None:
    seen: list[object] = []
    for _ in studio.session.graph.nodes:
        user.key(Key.Key_Tab)
        seen += studio.session.selection
    assert seen == ["input", "conv1", "relu1", "pool1", "flatten", "fc1", "output"]
    user.key(Key.Key_Backtab, SHIFT)
    assert studio.session.selection == ("fc1",)


def test_tab_leaves_the_canvas_after_the_last_node(studio: Studio, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    view, other = CanvasView(studio, window), QLineEdit(window)
    layout.addWidget(view)
    layout.addWidget(other)
    window.show()
    qtbot.waitExposed(window)
    view.setFocus()
    studio.session.select(["output"])
    QTest.keyClick(view, Key.Key_Tab)
    assert window.focusWidget() is other


def test_arrow_keys_select_the_nearest_node(studio: Studio, user: CanvasUser) -> None:
    studio.session.select(["conv1"])
    for key, node_id in [(Key.Key_Right, "relu1"), (Key.Key_Down, "fc1"), (Key.Key_Left, "output")]:
        user.key(key)
        assert studio.session.selection == (node_id,)


def test_a_node_selected_by_key_is_scrolled_into_view(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    view.zoom.set(4.0)
    studio.session.select(["input"])
    for _ in range(3):
        user.key(Key.Key_Right)
    assert studio.session.selection == ("pool1",)
    assert view.zoom.visible_rect().intersects(view.graph_scene.nodes["pool1"].area())


@pytest.mark.parametrize(
    ("letter", "kind"), [("C", "convolution"), ("R", "relu"), ("P", "max_pooling"), ("F", "dense")]
)
def test_a_letter_adds_its_layer_after_the_selection(studio: Studio, user: CanvasUser, letter: str, kind: str) -> None:
    assert LAYERS[kind].key == letter
    studio.session.select(["conv1"])
    user.key(getattr(Key, f"Key_{letter}"))
    (new,) = studio.session.selection
    assert studio.session.graph.nodes[new].layer.kind == kind
    assert {Edge("conv1", new), Edge(new, "relu1")} <= studio.session.graph.edges
    assert studio.session.history.count() == 1


def test_without_a_selection_a_letter_adds_before_the_scores_and_f_fits(
    studio: Studio, view: CanvasView, user: CanvasUser
) -> None:
    user.key(Key.Key_R)
    (new,) = studio.session.selection
    assert {Edge("flatten", new), Edge(new, "fc1")} <= studio.session.graph.edges
    studio.session.history.undo()
    studio.session.select([])
    user.key(Key.Key_C)
    (new,) = studio.session.selection
    assert {Edge("pool1", new), Edge(new, "flatten")} <= studio.session.graph.edges
    assert not studio.session.report.problems
    studio.session.select([])
    view.zoom.set(4.0)
    user.key(Key.Key_F)
    assert view.zoom.visible_rect().contains(view.graph_scene.content())
    assert studio.session.history.count() == 1


def test_letters_with_ctrl_are_passed_on_to_the_window(studio: Studio, user: CanvasUser) -> None:
    studio.session.select(["conv1"])
    for key in (Key.Key_C, Key.Key_X, Key.Key_A):
        user.key(key, CONTROL)
    assert studio.session.history.count() == 0
    assert studio.session.selection == ("conv1",)


def test_escape_clears_the_selection(studio: Studio, view: CanvasView, user: CanvasUser) -> None:
    studio.session.select(["conv1"])
    user.key(Key.Key_Escape)
    assert studio.session.selection == ()
    view.graph_scene.select_edge(Edge("conv1", "relu1"))
    user.key(Key.Key_Escape)
    assert view.graph_scene.selected_edge is None


def test_home_shows_the_whole_network(view: CanvasView, user: CanvasUser) -> None:
    view.zoom.set(4.0)
    user.key(Key.Key_Home)
    assert view.zoom.visible_rect().contains(view.graph_scene.content())


def test_keypad_keys_work_like_the_others(studio: Studio, user: CanvasUser) -> None:
    studio.session.select(["relu1"])
    user.key(Key.Key_Delete, Qt.KeyboardModifier.KeypadModifier)
    assert "relu1" not in studio.session.graph.nodes


@pytest.fixture
def field(view: CanvasView, studio: Studio, user: CanvasUser) -> Callable[[Qt.Key], RenameField]:
    """A function that starts renaming conv1 with a key."""

    def begin(key: Qt.Key) -> RenameField:
        studio.session.select(["conv1"])
        user.key(key)
        found = view.findChild(RenameField)
        assert isinstance(found, RenameField)
        return found

    return begin


@pytest.mark.parametrize("key", [Key.Key_F2, Key.Key_Return])
def test_a_node_is_renamed_in_place(
    studio: Studio, view: CanvasView, field: Callable[[Qt.Key], RenameField], qtbot: QtBot, key: Qt.Key
) -> None:
    line = field(key)
    assert line.text() == line.selectedText() == "conv1"
    header = view.graph_scene.nodes["conv1"].layout.header.translated(view.graph_scene.nodes["conv1"].pos())
    assert line.geometry().intersects(view.mapFromScene(header).boundingRect())
    qtbot.keyClicks(line, "edges")
    QTest.keyClick(line, Key.Key_Return)
    assert studio.session.graph.nodes["conv1"].name == "edges"
    assert view.graph_scene.nodes["conv1"].summary.name == "edges"
    assert QApplication.focusWidget() is view


def test_escape_keeps_the_old_name(studio: Studio, field: Callable[[Qt.Key], RenameField], qtbot: QtBot) -> None:
    line = field(Key.Key_F2)
    qtbot.keyClicks(line, "edges")
    QTest.keyClick(line, Key.Key_Escape)
    assert studio.session.graph.nodes["conv1"].name == "conv1"
    assert studio.session.history.count() == 0


def test_losing_focus_accepts_the_name(
    studio: Studio, view: CanvasView, field: Callable[[Qt.Key], RenameField], qtbot: QtBot
) -> None:
    line = field(Key.Key_F2)
    qtbot.keyClicks(line, "edges")
    view.setFocus()
    assert studio.session.graph.nodes["conv1"].name == "edges"
    assert studio.session.history.count() == 1


def test_an_empty_name_is_ignored(studio: Studio, field: Callable[[Qt.Key], RenameField]) -> None:
    line = field(Key.Key_F2)
    line.clear()
    QTest.keyClick(line, Key.Key_Return)
    assert studio.session.graph.nodes["conv1"].name == "conv1"
