"""Text that comes from files is shown as it is: markup in a name is never interpreted, whatever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QModelIndex, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QMenu,
    QMessageBox,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Graph
from cnnstudio.gui import app
from cnnstudio.gui.state import editing
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project, save
from tests.gui.window_user import Button, WindowUser, button_clicked

MARKUP = "<b>x</b><img src='//host/x'>&y"


@pytest.fixture
def user(open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path) -> WindowUser:
    """A user who has opened a project with markup in the names of its file, its nodes, its classes and itself."""
    project = new_project("xo")
    nodes = {key: replace(node, name=f"{MARKUP}{key}") for key, node in project.graph.nodes.items()}
    data = replace(project.data, class_names=(f"{MARKUP}X", f"{MARKUP}O"))
    project = replace(project, graph=Graph(nodes, project.graph.edges), data=data, title=MARKUP)
    file = tmp_path / f"{MARKUP.replace('/', '∕')}.cnn"
    save(file, project)
    user = WindowUser(open_window(), qtbot)
    user.studio.open(file)
    user.ready()
    return user


def interpreted(text: str) -> bool:
    """Whether Qt would take this for markup where it decides itself."""
    return "<img" in text and Qt.mightBeRichText(text)


def texts_of(widget: QWidget) -> Iterator[str]:
    """What this widget shows or says of itself and that Qt might interpret."""
    yield widget.toolTip()
    yield widget.statusTip()
    yield widget.whatsThis()
    if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
        yield widget.text()
    if isinstance(widget, QAbstractItemView):
        yield from tips_of(widget.model(), QModelIndex())
    if isinstance(widget, QMenu):
        yield from (action.toolTip() for action in widget.actions())


def tips_of(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            index = model.index(row, column, parent)
            yield str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
        yield from tips_of(model, model.index(row, 0, parent))


def assert_plain(root: QWidget) -> None:
    """Nothing of this widget or in it interprets markup, or takes an ampersand for a mnemonic."""
    for widget in (root, *root.findChildren(QWidget)):
        for text in texts_of(widget):
            assert not interpreted(text), f"{widget.objectName() or widget}: {text!r}"
        entries = [action.text() for action in widget.actions()] if isinstance(widget, QMenu) else []
        buttons = [widget.text()] if isinstance(widget, QAbstractButton) else []
        for text in entries + buttons:
            assert MARKUP not in text, f"{widget.objectName() or widget} hides an ampersand: {text!r}"


def test_everything_in_the_window_is_plain(user: WindowUser) -> None:
    session = user.studio.session
    assert_plain(user.window)
    for node_id in session.graph.nodes:
        session.select((node_id,))
        assert_plain(user.window)
    editing.select_all(session)
    assert_plain(user.window)
    user.train(1)
    assert_plain(user.window)
    user.studio.data.show_sample(1)
    session.select(("conv1",))
    editing.delete_selection(session)  # problems name their nodes
    assert_plain(user.window)


def test_tooltips_on_the_canvas_are_plain(user: WindowUser) -> None:
    canvas = user.window.canvas
    for item in canvas.graph_scene.nodes.values():
        place = canvas.mapFromScene(item.pos())
        event = QHelpEvent(QEvent.Type.ToolTip, place, canvas.viewport().mapToGlobal(place))
        QApplication.sendEvent(canvas.viewport(), event)
        assert not interpreted(QToolTip.text())
        QToolTip.hideText()


def test_menus_show_names_whole(user: WindowUser) -> None:
    canvas, session = user.window.canvas, user.studio.session
    seen = []
    for menu in user.window.findChildren(QMenu):
        menu.aboutToShow.emit()
        assert_plain(menu)
        seen += [action.text() for action in menu.actions()]
    assert any("&&y" in text for text in seen), "recent files are listed"
    for node_id, item in canvas.graph_scene.nodes.items():
        session.select((node_id,))
        assert_plain(canvas._menus.menu_at(item.pos()))


def test_the_title_shows_a_name_with_a_placeholder(user: WindowUser, tmp_path: Path) -> None:
    user.studio.save(tmp_path / "a[*]b.cnn")
    assert user.window.windowTitle().startswith("a[*][*]b.cnn[*]")


def test_questions_are_plain(user: WindowUser) -> None:
    def read(asked: QWidget) -> None:
        assert isinstance(asked, QMessageBox)
        button_clicked(Button.Discard)(asked)
        assert "<img" in asked.text()
        assert_plain(asked)

    editing.add_layer(user.studio.session, "dropout")
    user.close(read)


def test_unexpected_errors_are_plain(user: WindowUser, capsys: pytest.CaptureFixture[str]) -> None:
    def read(asked: QWidget) -> None:
        assert isinstance(asked, QMessageBox)
        button_clicked(Button.Ok)(asked)
        assert "<img" in asked.informativeText()
        assert_plain(asked)

    with user.answering(read):
        app._report(ValueError, ValueError(MARKUP), None)
    capsys.readouterr()


def test_messages_and_offers_are_plain(user: WindowUser) -> None:
    for kind in ("info", "problem"):
        user.studio.message.emit(kind, MARKUP)
        assert user.message == MARKUP
        assert_plain(user.window)
