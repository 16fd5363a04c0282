"""Nothing that happens while the window closes keeps it open."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.window.dock_layout import DockLayout
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.gui.window.project_files import ProjectFiles
from tests.gui.window_user import WindowUser


def fail(*arguments: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(("part", "step"), [(DockLayout, "save"), (Autosave, "discard"), (ProjectFiles, "close")])
def test_closes_in_spite_of_errors_and_ends_its_threads(
    open_window: Callable[..., MainWindow],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: type,
    step: str,
) -> None:
    user = WindowUser(open_window(), qtbot)
    user.studio.data.read_again()
    with monkeypatch.context() as patch:
        patch.setattr(part, step, fail)
        user.close()
    assert not user.window.isVisible()
    assert "the disk is full" in caplog.text
    assert not [thread for thread in threading.enumerate() if thread.name == "background task"]
    user.window.findChild(Autosave).discard()
