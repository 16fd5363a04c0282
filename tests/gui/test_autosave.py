"""Unsaved work is kept beside, and offered again after a crash."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state import editing
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import load, new_project, save
from cnnstudio.project.autosave_folder import AutosavedCopy
from tests.gui.window_user import Button, WindowUser, button_clicked

OFFER = r"CNN Studio did not close properly\. Restore X or O as of (today|yesterday) at \d+:\d\d\?"
CRASH = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from cnnstudio.gui import app
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.settings import Settings
application = QApplication([])
folder = Path(sys.argv[1])
settings = Settings(QSettings(str(folder / "crash.ini"), QSettings.Format.IniFormat))
window = app.make_window(settings, folder / "autosave")
editing.add_layer(window.studio.session, "dropout")
autosave = window.studio.findChild(Autosave)
autosave.saved.connect(lambda: os._exit(3))
autosave.save()
application.exec()
"""


@pytest.fixture
def crashed(tmp_path: Path) -> None:
    """Another program has edited the first project and come to a sudden end."""
    ended = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], timeout=60, check=False)
    assert ended.returncode == 3


@pytest.fixture
def autosave(studio: Studio, tmp_path: Path) -> Autosave:
    return Autosave(studio, tmp_path / "autosave")


def copies(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "autosave").glob("autosave-*.cnn"))


def nothing_kept(tmp_path: Path) -> bool:
    return not list((tmp_path / "autosave").glob("*"))


def offered(user: WindowUser) -> None:
    """Wait until the window offers to restore a copy."""
    user.window.offer_restore()
    user.qtbot.waitUntil(lambda: user.message != "")
    assert re.fullmatch(OFFER, user.message)


def kinds(studio: Studio) -> list[str]:
    return sorted(node.layer.kind for node in studio.session.graph.nodes.values())


@pytest.mark.usefixtures("crashed")
class TestAfterACrash:
    def test_the_next_window_offers_to_restore(
        self, open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
    ) -> None:
        user = WindowUser(open_window(), qtbot)
        offered(user)
        assert "dropout" not in kinds(user.studio)
        user.click("message_action")
        assert "dropout" in kinds(user.studio)
        assert user.message == ""
        assert user.window.isWindowModified()
        assert user.studio.session.path is None
        user.ready()
        qtbot.waitUntil(lambda: user.text("status_autosave") == "autosaved 0 s ago")
        assert len(copies(tmp_path)) == 1, "the copy is this window's own now"
        user.close(button_clicked(Button.Discard))
        assert nothing_kept(tmp_path)

    def test_restoring_asks_about_unsaved_changes_first(
        self, open_window: Callable[..., MainWindow], qtbot: QtBot
    ) -> None:
        user = WindowUser(open_window(), qtbot)
        editing.add_layer(user.studio.session, "batch_normalization")
        offered(user)
        with user.answering(button_clicked(Button.Cancel)):
            user.click("message_action")
        assert "batch_normalization" in kinds(user.studio)

    def test_a_copy_that_is_not_restored_is_offered_again(
        self, open_window: Callable[..., MainWindow], qtbot: QtBot
    ) -> None:
        first = WindowUser(open_window(), qtbot)
        offered(first)
        first.click("message_close")
        first.close()
        second = WindowUser(open_window(), qtbot)
        offered(second)

    def test_a_damaged_copy_is_set_aside_and_does_not_hide_an_older_one(
        self, open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
    ) -> None:
        (copy,) = copies(tmp_path)
        damaged = copy.with_name("autosave-2-0.cnn")
        damaged.write_bytes(copy.read_bytes()[:100])
        written = copy.stat().st_mtime
        os.utime(damaged, (written + 1.0, written + 1.0))
        user = WindowUser(open_window(), qtbot)
        offered(user)
        assert copies(tmp_path) == [copy]
        assert damaged.with_name("damaged-autosave-2-0.cnn").exists()
        user.click("message_action")
        assert "dropout" in kinds(user.studio)
        user.close(button_clicked(Button.Discard))

    def test_a_copy_that_is_damaged_meanwhile_is_reported(
        self, open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
    ) -> None:
        (copy,) = copies(tmp_path)
        user = WindowUser(open_window(), qtbot)
        offered(user)
        copy.write_bytes(copy.read_bytes()[:100])
        user.click("message_action")
        assert "is not a CNN Studio project" in user.message
        assert not user.window.isWindowModified()


