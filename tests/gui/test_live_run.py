"""The run behind the Train button."""

from __future__ import annotations

import time
from pathlib import Path

from pytestqt.qtbot import QtBot

from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import load
from cnnstudio.runs.state import RunState


def test_what_is_saved_right_after_stop_is_saved(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.run.set_watchable(True)  # slow enough to be stopped
    with qtbot.waitSignal(studio.run.progressed):
        studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    studio.run.stop()
    time.sleep(0.5)  # the run ends, but the window has not heard of it yet
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "stopped.cnn")
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)
    saved = load(tmp_path / "stopped.cnn")
    assert saved.checkpoint is not None
    assert saved.checkpoint.step == studio.run.records[-1].last.step
