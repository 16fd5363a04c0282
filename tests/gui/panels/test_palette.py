"""The Layers panel: search, add by keyboard and mouse, drag."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.palette.panel import PalettePanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import LAYERS


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> PalettePanel:
    made = PalettePanel(studio)
    qtbot.addWidget(made)
    made.resize(210, 900)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    return made


def search(panel: PalettePanel) -> QLineEdit:
    return panel.findChild(QLineEdit, "palette_search")


def layers(panel: PalettePanel) -> QListWidget:
    return panel.findChild(QListWidget, "palette_list")


def point_of(panel: PalettePanel, title: str) -> QPoint:
    item = layers(panel).findItems(title, Qt.MatchFlag.MatchExactly)[0]
    layers(panel).scrollToItem(item)
    return layers(panel).visualItemRect(item).center()


def kinds(studio: Studio) -> list[str]:
    return [node.layer.kind for node in studio.session.graph.nodes.values()]


def test_every_layer_is_listed_under_its_category_with_its_help(panel: PalettePanel) -> None:
    items = [layers(panel).item(row) for row in range(layers(panel).count())]
    texts = [item.text() for item in items]
    assert {cls.title for cls in LAYERS.values()} < set(texts)
    assert texts.index("Convolution") < texts.index("Transposed convolution") < texts.index("ReLU")
    relu = items[texts.index("ReLU")]
    assert "Sets negative values to zero" in relu.toolTip()
    assert "Key R" in relu.data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_typing_filters_and_enter_adds_the_first_match(panel: PalettePanel, studio: Studio) -> None:
    QTest.keyClicks(search(panel), "aver")
    shown = [layers(panel).item(row).text() for row in range(layers(panel).count())]
    assert shown[:2] == ["Average pooling", "Global average"]
    assert "Convolution" not in shown
    QTest.keyClick(search(panel), Qt.Key.Key_Return)
    assert kinds(studio).count("average_pooling") == 1
    assert studio.session.selection == (list(studio.session.graph.nodes)[-1],)


def test_enter_without_a_search_adds_nothing(panel: PalettePanel, studio: Studio) -> None:
    QTest.keyClick(search(panel), Qt.Key.Key_Return)
    assert not studio.session.history.count()


def test_the_list_works_by_keyboard(panel: PalettePanel, studio: Studio) -> None:
    QTest.keyClicks(search(panel), "dropout")
    QTest.keyClick(search(panel), Qt.Key.Key_Down)
    assert layers(panel).hasFocus()
    QTest.keyClick(layers(panel), Qt.Key.Key_Down)
    QTest.keyClick(layers(panel), Qt.Key.Key_Return)
    assert "spatial_dropout" in kinds(studio)


def test_a_double_click_adds(panel: PalettePanel, studio: Studio, qtbot: QtBot) -> None:
    place, view = point_of(panel, "Tanh"), layers(panel).viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert "tanh" not in kinds(studio)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert kinds(studio).count("tanh") == 1


def test_dragging_carries_the_layer_kind(panel: PalettePanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[QMimeData] = []

    def drop(drag: QDrag, *actions: Qt.DropAction) -> Qt.DropAction:
        assert not drag.pixmap().isNull()
        carried.append(drag.mimeData())
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", drop)
    place, view = point_of(panel, "Max pooling"), layers(panel).viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseMove(view, place + QPoint(0, 2))
    qtbot.mouseMove(view, place + QPoint(40, 30))
    qtbot.waitUntil(lambda: bool(carried))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place)
    assert carried[0].data(editing.LAYER_MIME).data() == b"max_pooling"


def test_a_search_without_matches_shows_a_message(panel: PalettePanel) -> None:
    QTest.keyClicks(search(panel), "zebra")
    assert layers(panel).count() == 0
    assert any(label.isVisible() and "No layer" in label.text() for label in panel.findChildren(QLabel))