def test_nothing_is_offered_at_the_first_start(open_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    user = WindowUser(open_window(), qtbot)
    with qtbot.assertNotEmitted(user.window._autosave.found, wait=200):
        user.window.offer_restore()
    assert user.message == ""


def test_only_changes_are_written(autosave: Autosave, studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    autosave.save()
    assert copies(tmp_path) == []
    editing.add_layer(studio.session, "dropout")
    with qtbot.waitSignal(autosave.saved):
        autosave.save()
    (copy,) = copies(tmp_path)
    assert load(copy).project.graph == studio.session.graph
    written = copy.stat().st_mtime_ns
    autosave.save()
    qtbot.wait(50)
    assert copy.stat().st_mtime_ns == written
    autosave.discard()
    assert nothing_kept(tmp_path)


def test_weights_are_copied_during_training(autosave: Autosave, studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    first = studio.live.network.weights.copy().arrays
    studio.run.set_watchable(True)
    studio.run.start()
    saves: list[bool] = []
    autosave.saved.connect(lambda: saves.append(True))
    for count in (1, 2):
        step = studio.run.records[-1].last
        qtbot.waitUntil(partial(lambda step: studio.run.records[-1].last is not step, step))

        def saved(count: int = count) -> bool:
            autosave.save()  # does nothing while a save is in progress
            return len(saves) >= count

        qtbot.waitUntil(saved)
    (copy,) = copies(tmp_path)
    kept = load(copy).arrays
    assert any(not np.array_equal(kept[key], first[key]) for key in first)


def test_a_full_disk_is_reported_once_and_retried(
    autosave: Autosave, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    reported: list[str] = []
    studio.message.connect(lambda kind, text: reported.append(text))
    editing.add_layer(studio.session, "dropout")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        for _ in range(3):
            autosave.save()
            qtbot.wait(100)
    assert len(reported) == 1
    assert "No space left on device" in reported[0]
    with qtbot.waitSignal(autosave.saved):
        autosave.save()
    assert len(copies(tmp_path)) == 1
    autosave.discard()


def test_a_restored_copy_is_kept_until_the_next_one_is_written(
    autosave: Autosave, studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    left, restored = tmp_path / "left.cnn", new_project("lenet5")
    save(left, restored)
    kept: list[bool] = []

    def look() -> None:
        (copy,) = copies(tmp_path)
        kept.append(load(copy).project.graph == restored.graph)
        assert left.exists() is not kept[-1]

    autosave.saved.connect(look)
    editing.add_layer(studio.session, "dropout")
    autosave.save()  # still at it when the other copy is restored
    autosave.restore(AutosavedCopy(left, "left", 0.0))
    qtbot.waitUntil(lambda: kept == [False, True], timeout=20_000)
    qtbot.waitUntil(lambda: not studio.data.reading, timeout=20_000)
    autosave.discard()


def test_a_normal_exit_leaves_no_copy_even_while_one_is_being_written(
    autosave: Autosave, studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    left = tmp_path / "left.cnn"
    save(left, new_project("lenet5"))
    editing.add_layer(studio.session, "dropout")
    autosave.save()  # still in progress when the other copy is restored
    autosave.restore(AutosavedCopy(left, "left", 0.0))
    autosave.discard()
    qtbot.waitUntil(lambda: not studio.data.reading, timeout=20_000)
    qtbot.wait(100)
    assert nothing_kept(tmp_path)
