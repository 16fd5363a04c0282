"""The main window: menus, keys, layout, drag and drop, and closing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QLabel, QMenu, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.overlays import RenameField
from cnnstudio.gui.state.evaluator import Cell
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.gui.window.panels import PANELS, Place
from cnnstudio.project import TEMPLATES, ProjectFileError, load, new_project, save
from cnnstudio.runs.state import RunState
from tests.gui.window_user import Button, WindowUser, button_clicked, cancelled, enter_pressed, path_typed

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
START_OVER = "Start over with new weights, keep runs…"
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


def nodes(user: WindowUser) -> set[str]:
    return set(user.studio.session.graph.nodes)


def shown_bars(window: MainWindow) -> list[list[str]]:
    """The tabs of every visible tab bar of docks."""
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    seen = [bar for bar in bars if bar.isVisible() and window.rect().intersects(bar.geometry())]
    return sorted([bar.tabText(index) for index in range(bar.count())] for bar in seen)


def places(window: MainWindow) -> dict[str, tuple[int, ...]]:
    """The geometry of every visible dock."""
    docks = window.findChildren(QDockWidget)
    return {dock.windowTitle(): cast(Any, dock.geometry()).getRect() for dock in docks if not dock.isHidden()}


def tabs_of(*places: Place, without: str = "") -> list[list[str]]:
    """The tabs at these places according to the table of panels."""
    titles = [[panel.title for panel in PANELS if panel.place is place and panel.title != without] for place in places]
    return sorted(tabs for tabs in titles if len(tabs) > 1)


ALL_TABS = tabs_of(*Place)
FOLDED_TABS = [*tabs_of(Place.LEFT), [panel.title for panel in PANELS if panel.place.value.startswith("bottom")]]


class TestMenus:
    def test_every_command_has_a_tooltip_and_unique_shortcuts(self, window: MainWindow) -> None:
        actions = [action for action in window.actions() if action.objectName()]
        assert len(actions) > 40
        keys = [sequence.toString() for action in actions for sequence in action.shortcuts()]
        assert len(keys) == len(set(keys)), "two commands share a key"
        for action in actions:
            assert action.toolTip().endswith("."), action.text()

    def test_undo_and_redo(self, user: WindowUser) -> None:
        assert not user.entry("Edit", "Undo").isEnabled()
        user.studio.session.select(["relu1"])
        user.choose("Edit", "Delete")
        assert "relu1" not in nodes(user)
        user.key(Key.Key_Z, CONTROL)
        assert "relu1" in nodes(user)
        user.key(Key.Key_Z, CONTROL | SHIFT)
        assert "relu1" not in nodes(user)
        user.choose("Edit", "Undo")
        user.choose("Edit", "Redo")
        assert "relu1" not in nodes(user)
        assert not user.entry("Edit", "Redo").isEnabled()

    def test_undo_reverts_an_edit_on_the_canvas(self, user: WindowUser) -> None:
        user.qtbot.keyClick(user.window.canvas, Key.Key_C)
        assert "conv2" in nodes(user)
        user.key(Key.Key_Z, CONTROL)
        assert "conv2" not in nodes(user)
        user.key(Key.Key_Y, CONTROL)
        assert "conv2" in nodes(user)

    def test_cut_copy_paste_and_duplicate(self, user: WindowUser) -> None:
        for entry in ("Cut", "Copy", "Duplicate", "Delete", "Rename", "Deselect"):
            assert not user.entry("Edit", entry).isEnabled()
        user.studio.session.select(["relu1"])
        user.choose("Edit", "Copy")
        user.choose("Edit", "Paste")
        assert nodes(user) >= {"relu1", "relu2"}
        user.key(Key.Key_D, CONTROL)
        assert "relu3" in nodes(user)
        user.choose("Edit", "Cut")
        assert "relu3" not in nodes(user)
        user.key(Key.Key_V, CONTROL)
        assert "relu3" in {node.name for node in user.studio.session.graph.nodes.values()}

    def test_delete_removes_the_selected_connection(self, user: WindowUser) -> None:
        edge = Edge("conv1", "relu1")
        user.window.canvas.graph_scene.select_edge(edge)
        user.choose("Edit", "Delete")
        assert edge not in user.studio.session.graph.edges
        assert nodes(user) >= {"conv1", "relu1"}
        assert not user.entry("Edit", "Delete").isEnabled()

    def test_select_all_and_deselect(self, user: WindowUser) -> None:
        user.key(Key.Key_A, CONTROL)
        assert set(user.studio.session.selection) == nodes(user)
        user.key(Key.Key_A, CONTROL | SHIFT)
        assert user.studio.session.selection == ()
        user.choose("Edit", "Select all")
        user.choose("Edit", "Deselect")
        assert user.studio.session.selection == ()

    def test_rename(self, user: WindowUser) -> None:
        user.studio.session.select(["conv1"])
        user.choose("Edit", "Rename")
        field = user.window.findChild(RenameField)
        assert isinstance(field, RenameField)
        user.qtbot.keyClicks(field, "edges")
        user.qtbot.keyClick(field, Key.Key_Return)
        assert user.studio.session.graph.nodes["conv1"].name == "edges"

    def test_zoom(self, user: WindowUser) -> None:
        user.choose("View", "Actual size")
        assert user.text("status_zoom") == "zoom 100%"
        user.choose("View", "Zoom in")
        assert user.text("status_zoom") == "zoom 120%"
        user.key(Key.Key_Minus, CONTROL)
        user.choose("View", "Zoom out")
        assert user.text("status_zoom") == "zoom 83%"
        user.key(Key.Key_9, CONTROL)
        canvas = user.window.canvas
        assert canvas.zoom.visible_rect().contains(canvas.graph_scene.content())

    def test_zoom_keys(self, user: WindowUser) -> None:
        zoom = user.window.canvas.zoom
        user.key(Key.Key_0, CONTROL)
        assert zoom.factor == 1.0
        user.key(Key.Key_Plus, CONTROL)
        assert zoom.factor == pytest.approx(1.2)
        user.key(Key.Key_Minus, CONTROL)
        user.key(Key.Key_Minus, CONTROL)
        assert zoom.factor == pytest.approx(1 / 1.2)
        user.key(Key.Key_Equal, CONTROL)
        assert zoom.factor == pytest.approx(1.0)

    def test_the_tooltip_names_the_keys_that_fit_the_network(self, user: WindowUser) -> None:
        """F fits with no layer selected, and adds a fully connected layer otherwise; Home always fits."""
        tip, canvas = user.entry("View", "Fit in view").toolTip(), user.window.canvas
        assert tip.endswith("(Ctrl+9, Home, F with no layer selected).")
        for key, selected in ((Key.Key_F, []), (Key.Key_Home, []), (Key.Key_Home, ["flatten"])):
            user.studio.session.select(selected)
            canvas.zoom.set(3.0)
            user.qtbot.keyClick(canvas, key)
            assert canvas.zoom.visible_rect().contains(canvas.graph_scene.content())
        before = nodes(user)
        user.qtbot.keyClick(canvas, Key.Key_F)
        (new,) = nodes(user) - before
        assert user.studio.session.graph.nodes[new].layer.kind == "dense"

    def test_arrange(self, user: WindowUser) -> None:
        session = user.studio.session
        arranged = session.graph.nodes["conv1"].position
        session.edit_graph("Move", session.graph.with_positions({"conv1": (900.0, 900.0)}))
        user.key(Key.Key_L, CONTROL)
        assert session.graph.nodes["conv1"].position == arranged

    def test_start_over_and_compare(self, user: WindowUser) -> None:
        before = user.studio.live.network.weights.copy().arrays
        assert not user.entry("Network", START_OVER).isEnabled()
        user.train(1)
        with user.answering(enter_pressed):
            user.choose("Network", START_OVER)
        assert user.progress[0] == 1.0
        with user.answering(button_clicked(Button.Yes)):
            user.choose("Network", START_OVER)
        user.ready()
        after = user.studio.live.network.weights.arrays
        assert all(np.array_equal(before[key], after[key]) for key in before)
        assert user.progress[0] == 0.0
        assert user.progress[1].startswith("Ready to train.")
        assert not user.entry("Network", START_OVER).isEnabled()
        assert [run.title for run in user.studio.run.records] == ["Run 1"]
        user.train(1)
        first, second = user.studio.run.records
        assert second.title == "Run 2"
        assert np.array_equal(first.losses, second.losses)

    def test_reset_training(self, user: WindowUser) -> None:
        before = user.studio.live.network.weights.copy().arrays
        user.train(1)
        with user.answering(enter_pressed):
            user.choose("Network", "Reset training…")
        assert len(user.studio.run.records) == 1
        with user.answering(button_clicked(Button.Yes)):
            user.choose("Network", "Reset training…")
        user.ready()
        after = user.studio.live.network.weights.arrays
        assert all(np.array_equal(before[key], after[key]) for key in before)
        assert user.progress[0] == 0.0
        assert user.progress[1].startswith("Ready to train.")
        user.train(1)
        assert [run.title for run in user.studio.run.records] == ["Run 1"]

    def test_data(self, user: WindowUser, tmp_path: Path) -> None:
        user.choose("Data", "Next image")
        assert user.text("probe_caption").startswith("test image 2 of 500")
        user.key(Key.Key_Left, CONTROL)
        user.key(Key.Key_Left, CONTROL)
        assert user.text("probe_caption").startswith("test image 500 of 500")
        user.key(Key.Key_Right, CONTROL)
        user.choose("Data", "Previous image")
        assert user.text("probe_caption").startswith("test image 500 of 500")
        user.choose("Data", "Digits, generated")
        assert not user.button("train_button").isEnabled()
        user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=20_000)
        assert user.studio.data.dataset.shape == (1, 28, 28)
        with user.answering(path_typed(tmp_path)):
            user.choose("Data", "MNIST folder…")
        user.qtbot.waitUntil(lambda: user.message != "")
        assert str(tmp_path) in user.message
        user.key(Key.Key_Z, CONTROL)
        user.key(Key.Key_Z, CONTROL)
        user.ready()

    def test_themes(self, user: WindowUser) -> None:
        def ground() -> int:
            return int(user.window.grab().toImage().pixelColor(3, user.window.height() - 3).lightness())

        for text, light in (("Light", True), ("Dark", False), ("Light", True)):
            user.choose("View/Theme", text)
            assert (ground() > 180) == light
            assert user.entry("View/Theme", text).isChecked()
        assert not user.entry("View/Theme", "Dark").isChecked()
        assert user.studio.settings.theme == "light"
        user.choose("View/Theme", "Follow system")
        assert user.studio.settings.theme == "system"

    def test_panels_are_hidden_and_shown(self, user: WindowUser) -> None:
        dock = user.window.findChild(QDockWidget, "dock_inspector")
        user.choose("View/Panels", "Inspector")
        assert not dock.isVisible()
        user.choose("View/Panels", "Inspector")
        assert dock.isVisible()
        hide = next(b for b in dock.findChildren(QAbstractButton) if b.accessibleName() == "Hide Inspector")
        user.qtbot.mouseClick(hide, Qt.MouseButton.LeftButton)
        assert not dock.isVisible()
        assert not user.entry("View/Panels", "Inspector").isChecked()

    def test_about(self, user: WindowUser) -> None:
        with user.answering(button_clicked(Button.Ok)):
            user.choose("Help", "About CNN Studio")

    @pytest.mark.parametrize("name", [n for n, t in TEMPLATES.items() if max(t.image) < 100])
    def test_templates_open_ready_to_train(self, user: WindowUser, name: str) -> None:
        user.choose("File/New", TEMPLATES[name].title)
        user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=20_000)
        user.ready()
        assert user.studio.session.graph == new_project(name).graph
        assert user.window.windowTitle() == f"{TEMPLATES[name].title}[*] - CNN Studio"
        assert user.button("train_button").isEnabled()

    def test_an_empty_canvas(self, user: WindowUser) -> None:
        user.key(Key.Key_N, CONTROL)
        assert nodes(user) == set()
        assert user.button("add_first_layer").isVisible()
        assert not user.button("train_button").isEnabled()
        assert not user.entry("Train", "Train or pause").isEnabled()
        for entry in user.menu("Export").actions():
            assert not entry.isEnabled()
        user.menu("Export").close()
        user.click("start_small_network")
        user.ready()
        assert user.entry("Export", "ONNX network…").isEnabled()

    def test_an_incomplete_network_is_not_trained_or_exported(self, user: WindowUser) -> None:
        session = user.studio.session
        session.edit_graph("Disconnect", session.graph.without_edge(Edge("pool1", "flatten")))
        assert not user.button("train_button").isEnabled()
        assert not user.button("step_button").isEnabled()
        assert not user.entry("Export", "NumPy arrays…").isEnabled()
        assert user.progress[1] == f"flatten: {session.report.problems[0].message}"
        assert re.search(r"· \d+ problems?$", user.text("status_size"))
        user.key(Key.Key_Z, CONTROL)
        assert user.button("train_button").isEnabled()
        assert user.progress[1].startswith("Ready to train.")


def test_a_problem_message_disappears_once_it_is_solved(user: WindowUser) -> None:
    user.studio.message.emit("problem", "The folder has no images.")
    assert user.message == "The folder has no images."
    assert user.window.canvas.y() == 0  # nothing moves for it
    user.studio.choose_data(DatasetName.parse("digits"))
    user.qtbot.waitUntil(lambda: user.message == "", timeout=20_000)


def test_choosing_a_confusion_cell_raises_the_mistakes_panel(user: WindowUser) -> None:
    user.train(1)
    user.window.findChild(QDockWidget, "dock_confusion").raise_()
    user.qtbot.waitUntil(lambda: user.studio.evaluator.result is not None and not user.studio.evaluator.busy)
    user.studio.evaluator.choose(Cell(0, 1))
    user.qtbot.waitUntil(lambda: not user.window.findChild(QDockWidget, "dock_mistakes").visibleRegion().isEmpty())


class TestTitle:
    def test_the_title_marks_unsaved_changes(self, user: WindowUser, tmp_path: Path) -> None:
        window = user.window
        assert window.windowTitle() == "X or O[*] - CNN Studio"
        assert not window.isWindowModified()
        user.studio.session.select(["relu1"])
        user.choose("Edit", "Delete")
        assert window.isWindowModified()
        user.key(Key.Key_Z, CONTROL)
        assert not window.isWindowModified()
        user.train(1)
        assert window.isWindowModified()
        with user.answering(path_typed(tmp_path / "learned.cnn")):
            user.key(Key.Key_S, CONTROL)
        assert window.windowTitle() == "learned.cnn[*] - CNN Studio"
        assert not window.isWindowModified()

    def test_training_after_a_save_is_unsaved_again(self, user: WindowUser, tmp_path: Path) -> None:
        user.studio.run.set_watchable(True)
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.studio.changed)
        with user.qtbot.waitSignal(user.studio.saved):
            user.studio.save(tmp_path / "early.cnn")
        user.qtbot.waitUntil(user.window.isWindowModified)
        user.click("stop_button")
        user.qtbot.waitUntil(lambda: user.studio.run.state is RunState.IDLE)
        assert user.window.isWindowModified()


class TestLayout:
    def test_there_are_no_stray_tab_bars(self, user: WindowUser) -> None:
        assert shown_bars(user.window) == ALL_TABS
        user.window.resize(1100, 700)
        user.qtbot.waitUntil(lambda: shown_bars(user.window) == FOLDED_TABS)
        user.choose("View", "Reset layout")
        user.qtbot.waitUntil(lambda: shown_bars(user.window) == FOLDED_TABS)
        user.window.resize(1600, 1000)
        user.qtbot.waitUntil(lambda: shown_bars(user.window) == ALL_TABS)

    def test_the_layout_is_restored_after_a_restart_and_can_be_reset(
        self, open_window: OpenWindow, qtbot: QtBot
    ) -> None:
        first = open_window()
        first.findChild(QDockWidget, "dock_probe").setFloating(True)
        first.findChild(QDockWidget, "dock_log").hide()
        first.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first.findChild(QDockWidget, "dock_inspector"))
        qtbot.wait(20)
        moved = places(first)
        first.close()
        second = open_window()
        assert second.findChild(QDockWidget, "dock_probe").isFloating()
        assert set(places(second)) == set(moved)
        assert abs(places(second)["Inspector"][0] - moved["Inspector"][0]) < 10
        bottom = [tab for tab in tabs_of(Place.BOTTOM_RIGHT, without="Log")[0] if tab != "Probe"]
        assert shown_bars(second) == sorted([bottom, *tabs_of(Place.LEFT)])
        WindowUser(second, qtbot).choose("View", "Reset layout")
        qtbot.wait(20)
        assert shown_bars(second) == ALL_TABS
        assert not second.findChild(QDockWidget, "dock_probe").isFloating()
        assert places(second)["Inspector"][0] > second.canvas.geometry().right()

    def test_damaged_settings_give_the_default_layout(self, open_window: OpenWindow, tmp_path: Path) -> None:
        first = open_window()
        first.close()
        settings = first.studio.settings
        geometry, docks = settings.layout
        settings.layout = (geometry.left(7), docks.left(docks.size() // 2))
        assert shown_bars(open_window()) == ALL_TABS

    @pytest.mark.parametrize("size", [QSize(1600, 1000), QSize(1100, 700)])
    def test_all_controls_fit(self, user: WindowUser, size: QSize) -> None:
        user.window.resize(size)
        user.qtbot.wait(20)
        assert user.window.size() == size
        assert user.window.canvas.width() > size.width() // 3
        label = user.window.findChild(QAbstractButton, "device_button")
        assert user.window.rect().contains(label.mapTo(user.window, label.rect().bottomRight()))
        assert user.progress[1] != ""
        user.train(1)
        assert user.progress[1].startswith("Done after epoch 1")
        state = user.window.findChild(QLabel, "run_state")
        assert state.width() > 90
        assert state.toolTip().count(user.progress[1]) == 1


class TestDrops:
    def test_a_project(self, user: WindowUser, tmp_path: Path) -> None:
        save(tmp_path / "lenet.cnn", new_project("lenet5"))
        assert user.drop(tmp_path / "lenet.cnn")
        user.qtbot.waitUntil(lambda: user.window.windowTitle() == "lenet.cnn[*] - CNN Studio")
        assert user.studio.session.graph == new_project("lenet5").graph
        user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=20_000)

    def test_an_unreadable_project(self, user: WindowUser, tmp_path: Path) -> None:
        (tmp_path / "bad.cnn").write_bytes(b"nothing")
        before = user.studio.session.project
        assert user.drop(tmp_path / "bad.cnn")
        user.qtbot.waitUntil(lambda: user.message != "")
        assert (
            user.message
            == f"{tmp_path / 'bad.cnn'} is not a CNN Studio project: it is not a zip file, or it is damaged."
        )
        assert user.studio.session.project == before

    @pytest.mark.parametrize(("folder", "shape"), [("mnist", (1, 28, 28)), ("cifar-10", (3, 32, 32))])
    def test_a_folder(self, user: WindowUser, datasets: Path, folder: str, shape: tuple[int, ...]) -> None:
        assert user.drop(datasets / folder)
        user.qtbot.waitUntil(lambda: user.studio.data.reading, timeout=20_000)
        user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=60_000)
        assert user.studio.data.dataset.shape == shape
        assert user.button("data_button").value.startswith(folder)

    def test_an_image(self, user: WindowUser, tmp_path: Path) -> None:
        pixels = np.zeros((9, 9), np.uint8)
        pixels[range(9), range(9)] = pixels[range(9), range(8, -1, -1)] = 255
        Image.fromarray(pixels).save(tmp_path / "cross.png")
        maps = user.studio.live.maps
        assert user.drop(tmp_path / "cross.png")
        user.qtbot.waitUntil(lambda: user.text("probe_caption") == "cross.png")
        user.qtbot.waitUntil(lambda: user.studio.live.maps is not maps)
        assert np.array_equal(user.studio.data.probe.stored[0] > 0, pixels > 0)

    def test_a_file_that_is_no_image(self, user: WindowUser, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("no image")
        probe = user.studio.data.probe
        assert user.drop(tmp_path / "notes.txt")
        user.qtbot.waitUntil(lambda: "notes.txt" in user.message)
        assert user.studio.data.probe is probe

    def test_a_drag_without_local_files_is_refused(self, user: WindowUser) -> None:
        assert not user.drop()


class TestClosing:
    def test_closes_without_a_question_if_nothing_has_changed(self, user: WindowUser) -> None:
        user.close()
        assert not user.window.isVisible()

    def test_quit_by_key(self, user: WindowUser) -> None:
        user.key(Key.Key_Q, CONTROL)
        assert not user.window.isVisible()

    def test_cancel_keeps_it_open(self, user: WindowUser) -> None:
        user.studio.session.select(["relu1"])
        user.choose("Edit", "Delete")
        user.close(button_clicked(Button.Cancel))
        assert user.window.isVisible()
        user.close(cancelled)
        assert user.window.isVisible()
        assert "relu1" not in nodes(user)

    def test_discard(self, user: WindowUser) -> None:
        user.train(1)
        user.close(button_clicked(Button.Discard))
        assert not user.window.isVisible()

    def test_save_first(self, user: WindowUser, tmp_path: Path) -> None:
        user.train(1)
        user.close(button_clicked(Button.Save), path_typed(tmp_path / "kept.cnn"))
        user.qtbot.waitUntil(lambda: not user.window.isVisible())
        assert load(tmp_path / "kept.cnn").checkpoint is not None

    def test_a_canceled_or_failed_save_keeps_it_open(
        self, user: WindowUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object, **options: object) -> None:
            raise ProjectFileError("The disk is full.")

        user.train(1)
        user.close(button_clicked(Button.Save), cancelled)
        assert user.window.isVisible()
        with monkeypatch.context() as patch:
            patch.setattr("cnnstudio.gui.state.studio.save", fail)
            user.close(button_clicked(Button.Save), path_typed(tmp_path / "a.cnn"))
        assert user.message == "The disk is full."
        with user.answering(path_typed(tmp_path / "a.cnn")):
            user.key(Key.Key_S, CONTROL)
        user.qtbot.wait(50)
        assert user.window.isVisible(), "a later save closed the window"

    def test_during_training(self, user: WindowUser) -> None:
        user.studio.run.set_watchable(True)
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.studio.changed)
        user.close(button_clicked(Button.Discard))
        assert not user.window.isVisible()
        assert user.studio.run.state is RunState.IDLE

    def test_save_during_training_then_close(self, user: WindowUser, tmp_path: Path) -> None:
        user.studio.run.set_watchable(True)
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.studio.changed)
        user.close(button_clicked(Button.Save), path_typed(tmp_path / "running.cnn"))
        user.qtbot.waitUntil(lambda: not user.window.isVisible())
        saved = load(tmp_path / "running.cnn")
        assert saved.checkpoint is not None
        assert saved.checkpoint.step > 0

    def test_closing_again_while_the_question_is_open(self, user: WindowUser) -> None:
        user.train(1)
        asked = []

        def close_again(dialog: QWidget) -> None:
            asked.append(dialog)
            user.window.close()
            user.qtbot.wait(30)
            assert [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isModal()] == [dialog]
            button_clicked(Button.Discard)(dialog)

        user.close(close_again)
        assert len(asked) == 1
        assert not user.window.isVisible()

    def test_while_data_is_loading(self, open_window: OpenWindow) -> None:
        window = open_window(ready=False)
        window.close()
        assert not window.isVisible()


def test_every_panel_has_a_dock_and_a_menu_entry_that_shows_it(user: WindowUser) -> None:
    assert len({panel.title for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        entry = user.entry("View/Panels", panel.title)
        assert entry.isChecked()
        user.choose("View/Panels", panel.title)
        assert not entry.isChecked()
        user.choose("View/Panels", panel.title)
        assert entry.isChecked()


def test_no_top_level_menu_is_empty(window: MainWindow) -> None:
    titles = [action.text().replace("&", "") for action in window.menuBar().actions()]
    assert (titles[0], titles[-1]) == ("File", "Help")
    assert len(set(titles)) == len(titles)
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert [entry for entry in menu.actions() if isinstance(entry, QAction)]
