"""The Outline panel: every edit of the canvas, by keyboard and menu."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge, graph_from_dict, graph_to_dict
from cnnstudio.graph.edit import remove_and_reconnect
from cnnstudio.gui.panels.outline.panel import OutlinePanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio

ORDER = ["input", "conv1", "relu1", "pool1", "flatten", "fc1", "output"]


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> OutlinePanel:
    made = OutlinePanel(studio)
    qtbot.addWidget(made)
    made.resize(230, 500)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    return made


def tree(panel: OutlinePanel) -> QTreeView:
    return panel.findChild(QTreeView, "outline_list")


def column(panel: OutlinePanel, number: int) -> list[str]:
    model = tree(panel).model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def choose(panel: OutlinePanel, name: str) -> None:
    """Walk to a layer with the arrow keys."""
    view = tree(panel)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _ in range(column(panel, 0).index(name)):
        QTest.keyClick(view, Qt.Key.Key_Down)


def open_menu(panel: OutlinePanel) -> QMenu:
    """Press the menu key."""
    view = tree(panel)
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(
        view.viewport(), QContextMenuEvent(reason, view.rect().center(), view.mapToGlobal(view.rect().center()))
    )
    return view.findChildren(QMenu, "outline_menu")[-1]


def pick(menu: QMenu, *path: str) -> None:
    """Choose an entry as the keyboard does, through its submenus, and close the menu."""
    top = menu
    for text in path[:-1]:
        menu = cast(QMenu, next(action.menu() for action in menu.actions() if action.text() == text))
        menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == path[-1]).trigger()
    top.close()


def test_layers_are_listed_in_topological_order(panel: OutlinePanel) -> None:
    assert column(panel, 0) == ORDER
    assert column(panel, 1)[:3] == ["1×9×9", "3×7×7", "3×7×7"]
    assert column(panel, 2)[1] == "30"


def test_screen_readers_get_everything_the_canvas_shows(panel: OutlinePanel, studio: Studio) -> None:
    pool = studio.session.graph.nodes["pool1"].layer
    editing.change_layer(studio.session, "pool1", pool.with_params(pool_size=(9, 9), keep_edge=False), "pool_size")
    model = tree(panel).model()
    role = Qt.ItemDataRole.AccessibleDescriptionRole
    descriptions = [model.index(row, 0).data(role) for row in range(model.rowCount())]
    assert "Convolution 3@3×3; outputs 3 × 7 × 7, 30 parameters; from input; to relu1." in descriptions[1]
    assert "Problem: A window of height 9 does not fit" in descriptions[3]
    assert column(panel, 1)[3] == "?"


def test_the_selection_is_shared_with_the_session(panel: OutlinePanel, studio: Studio) -> None:
    choose(panel, "relu1")
    assert studio.session.selection == ("relu1",)
    studio.session.select(["pool1", "fc1"])
    assert [index.data() for index in tree(panel).selectionModel().selectedRows()] == ["pool1", "fc1"]


def test_delete_removes_a_layer_and_reconnects_its_neighbors(panel: OutlinePanel, studio: Studio) -> None:
    choose(panel, "relu1")
    QTest.keyClick(tree(panel), Qt.Key.Key_Delete)
    assert column(panel, 0) == [name for name in ORDER if name != "relu1"]
    assert Edge("conv1", "pool1") in studio.session.graph.edges
    studio.session.history.undo()
    assert column(panel, 0) == ORDER


def test_f2_renames_a_layer_in_place(panel: OutlinePanel, studio: Studio, qtbot: QtBot) -> None:
    choose(panel, "conv1")
    QTest.keyClick(tree(panel), Qt.Key.Key_F2)
    field = tree(panel).findChild(QLineEdit)
    QTest.keyClicks(field, "eyes")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: studio.session.graph.nodes["conv1"].name == "eyes")
    assert column(panel, 0)[1] == "eyes"


def test_the_context_menu_connects_and_disconnects(panel: OutlinePanel, studio: Studio) -> None:
    choose(panel, "conv1")
    menu = open_menu(panel)
    targets = [action.text() for action in menu.actions()[1].menu().actions()]
    assert targets == ["pool1", "flatten", "fc1", "output"]
    pick(menu, "Connect to", "pool1")
    assert Edge("conv1", "pool1") in studio.session.graph.edges
    pick(open_menu(panel), "Disconnect from", "pool1")
    assert Edge("conv1", "pool1") not in studio.session.graph.edges


def test_the_context_menu_adds_duplicates_and_deletes(panel: OutlinePanel, studio: Studio) -> None:
    choose(panel, "relu1")
    pick(open_menu(panel), "Add a layer", "Activation", "Tanh")
    assert column(panel, 0)[2:4] == ["relu1", "tanh1"]
    pick(open_menu(panel), "Duplicate")
    assert "tanh2" in column(panel, 0)
    pick(open_menu(panel), "Delete")
    assert "tanh2" not in column(panel, 0)


def test_the_buttons_add_delete_and_connect(panel: OutlinePanel, studio: Studio, qtbot: QtBot) -> None:
    choose(panel, "relu1")
    button = panel.findChild(QToolButton, "outline_add")
    button.menu().aboutToShow.emit()
    pick(button.menu(), "Pooling", "Average pooling")
    assert studio.session.selection == ("pool2",)
    qtbot.mouseClick(panel.findChild(QToolButton, "outline_delete"), Qt.MouseButton.LeftButton)
    assert column(panel, 0) == ORDER
    connect = panel.findChild(QToolButton, "outline_connect").menu()
    connect.aboutToShow.emit()
    assert [action.text() for action in connect.actions()] == ["Select a layer first"]


def test_a_graph_with_a_cycle_is_listed_too(panel: OutlinePanel, studio: Studio) -> None:
    graph = studio.session.graph.with_edge(Edge("fc1", "conv1"))
    studio.session.edit_graph("Connect", graph)
    assert sorted(column(panel, 0)) == sorted(ORDER)


def test_layers_are_removed_and_added_at_once(panel: OutlinePanel, studio: Studio, qtbot: QtBot) -> None:
    model = tree(panel).model()
    removed = QSignalSpy(model.rowsRemoved)
    studio.session.select(["conv1", "pool1", "fc1"])
    editing.delete_selection(studio.session)
    assert column(panel, 0) == ["input", "relu1", "flatten", "output"]
    studio.session.history.undo()
    assert column(panel, 0) == ORDER
    editing.select_all(studio.session)
    assert len(tree(panel).selectionModel().selectedRows()) == len(ORDER)
    editing.delete_selection(studio.session)
    assert model.rowCount() == 0
    assert removed.count() == 2


def test_the_selection_stays_with_its_layer_when_others_are_removed_around_it(
    panel: OutlinePanel, studio: Studio
) -> None:
    editing.connect(studio.session, "conv1", "pool1")
    studio.session.select(["flatten"])
    studio.session.edit_graph("Remove", remove_and_reconnect(studio.session.graph, ["conv1", "pool1", "fc1"]))
    rows = tree(panel).selectionModel().selectedRows()
    assert [index.data() for index in rows] == ["flatten"]


def test_a_name_that_was_pasted_is_short_enough_to_be_saved_and_opened(panel: OutlinePanel, studio: Studio) -> None:
    model = tree(panel).model()
    model.setData(model.index(1, 0), "n" * 10_000)
    assert column(panel, 0)[1] == "n" * 200
    assert graph_from_dict(graph_to_dict(studio.session.graph)) == studio.session.graph
