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
from tests.gui.person import Button, Person, button_clicked, cancelled, enter_pressed, path_typed

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    return Person(window, qtbot)


def nodes(person: Person) -> set[str]:
    return set(person.studio.session.graph.nodes)


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


class TestMenus:
    def test_every_command_has_a_tooltip_and_unique_shortcuts(self, window: MainWindow) -> None:
        actions = [action for action in window.actions() if action.objectName()]
        assert len(actions) > 40
        keys = [sequence.toString() for action in actions for sequence in action.shortcuts()]
        assert len(keys) == len(set(keys)), "two commands share a key"
        for action in actions:
            assert action.toolTip().endswith("."), action.text()

    def test_undo_and_redo(self, person: Person) -> None:
        assert not person.entry("Edit", "Undo").isEnabled()
        person.studio.session.select(["relu1"])
        person.choose("Edit", "Delete")
        assert "relu1" not in nodes(person)
        person.key(Key.Key_Z, CONTROL)
        assert "relu1" in nodes(person)
        person.key(Key.Key_Z, CONTROL | SHIFT)
        assert "relu1" not in nodes(person)
        person.choose("Edit", "Undo")
        person.choose("Edit", "Redo")
        assert "relu1" not in nodes(person)
        assert not person.entry("Edit", "Redo").isEnabled()

    def test_undo_reverts_an_edit_on_the_canvas(self, person: Person) -> None:
        person.qtbot.keyClick(person.window.canvas, Key.Key_C)
        assert "conv2" in nodes(person)
        person.key(Key.Key_Z, CONTROL)
        assert "conv2" not in nodes(person)
        person.key(Key.Key_Y, CONTROL)
        assert "conv2" in nodes(person)

    def test_cut_copy_paste_and_duplicate(self, person: Person) -> None:
        for entry in ("Cut", "Copy", "Duplicate", "Delete", "Rename", "Deselect"):
            assert not person.entry("Edit", entry).isEnabled()
        person.studio.session.select(["relu1"])
        person.choose("Edit", "Copy")
        person.choose("Edit", "Paste")
        assert nodes(person) >= {"relu1", "relu2"}
        person.key(Key.Key_D, CONTROL)
        assert "relu3" in nodes(person)
        person.choose("Edit", "Cut")
        assert "relu3" not in nodes(person)
        person.key(Key.Key_V, CONTROL)
        assert "relu3" in {node.name for node in person.studio.session.graph.nodes.values()}

    def test_delete_removes_the_selected_connection(self, person: Person) -> None:
        edge = Edge("conv1", "relu1")
        person.window.canvas.graph_scene.select_edge(edge)
        person.choose("Edit", "Delete")
        assert edge not in person.studio.session.graph.edges
        assert nodes(person) >= {"conv1", "relu1"}
        assert not person.entry("Edit", "Delete").isEnabled()

    def test_select_all_and_deselect(self, person: Person) -> None:
        person.key(Key.Key_A, CONTROL)
        assert set(person.studio.session.selection) == nodes(person)
        person.key(Key.Key_A, CONTROL | SHIFT)
        assert person.studio.session.selection == ()
        person.choose("Edit", "Select all")
        person.choose("Edit", "Deselect")
        assert person.studio.session.selection == ()

    def test_rename(self, person: Person) -> None:
        person.studio.session.select(["conv1"])
        person.choose("Edit", "Rename")
        field = person.window.findChild(RenameField)
        assert isinstance(field, RenameField)
        person.qtbot.keyClicks(field, "edges")
        person.qtbot.keyClick(field, Key.Key_Return)
        assert person.studio.session.graph.nodes["conv1"].name == "edges"

    def test_zoom(self, person: Person) -> None:
        person.choose("View", "Actual size")
        assert person.text("status_zoom") == "zoom 100%"
        person.choose("View", "Zoom in")
        assert person.text("status_zoom") == "zoom 120%"
        person.key(Key.Key_Minus, CONTROL)
        person.choose("View", "Zoom out")
        assert person.text("status_zoom") == "zoom 83%"
        person.key(Key.Key_9, CONTROL)
        canvas = person.window.canvas
        assert canvas.zoom.visible_rect().contains(canvas.graph_scene.content())

    def test_zoom_keys(self, person: Person) -> None:
        zoom = person.window.canvas.zoom
        person.key(Key.Key_0, CONTROL)
        assert zoom.factor == 1.0
        person.key(Key.Key_Plus, CONTROL)
        assert zoom.factor == pytest.approx(1.2)
        person.key(Key.Key_Minus, CONTROL)
        person.key(Key.Key_Minus, CONTROL)
        assert zoom.factor == pytest.approx(1 / 1.2)
        person.key(Key.Key_Equal, CONTROL)
        assert zoom.factor == pytest.approx(1.0)

    def test_the_keys_that_fit_the_network_are_in_its_tooltip(self, person: Person) -> None:
        """F fits with no layer selected, and adds a fully connected layer otherwise; Home always fits."""
        tip, canvas = person.entry("View", "Fit in view").toolTip(), person.window.canvas
        assert tip.endswith("(Ctrl+9, Home, F with no layer selected).")
        for key, selected in ((Key.Key_F, []), (Key.Key_Home, []), (Key.Key_Home, ["flatten"])):
            person.studio.session.select(selected)
            canvas.zoom.set(3.0)
            person.qtbot.keyClick(canvas, key)
            assert canvas.zoom.visible_rect().contains(canvas.graph_scene.content())
        before = nodes(person)
        person.qtbot.keyClick(canvas, Key.Key_F)
        (new,) = nodes(person) - before
        assert person.studio.session.graph.nodes[new].layer.kind == "dense"

    def test_arrange(self, person: Person) -> None:
        session = person.studio.session
        arranged = session.graph.nodes["conv1"].position
        session.edit_graph("Move", session.graph.with_positions({"conv1": (900.0, 900.0)}))
        person.key(Key.Key_L, CONTROL)
        assert session.graph.nodes["conv1"].position == arranged

    def test_reset_training(self, person: Person) -> None:
        before = person.studio.live.network.weights.copy().arrays
        person.train(1)
        with person.answering(enter_pressed):
            person.choose("Network", "Reset training…")
        assert len(person.studio.run.records) == 1
        with person.answering(button_clicked(Button.Yes)):
            person.choose("Network", "Reset training…")
        person.ready()
        after = person.studio.live.network.weights.arrays
        assert all(np.array_equal(before[key], after[key]) for key in before)
        assert person.progress == (0.0, "Ready to train.")
        person.train(1)
        assert [run.title for run in person.studio.run.records] == ["Run 1"]

    def test_data(self, person: Person, tmp_path: Path) -> None:
        person.choose("Data", "Next image")
        assert person.text("probe_caption").startswith("test image 2 of 500")
        person.key(Key.Key_Left, CONTROL)
        person.key(Key.Key_Left, CONTROL)
        assert person.text("probe_caption").startswith("test image 500 of 500")
        person.key(Key.Key_Right, CONTROL)
        person.choose("Data", "Previous image")
        assert person.text("probe_caption").startswith("test image 500 of 500")
        person.choose("Data", "Digits, generated")
        assert not person.button("train_button").isEnabled()
        person.qtbot.waitUntil(lambda: not person.studio.data.reading, timeout=20_000)
        assert person.studio.data.dataset.shape == (1, 28, 28)
        with person.answering(path_typed(tmp_path)):
            person.choose("Data", "MNIST folder…")
        person.qtbot.waitUntil(lambda: person.message != "")
        assert str(tmp_path) in person.message
        person.key(Key.Key_Z, CONTROL)
        person.key(Key.Key_Z, CONTROL)
        person.ready()

    def test_themes(self, person: Person) -> None:
        def ground() -> int:
            return int(person.window.grab().toImage().pixelColor(3, person.window.height() - 3).lightness())

        for text, light in (("Light", True), ("Dark", False), ("Light", True)):
            person.choose("View/Theme", text)
            assert (ground() > 180) == light
            assert person.entry("View/Theme", text).isChecked()
        assert not person.entry("View/Theme", "Dark").isChecked()
        assert person.studio.settings.theme == "light"
        person.choose("View/Theme", "Follow system")
        assert person.studio.settings.theme == "system"

    def test_panels_are_hidden_and_shown(self, person: Person) -> None:
        dock = person.window.findChild(QDockWidget, "dock_inspector")
        person.choose("View/Panels", "Inspector")
        assert not dock.isVisible()
        person.choose("View/Panels", "Inspector")
        assert dock.isVisible()
        hide = next(b for b in dock.findChildren(QAbstractButton) if b.accessibleName() == "Hide Inspector")
        person.qtbot.mouseClick(hide, Qt.MouseButton.LeftButton)
        assert not dock.isVisible()
        assert not person.entry("View/Panels", "Inspector").isChecked()

    def test_about(self, person: Person) -> None:
        with person.answering(button_clicked(Button.Ok)):
            person.choose("Help", "About CNN Studio")

    @pytest.mark.parametrize("name", [n for n, t in TEMPLATES.items() if max(t.image) < 100])
    def test_templates_open_ready_to_train(self, person: Person, name: str) -> None:
        person.choose("File/New", TEMPLATES[name].title)
        person.qtbot.waitUntil(lambda: not person.studio.data.reading, timeout=20_000)
        person.ready()
        assert person.studio.session.graph == new_project(name).graph
        assert person.window.windowTitle() == f"{TEMPLATES[name].title}[*] - CNN Studio"
        assert person.button("train_button").isEnabled()

    def test_an_empty_canvas(self, person: Person) -> None:
        person.key(Key.Key_N, CONTROL)
        assert nodes(person) == set()
        assert person.button("add_first_layer").isVisible()
        assert not person.button("train_button").isEnabled()
        assert not person.entry("Train", "Train or pause").isEnabled()
        for entry in person.menu("Export").actions():
            assert not entry.isEnabled()
        person.menu("Export").close()
        person.click("start_small_network")
        person.ready()
        assert person.entry("Export", "ONNX network…").isEnabled()

    def test_an_incomplete_network_is_not_trained_or_exported(self, person: Person) -> None:
        session = person.studio.session
        session.edit_graph("Disconnect", session.graph.without_edge(Edge("pool1", "flatten")))
        assert not person.button("train_button").isEnabled()
        assert not person.button("step_button").isEnabled()
        assert not person.entry("Export", "NumPy arrays…").isEnabled()
        assert person.progress[1] == f"flatten: {session.report.problems[0].message}"
        assert re.search(r"· \d+ problems?$", person.text("status_size"))
        person.key(Key.Key_Z, CONTROL)
        assert person.button("train_button").isEnabled()
        assert person.progress[1] == "Ready to train."


