"""The command finder and layer help."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge
from cnnstudio.gui.window.layer_help import LayerHelp
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.layers import LAYERS
from cnnstudio.spec import label_of, params_of
from tests.gui.window_user import WindowUser

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


class TestFinder:
    def open(self, user: WindowUser) -> tuple[QLineEdit, QListWidget]:
        user.key(Key.Key_P, CONTROL | SHIFT)
        finder = QApplication.activePopupWidget()
        assert finder is not None
        return finder.findChild(QLineEdit, "command_field"), finder.findChild(QListWidget, "command_list")

    def shown(self, found: QListWidget) -> list[str]:
        return [found.item(row).text().partition("    ")[0] for row in range(found.count())]

    def test_a_command_is_found_by_typing_and_run(self, user: WindowUser) -> None:
        field, found = self.open(user)
        assert field.hasFocus()
        QTest.keyClicks(field, "light")
        assert self.shown(found) == ["View › Theme › Light"]
        QTest.keyClick(field, Key.Key_Return)
        assert user.studio.theme.choice == "light"
        assert QApplication.activePopupWidget() is None

    def test_arrow_keys_select_and_shortcuts_are_shown(self, user: WindowUser) -> None:
        field, found = self.open(user)
        QTest.keyClicks(field, "zoom")
        assert found.item(0).text().endswith("Ctrl++")
        QTest.keyClick(field, Key.Key_Down)
        assert found.currentItem().text().startswith("View › Zoom out")
        QTest.keyClick(field, Key.Key_Up)
        QTest.keyClick(field, Key.Key_Up)
        assert found.currentRow() == found.count() - 1
        QTest.keyClick(field, Key.Key_Escape)

    def test_words_match_in_any_order_and_in_tooltips(self, user: WindowUser) -> None:
        field, found = self.open(user)
        QTest.keyClicks(field, "weights reinitialize")
        assert self.shown(found) == ["Network › Reset training…"]
        field.clear()
        QTest.keyClicks(field, "onnx export")
        assert self.shown(found) == ["Export › ONNX network…"]
        QTest.keyClick(field, Key.Key_Escape)

    def test_lists_only_available_commands(self, user: WindowUser) -> None:
        field, found = self.open(user)
        QTest.keyClicks(field, "edit delete")
        assert self.shown(found) == []
        QTest.keyClick(field, Key.Key_Return)
        QTest.keyClick(field, Key.Key_Escape)
        user.window.canvas.graph_scene.select_edge(Edge("conv1", "relu1"))
        field, found = self.open(user)
        QTest.keyClicks(field, "edit delete")
        assert self.shown(found) == ["Edit › Delete"]
        QTest.mouseClick(
            found.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            found.visualItemRect(found.item(0)).center(),
        )
        assert Edge("conv1", "relu1") not in user.studio.session.graph.edges


class TestHelp:
    def help(self, user: WindowUser) -> QWidget:
        user.key(Key.Key_F1)
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, LayerHelp) and w.isVisible()]
        assert len(shown) == 1
        return shown[0]

    def test_f1_explains_the_selected_layer(self, user: WindowUser) -> None:
        user.studio.session.select(["pool1"])
        window = self.help(user)
        text = window.findChild(QTextBrowser).toPlainText()
        assert text.startswith(LAYERS["max_pooling"].title)
        for name, param in params_of(LAYERS["max_pooling"]):
            assert label_of(name, param) in text
            assert param.describe() in text
        QTest.keyClick(window, Key.Key_Escape)
        assert not window.isVisible()

    def test_f1_reuses_the_open_window(self, user: WindowUser) -> None:
        first = self.help(user)
        user.studio.session.select(["fc1"])
        user.window.activateWindow()
        assert self.help(user) is first
        assert first.findChild(QListWidget).currentItem().text() == "Fully connected"
        first.close()

    def test_the_list_has_all_layers(self, user: WindowUser) -> None:
        window = self.help(user)
        titles = window.findChild(QListWidget)
        assert titles.count() == len(LAYERS)
        titles.setFocus()
        for cls in LAYERS.values():
            assert window.findChild(QTextBrowser).toPlainText().startswith(cls.title)
            QTest.keyClick(titles, Key.Key_Down)
        window.close()
