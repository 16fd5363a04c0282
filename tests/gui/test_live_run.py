"""The run behind the Train button, on the GUI thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.gui.state import refresh_rate
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import load
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState
from cnnstudio.training.events import EpochDone, Outcome

PATIENCE = 20.0  # seconds
LONG = 20_000  # milliseconds


def train_for(studio: Studio, epochs: int) -> None:
    """Set the number of epochs."""
    project = studio.session.project
    settings = project.training.settings.with_params(epochs=epochs)
    studio.session.edit("Change epochs", project.with_training(replace(project.training, settings=settings)))


def join_run() -> None:
    """Wait for the run's thread to end, while the window learns nothing of it."""
    for thread in threading.enumerate():
        if thread.name == "training run":
            thread.join(PATIENCE)


@pytest.fixture
def running(studio: Studio, qtbot: QtBot) -> Iterator[Studio]:
    """A studio whose run makes steps at full speed, for long."""
    train_for(studio, 4000)
    studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None, timeout=LONG)
    yield studio
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE and not studio.evaluator.busy, timeout=LONG)


def test_saving_right_after_stop_includes_the_last_step(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.run.set_watchable(True)  # slow enough to be stopped
    with qtbot.waitSignal(studio.run.progressed):
        studio.run.start()
    qtbot.waitUntil(lambda: studio.run.records[-1].last is not None)
    studio.run.stop()
    join_run()
    assert studio.run.state is RunState.STOPPING, "the window has not heard of the end yet"
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "stopped.cnn")
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)
    saved = load(tmp_path / "stopped.cnn")
    assert saved.checkpoint is not None
    assert saved.checkpoint.step == studio.run.records[-1].last.step


def test_signals_of_a_run_in_order(studio: Studio, qtbot: QtBot) -> None:
    reported: list[object] = []
    run = studio.run
    run.run_started.connect(lambda record: reported.append("added"))
    run.state_changed.connect(reported.append)
    run.epoch_done.connect(lambda done: reported.append(done.epoch))
    run.finished.connect(lambda done: reported.append(done.reason))
    train_for(studio, 2)
    with qtbot.waitSignal(run.finished, timeout=LONG):
        run.start()
    states = ["added", RunState.STARTING, RunState.RUNNING, 1, 2, RunState.IDLE, Outcome.FINISHED]
    assert reported == states
    qtbot.waitUntil(lambda: studio.live.maps.step == 150, timeout=LONG)


def test_the_last_update_is_shown_although_updates_are_limited(studio: Studio, qtbot: QtBot) -> None:
    shown: list[int] = []
    studio.run.progressed.connect(lambda record: shown.append(record.last.step if record.last else 0))
    train_for(studio, 1)
    with qtbot.waitSignal(studio.run.finished, timeout=LONG):
        studio.run.start()
    assert shown[-1] == 75


def test_progress_is_shown_ten_times_a_second_at_most(running: Studio, qtbot: QtBot) -> None:
    times: list[float] = []
    running.run.progressed.connect(lambda record: times.append(time.monotonic()))
    qtbot.waitUntil(lambda: len(times) >= 6, timeout=LONG)
    assert (times[5] - times[0]) / 5 >= refresh_rate.INTERVAL * 0.9


def test_epochs_are_reported_at_once_while_progress_waits(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_rate, "INTERVAL", 3600.0)
    monkeypatch.setattr(refresh_rate, "MAX_INTERVAL", 3600.0)
    epochs: list[EpochDone] = []
    shown: list[RunRecord] = []
    studio.run.epoch_done.connect(epochs.append)
    studio.run.progressed.connect(shown.append)
    train_for(studio, 4000)
    studio.run.start()
    qtbot.waitUntil(lambda: len(epochs) >= 3, timeout=LONG)
    assert len(shown) <= 1
    studio.run.pause()
    qtbot.waitUntil(lambda: len(shown) >= 2, timeout=LONG)
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE and not studio.evaluator.busy, timeout=LONG)


def test_after_pause_the_maps_are_those_of_the_last_step(running: Studio, qtbot: QtBot) -> None:
    running.run.pause()
    assert running.run.state is RunState.PAUSED
    qtbot.waitUntil(lambda: running.live.maps.step == running.run.records[-1].last.step, timeout=LONG)
    running.run.step()
    step = running.live.maps.step + 1
    qtbot.waitUntil(lambda: running.live.maps.step == running.run.records[-1].last.step == step, timeout=LONG)
    assert running.run.state is RunState.PAUSED


def test_commands_that_the_state_does_not_allow_are_ignored(studio: Studio, qtbot: QtBot) -> None:
    studio.run.pause()
    studio.run.stop()
    assert studio.run.state is RunState.IDLE
    train_for(studio, 4000)
    studio.run.start()
    studio.run.start()
    studio.run.step()
    assert len(studio.run.records) == 1
    studio.run.stop()
    studio.run.stop()
    studio.run.pause()
    assert studio.run.state is RunState.STOPPING
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE and not studio.evaluator.busy, timeout=LONG)


def test_closing_while_a_run_is_active_ends_its_thread(running: Studio) -> None:
    running.close()
    assert running.run.state is RunState.IDLE
    assert "training run" not in {thread.name for thread in threading.enumerate()}