def test_a_problem_message_disappears_once_it_is_solved(person: Person) -> None:
    person.studio.message.emit("problem", "The folder has no images.")
    assert person.message == "The folder has no images."
    assert person.window.canvas.y() == 0  # nothing moves for it
    person.studio.choose_data(DatasetName.parse("digits"))
    person.qtbot.waitUntil(lambda: person.message == "", timeout=20_000)


def test_choosing_a_confusion_cell_raises_the_mistakes_panel(person: Person) -> None:
    person.train(1)
    person.window.findChild(QDockWidget, "dock_confusion").raise_()
    person.qtbot.waitUntil(lambda: person.studio.evaluator.result is not None and not person.studio.evaluator.busy)
    person.studio.evaluator.choose(Cell(0, 1))
    person.qtbot.waitUntil(lambda: not person.window.findChild(QDockWidget, "dock_mistakes").visibleRegion().isEmpty())


class TestTitle:
    def test_shows_what_is_unsaved(self, person: Person, tmp_path: Path) -> None:
        window = person.window
        assert window.windowTitle() == "X or O[*] - CNN Studio"
        assert not window.isWindowModified()
        person.studio.session.select(["relu1"])
        person.choose("Edit", "Delete")
        assert window.isWindowModified()
        person.key(Key.Key_Z, CONTROL)
        assert not window.isWindowModified()
        person.train(1)
        assert window.isWindowModified()
        with person.answering(path_typed(tmp_path / "learned.cnn")):
            person.key(Key.Key_S, CONTROL)
        assert window.windowTitle() == "learned.cnn[*] - CNN Studio"
        assert not window.isWindowModified()

    def test_training_after_a_save_is_unsaved_again(self, person: Person, tmp_path: Path) -> None:
        person.studio.run.set_watchable(True)
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.studio.changed)
        with person.qtbot.waitSignal(person.studio.saved):
            person.studio.save(tmp_path / "early.cnn")
        person.qtbot.waitUntil(person.window.isWindowModified)
        person.click("stop_button")
        person.qtbot.waitUntil(lambda: person.studio.run.state is RunState.IDLE)
        assert person.window.isWindowModified()


