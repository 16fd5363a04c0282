"""Saving, opening and exporting, with their dialogs."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from safetensors.numpy import load_file

from cnnstudio.gui.state import editing
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import load, new_project, save
from tests.gui.window_user import Button, WindowUser, button_clicked, cancelled, click_entry, enter_pressed, path_typed

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot) -> WindowUser:
    return WindowUser(window, qtbot)


def change(user: WindowUser) -> None:
    """Make an edit."""
    user.studio.session.select(["conv1"])
    user.choose("Edit", "Duplicate")


def no_room(file: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_only(path: Path | None = None) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class TestSaving:
    def test_asks_once_then_saves_to_the_same_file(self, user: WindowUser, tmp_path: Path) -> None:
        change(user)
        with user.answering(path_typed(tmp_path / "mine")):  # the ending is added
            user.choose("File", "Save")
        assert load(tmp_path / "mine.cnn").project.graph == user.studio.session.graph
        assert user.message == f"Saved {tmp_path / 'mine.cnn'}."
        change(user)
        user.key(Key.Key_S, CONTROL)
        assert load(tmp_path / "mine.cnn").project.graph == user.studio.session.graph
        assert not user.window.isWindowModified()

    def test_saves_under_another_name(self, user: WindowUser, tmp_path: Path) -> None:
        for name in ("one.cnn", "two.v2"):
            with user.answering(path_typed(tmp_path / name)):
                user.key(Key.Key_S, CONTROL | SHIFT)
        assert sorted(path.name for path in tmp_path.glob("*.cnn")) == ["one.cnn", "two.v2.cnn"]
        assert user.window.windowTitle() == "two.v2.cnn[*] - CNN Studio"

    def test_asks_before_replacing_a_file_whose_ending_was_not_typed(self, user: WindowUser, tmp_path: Path) -> None:
        save(tmp_path / "old.cnn", new_project("lenet5"))
        with user.answering(path_typed(tmp_path / "old"), enter_pressed):
            user.choose("File", "Save as…")
        assert load(tmp_path / "old.cnn").project == new_project("lenet5")
        with user.answering(path_typed(tmp_path / "old"), button_clicked(Button.Yes)):
            user.choose("File", "Save as…")
        assert load(tmp_path / "old.cnn").project.graph == user.studio.session.graph

    def test_canceled(self, user: WindowUser, tmp_path: Path) -> None:
        change(user)
        with user.answering(cancelled):
            user.choose("File", "Save as…")
        assert user.window.isWindowModified()
        assert not list(tmp_path.glob("*.cnn"))

    @pytest.mark.parametrize(
        ("place", "fails", "reason"),
        [
            ("os.fsync", no_room, "No space left on device"),
            ("cnnstudio.atomic_write.require_replaceable", read_only, "Permission denied"),
        ],
        ids=["a full disk", "a read-only folder"],
    )
    def test_on(
        self,
        user: WindowUser,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        place: str,
        fails: Callable[..., None],
        reason: str,
    ) -> None:
        file = tmp_path / "mine.cnn"
        user.studio.save(file)
        before = file.read_bytes()
        change(user)
        with monkeypatch.context() as patch:
            patch.setattr(place, fails)
            user.key(Key.Key_S, CONTROL)
        assert user.message == f"{file} cannot be written ({reason}). Choose another folder or free some space."
        assert user.window.isWindowModified()
        assert file.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir() if path.suffix != ".ini"] == ["mine.cnn"]
        user.key(Key.Key_S, CONTROL)
        assert not user.window.isWindowModified()

    def test_weights_and_step_match_during_training(self, user: WindowUser, tmp_path: Path) -> None:
        user.studio.run.set_watchable(True)
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.studio.changed)
        with user.qtbot.waitSignal(user.studio.saved):
            user.studio.save(tmp_path / "running.cnn")
        step = load(tmp_path / "running.cnn").checkpoint.step
        user.click("stop_button")
        assert 0 < step <= user.studio.run.records[-1].last.step
        user.qtbot.waitUntil(lambda: not user.studio.evaluator.busy)


class TestOpening:
    def test_a_saved_project_can_be_opened(self, user: WindowUser, tmp_path: Path) -> None:
        user.train(1)
        learned = user.studio.live.network.weights.copy().arrays
        user.studio.save(tmp_path / "learned.cnn")
        user.choose("File/New", "LeNet-5 for digits")
        with user.answering(path_typed(tmp_path / "learned.cnn")):
            user.key(Key.Key_O, CONTROL)
        user.qtbot.waitUntil(lambda: user.studio.live.current, timeout=20_000)
        opened = user.studio.live.network.weights.arrays
        assert all(np.array_equal(learned[key], opened[key]) for key in learned)
        assert user.window.windowTitle() == "learned.cnn[*] - CNN Studio"
        assert not user.entry("Edit", "Undo").isEnabled()
        user.ready()

    def test_asks_to_save_unsaved_changes_first(self, user: WindowUser, tmp_path: Path) -> None:
        save(tmp_path / "other.cnn", new_project("xo"))
        change(user)
        edited = user.studio.session.graph
        with user.answering(path_typed(tmp_path / "other.cnn"), button_clicked(Button.Cancel)):
            user.choose("File", "Open…")
        assert user.studio.session.graph == edited
        with user.answering(
            path_typed(tmp_path / "other.cnn"), button_clicked(Button.Save), path_typed(tmp_path / "edited.cnn")
        ):
            user.choose("File", "Open…")
        assert user.window.windowTitle() == "other.cnn[*] - CNN Studio"
        assert load(tmp_path / "edited.cnn").project.graph == edited

    def test_opens_after_a_save_during_training(self, user: WindowUser, tmp_path: Path) -> None:
        user.studio.run.set_watchable(True)
        user.click("train_button")
        user.qtbot.waitUntil(lambda: user.studio.changed)
        with user.answering(button_clicked(Button.Save), path_typed(tmp_path / "running.cnn")):
            user.choose("File/New", "Empty canvas")
        user.qtbot.waitUntil(lambda: not user.studio.session.graph.nodes)
        assert load(tmp_path / "running.cnn").checkpoint is not None

    def test_a_canceled_save_cancels_opening(self, user: WindowUser) -> None:
        change(user)
        with user.answering(button_clicked(Button.Save), cancelled):
            user.key(Key.Key_N, CONTROL)
        assert user.studio.session.graph.nodes
        with user.answering(button_clicked(Button.Discard)):
            user.key(Key.Key_N, CONTROL)
        assert not user.studio.session.graph.nodes

    @pytest.mark.parametrize("what", ["missing", "no zip", "cut short", "newer", "garbled"])
    def test_a_failed_open_keeps_the_current_project(self, user: WindowUser, tmp_path: Path, what: str) -> None:
        file = tmp_path / "bad.cnn"
        save(file, new_project("lenet5"))
        whole = file.read_bytes()
        expected = spoil(file, whole, what)
        user.train(1)
        project, weights = user.studio.session.project, user.studio.live.network.weights.copy().arrays
        with user.answering(button_clicked(Button.Discard)):
            user.window.files.open(file)
        assert expected in user.message
        assert str(file) in user.message
        assert "\n" not in user.message
        assert user.studio.session.project == project
        kept = user.studio.live.network.weights.arrays
        assert all(np.array_equal(weights[key], kept[key]) for key in weights)
        assert user.window.isWindowModified()

    def test_layers_that_the_saved_weights_do_not_fit_are_named(self, user: WindowUser, tmp_path: Path) -> None:
        arrays = {"conv1.weight": np.zeros((7, 7), np.float32), "fc1.bias": np.zeros(2, np.float32)}
        save(tmp_path / "changed.cnn", new_project("xo"), arrays)
        with user.answering(path_typed(tmp_path / "changed.cnn")):
            user.choose("File", "Open…")
        assert user.message == "The saved weights do not fit conv1; new ones take their place."
        user.ready()

    def test_recent_projects(self, user: WindowUser, tmp_path: Path) -> None:
        recent = user.window.findChild(QMenu, "menu_recent")
        recent.popup(user.window.pos())
        assert not any(action.isEnabled() for action in recent.actions())
        recent.close()
        for name in ("one", "two & three"):
            user.studio.save(tmp_path / f"{name}.cnn")
        recent.popup(user.window.pos())
        assert [action.text() for action in recent.actions()] == ["two && three.cnn", "one.cnn"]
        click_entry(recent, "one.cnn")
        assert user.window.windowTitle() == "one.cnn[*] - CNN Studio"
        (tmp_path / "two & three.cnn").unlink()
        recent.popup(user.window.pos())
        click_entry(recent, "two && three.cnn")
        assert "cannot be read (No such file or directory)" in user.message
        user.ready()


def spoil(file: Path, whole: bytes, what: str) -> str:
    """Damage the file so that it cannot be opened; returns the expected message."""
    if what == "missing":
        file.unlink()
        return "cannot be read (No such file or directory)"
    if what == "no zip":
        file.write_bytes(b"PNG" * 100)
        return "is not a CNN Studio project: it is not a zip file, or it is damaged."
    if what == "cut short":
        file.write_bytes(whole[: len(whole) // 2])
        return "is not a CNN Studio project: it is not a zip file, or it is damaged."
    with zipfile.ZipFile(file) as archive:
        data = json.loads(archive.read("project.json"))
    if what == "newer":
        data |= {"version": 9, "min_reader": 9, "program": "9.1"}
    else:
        data["graph"]["nodes"][0]["layer"] = 5
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("project.json", json.dumps(data))
    return "saved by a newer version of CNN Studio (9.1)" if what == "newer" else "is damaged."


class TestExport:
    def test_onnx_gives_the_same_output_as_the_network(self, user: WindowUser, tmp_path: Path) -> None:
        user.train(2)
        with user.answering(path_typed(tmp_path / "xo")):
            user.choose("Export", "ONNX network…")
        user.qtbot.waitUntil(lambda: user.message.startswith("Exported"), timeout=20_000)
        images, _ = user.studio.data.dataset.take(np.arange(64))
        ours = user.studio.live.network.predict(images)
        session = onnxruntime.InferenceSession(str(tmp_path / "xo.onnx"), providers=["CPUExecutionProvider"])
        theirs = session.run(None, {session.get_inputs()[0].name: images})[0]
        assert np.abs(ours - theirs).max() < 1e-4

    def test_weights(self, user: WindowUser, tmp_path: Path) -> None:
        for entry, ending in (("NumPy arrays…", "npz"), ("Safetensors weights…", "safetensors")):
            user.window.message_bar.hide()
            with user.answering(path_typed(tmp_path / f"weights.{ending}")):
                user.choose("Export", entry)
            user.qtbot.waitUntil(lambda: user.message.startswith("Exported"), timeout=20_000)
        ours = sorted(array.shape for array in user.studio.live.network.weights.arrays.values())
        assert sorted(a.shape for a in load_file(tmp_path / "weights.safetensors").values()) == ours
        with np.load(tmp_path / "weights.npz") as arrays:
            assert sorted(arrays[key].shape for key in arrays.files) == ours

    def test_canceled_or_failed(self, user: WindowUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with user.answering(cancelled):
            user.choose("Export", "ONNX network…")
        with monkeypatch.context() as patch, user.answering(path_typed(tmp_path / "xo.onnx")):
            patch.setattr(os, "replace", lambda *paths: read_only())
            user.choose("Export", "ONNX network…")
            user.qtbot.waitUntil(lambda: user.message != "", timeout=20_000)
        assert user.message.startswith(f"{tmp_path / 'xo.onnx'} cannot be written (Permission denied)")
        assert not (tmp_path / "xo.onnx").exists()

    def test_right_after_an_edit_the_network_is_still_being_built(self, user: WindowUser, tmp_path: Path) -> None:
        editing.add_layer(user.studio.session, "dropout")
        user.window.files.export("npz", tmp_path / "a.npz")
        assert user.message == "The network is still being built; try again in a moment."
        user.ready()
