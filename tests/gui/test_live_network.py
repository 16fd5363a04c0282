"""The network behind the canvas."""

from __future__ import annotations

import dataclasses

from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import new_project
from cnnstudio.runs.state import RunState


def test_input_statistics_are_measured_once_the_data_fits(studio: Studio, qtbot: QtBot) -> None:
    project = new_project("lenet5")
    studio.new(project.with_data(dataclasses.replace(project.data, source=DatasetName("xo"))))
    with qtbot.waitSignal(studio.live.network_changed, check_params_cb=lambda network: not studio.session.report.ok):
        pass
    assert not studio.live.current
    studio.choose_data(DatasetName("digits"))
    qtbot.waitUntil(lambda: studio.live.current and not studio.data.reading, timeout=20_000)
    studio.run.step()
    qtbot.waitUntil(lambda: studio.run.state is RunState.PAUSED, timeout=20_000)
    assert studio.run.records[-1].last.step == 1
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE)


def test_a_seed_that_was_changed_back_while_the_network_was_built_holds(studio: Studio, qtbot: QtBot) -> None:
    before = studio.live.network.weights.copy().arrays
    project = studio.session.project
    settings = project.training.settings.with_params(seed=project.training.settings.seed + 1)
    studio.session.edit("Seed", project.with_training(dataclasses.replace(project.training, settings=settings)))
    studio.session.history.undo()
    qtbot.waitUntil(lambda: not studio.live.computing, timeout=20_000)
    assert studio.live.current
    after = studio.live.network.weights.arrays
    assert all((after[key] == before[key]).all() for key in before)
    assert studio.shown.outdated == ""