class TestLayout:
    def test_there_are_no_stray_tab_bars(self, person: Person) -> None:
        assert shown_bars(person.window) == ALL_TABS
        person.window.resize(1100, 700)
        person.choose("View", "Reset layout")
        assert shown_bars(person.window) == ALL_TABS

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
        Person(second, qtbot).choose("View", "Reset layout")
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
    def test_everything_fits(self, person: Person, size: QSize) -> None:
        person.window.resize(size)
        person.qtbot.wait(20)
        assert person.window.size() == size
        assert person.window.canvas.width() > size.width() // 3
        label = person.window.findChild(QAbstractButton, "device_button")
        assert person.window.rect().contains(label.mapTo(person.window, label.rect().bottomRight()))
        assert person.progress[1] != ""
        person.train(1)
        assert person.progress[1].startswith("Done after epoch 1")
        state = person.window.findChild(QLabel, "run_state")
        assert state.width() > 90
        assert state.toolTip().count(person.progress[1]) == 1


class TestDrops:
    def test_a_project(self, person: Person, tmp_path: Path) -> None:
        save(tmp_path / "lenet.cnn", new_project("lenet5"))
        assert person.drop(tmp_path / "lenet.cnn")
        person.qtbot.waitUntil(lambda: person.window.windowTitle() == "lenet.cnn[*] - CNN Studio")
        assert person.studio.session.graph == new_project("lenet5").graph
        person.qtbot.waitUntil(lambda: not person.studio.data.reading, timeout=20_000)

    def test_an_unreadable_project(self, person: Person, tmp_path: Path) -> None:
        (tmp_path / "bad.cnn").write_bytes(b"nothing")
        before = person.studio.session.project
        assert person.drop(tmp_path / "bad.cnn")
        person.qtbot.waitUntil(lambda: person.message != "")
        assert (
            person.message
            == f"{tmp_path / 'bad.cnn'} is not a CNN Studio project: it is not a zip file, or it is damaged."
        )
        assert person.studio.session.project == before

    @pytest.mark.parametrize(("folder", "shape"), [("mnist", (1, 28, 28)), ("cifar-10", (3, 32, 32))])
    def test_a_folder(self, person: Person, datasets: Path, folder: str, shape: tuple[int, ...]) -> None:
        assert person.drop(datasets / folder)
        person.qtbot.waitUntil(lambda: person.studio.data.reading, timeout=20_000)
        person.qtbot.waitUntil(lambda: not person.studio.data.reading, timeout=60_000)
        assert person.studio.data.dataset.shape == shape
        assert person.button("data_button").value.startswith(folder)

    def test_an_image(self, person: Person, tmp_path: Path) -> None:
        pixels = np.zeros((9, 9), np.uint8)
        pixels[range(9), range(9)] = pixels[range(9), range(8, -1, -1)] = 255
        Image.fromarray(pixels).save(tmp_path / "cross.png")
        maps = person.studio.live.maps
        assert person.drop(tmp_path / "cross.png")
        person.qtbot.waitUntil(lambda: person.text("probe_caption") == "cross.png")
        person.qtbot.waitUntil(lambda: person.studio.live.maps is not maps)
        assert np.array_equal(person.studio.data.probe.stored[0] > 0, pixels > 0)

    def test_a_file_that_is_no_image(self, person: Person, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("no image")
        probe = person.studio.data.probe
        assert person.drop(tmp_path / "notes.txt")
        person.qtbot.waitUntil(lambda: "notes.txt" in person.message)
        assert person.studio.data.probe is probe

    def test_a_drag_without_local_files_is_refused(self, person: Person) -> None:
        assert not person.drop()


class TestClosing:
    def test_closes_without_a_question_if_nothing_has_changed(self, person: Person) -> None:
        person.close()
        assert not person.window.isVisible()

    def test_quit_by_key(self, person: Person) -> None:
        person.key(Key.Key_Q, CONTROL)
        assert not person.window.isVisible()

    def test_cancel_keeps_it_open(self, person: Person) -> None:
        person.studio.session.select(["relu1"])
        person.choose("Edit", "Delete")
        person.close(button_clicked(Button.Cancel))
        assert person.window.isVisible()
        person.close(cancelled)
        assert person.window.isVisible()
        assert "relu1" not in nodes(person)

    def test_discard(self, person: Person) -> None:
        person.train(1)
        person.close(button_clicked(Button.Discard))
        assert not person.window.isVisible()

    def test_save_first(self, person: Person, tmp_path: Path) -> None:
        person.train(1)
        person.close(button_clicked(Button.Save), path_typed(tmp_path / "kept.cnn"))
        person.qtbot.waitUntil(lambda: not person.window.isVisible())
        assert load(tmp_path / "kept.cnn").checkpoint is not None

    def test_a_canceled_or_failed_save_keeps_it_open(
        self, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise ProjectFileError("The disk is full.")

        person.train(1)
        person.close(button_clicked(Button.Save), cancelled)
        assert person.window.isVisible()
        with monkeypatch.context() as patch:
            patch.setattr("cnnstudio.gui.state.studio.save", fail)
            person.close(button_clicked(Button.Save), path_typed(tmp_path / "a.cnn"))
        assert person.message == "The disk is full."
        with person.answering(path_typed(tmp_path / "a.cnn")):
            person.key(Key.Key_S, CONTROL)
        person.qtbot.wait(50)
        assert person.window.isVisible(), "a later save closed the window"

    def test_during_training(self, person: Person) -> None:
        person.studio.run.set_watchable(True)
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.studio.changed)
        person.close(button_clicked(Button.Discard))
        assert not person.window.isVisible()
        assert person.studio.run.state is RunState.IDLE

    def test_save_during_training_then_close(self, person: Person, tmp_path: Path) -> None:
        person.studio.run.set_watchable(True)
        person.click("train_button")
        person.qtbot.waitUntil(lambda: person.studio.changed)
        person.close(button_clicked(Button.Save), path_typed(tmp_path / "running.cnn"))
        person.qtbot.waitUntil(lambda: not person.window.isVisible())
        saved = load(tmp_path / "running.cnn")
        assert saved.checkpoint is not None
        assert saved.checkpoint.step > 0

    def test_closing_again_while_the_question_is_open(self, person: Person) -> None:
        person.train(1)
        asked = []

        def close_again(dialog: QWidget) -> None:
            asked.append(dialog)
            person.window.close()
            person.qtbot.wait(30)
            assert [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isModal()] == [dialog]
            button_clicked(Button.Discard)(dialog)

        person.close(close_again)
        assert len(asked) == 1
        assert not person.window.isVisible()

    def test_while_data_is_loading(self, open_window: OpenWindow) -> None:
        window = open_window(ready=False)
        window.close()
        assert not window.isVisible()


def test_every_panel_has_a_dock_and_a_menu_entry_that_shows_it(person: Person) -> None:
    assert len({panel.title for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        entry = person.entry("View/Panels", panel.title)
        assert entry.isChecked()
        person.choose("View/Panels", panel.title)
        assert not entry.isChecked()
        person.choose("View/Panels", panel.title)
        assert entry.isChecked()


def test_no_top_level_menu_is_empty(window: MainWindow) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    assert (titles[0], titles[-1]) == ("File", "Help")
    assert len(set(titles)) == len(titles)
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert [entry for entry in menu.actions() if isinstance(entry, QAction)]
