"""A measured process: trains LeNet-5 on MNIST with the window open or without it, or opens the window."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from cnnstudio.data import DatasetName
from cnnstudio.project import Project, new_project

WARM = 1.0  # seconds of training before the measurement
TICK = 10  # milliseconds of the timer whose gaps are measured
LOOK = 50  # milliseconds between two looks whether something holds
EPOCHS = 20  # that are begun; none is waited for
PATIENCE = 60.0  # seconds


def lenet(folder: str) -> Project:
    """LeNet-5 for the digits in a folder."""
    project = new_project("lenet5")
    training = project.training
    long = training.settings.with_params(epochs=EPOCHS)
    data = replace(project.data, source=DatasetName("mnist", folder))
    return project.with_data(data).with_training(type(training)(training.optimizer, training.schedule, long))


def bare(folder: str, seconds: float) -> dict[str, float]:
    """Train as the command line does; returns images a second."""
    from cnnstudio.data import open_dataset
    from cnnstudio.engine.device_selection import choose_engine
    from cnnstudio.engine.engine import TrainingOptions
    from cnnstudio.engine.network import Network
    from cnnstudio.training.events import BatchDone
    from cnnstudio.training.trainer import train

    project = lenet(folder)
    dataset, batch = open_dataset(project.data.source), project.training.settings.batch_size
    network = Network.create(project.graph, seed=0)
    learning = TrainingOptions(project.training.optimizer)
    engine, _ = choose_engine("numpy", network.program, network.weights, batch, learning)
    begin, first = 0.0, 0
    for event in train(network, dataset, project.training, engine=engine):
        now = time.perf_counter()
        if not isinstance(event, BatchDone):
            continue
        begin = begin or now + WARM
        if not first and now >= begin:
            begin, first = now, event.step
        elif first and now - begin >= seconds:
            return {"speed": (event.step - first) * batch / (now - begin)}
    raise SystemExit("the run ended before its time")


def window(folder: str, seconds: float) -> dict[str, object]:
    """Train in the window; returns images a second, the gaps between ticks, and the share of time the window took."""
    from PySide6.QtCore import Qt, QTimer

    main, until = open_window()
    studio = main.studio
    studio.run.set_watchable(False)
    studio.session.edit("Open", lenet(folder))
    until(lambda: studio.live.current and not studio.data.reading and len(studio.live.maps.arrays) > 10)
    studio.session.select(["conv1"])  # the inspector shows its filters
    studio.run.start()
    until(lambda: studio.run.records[-1].last is not None)
    begin = time.perf_counter()
    until(lambda: time.perf_counter() - begin >= WARM)
    first, begin, cpu = studio.run.records[-1].last.step, time.perf_counter(), time.thread_time()
    until(lambda: time.perf_counter() - begin >= seconds)
    last, end = studio.run.records[-1].last.step, time.perf_counter()
    share = (time.thread_time() - cpu) / (end - begin)
    ticks: list[float] = []
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(TICK)  # only now: it would slow the run down
    until(lambda: time.perf_counter() - end >= seconds)
    timer.stop()
    gaps = [after - before for before, after in pairwise(ticks)]
    batch = studio.session.project.training.settings.batch_size
    main.studio.close()
    return {"speed": (last - first) * batch / (end - begin), "gaps": gaps, "share": share}


def start() -> dict[str, float]:
    """Open the window; returns the clock's time when it is shown with feature maps on every layer."""
    main, until = open_window()
    until(lambda: set(main.studio.live.maps.arrays) == set(main.studio.session.graph.nodes))
    main.repaint()
    done = time.time()
    main.studio.close()
    return {"done": done}


def open_window() -> tuple[object, Callable[[Callable[[], bool]], None]]:
    """The window, and what runs it until something holds."""
    from PySide6.QtCore import QEventLoop, QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    from cnnstudio.gui import app
    from cnnstudio.gui.look import theme
    from cnnstudio.gui.state.settings import Settings
    from cnnstudio.gui.window.main_window import INITIAL_SIZE

    application = QApplication.instance() or QApplication([])
    theme.prepare(application)
    folder = Path(tempfile.mkdtemp())
    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    main = app.make_window(settings, folder)
    main.resize(INITIAL_SIZE)
    main.show()

    def until(holds: Callable[[], bool]) -> None:
        loop, look = QEventLoop(), QTimer()
        end = time.monotonic() + PATIENCE
        look.timeout.connect(lambda: loop.quit() if holds() or time.monotonic() > end else None)
        look.start(LOOK)
        loop.exec()
        if not holds():
            raise SystemExit("the window waits for something that does not come")

    return main, until


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    answer = start() if what == "start" else {"bare": bare, "window": window}[what](rest[0], float(rest[1]))
    print(json.dumps(answer))
