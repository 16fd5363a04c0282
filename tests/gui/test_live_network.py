"""The network behind the canvas."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.array import Array
from cnnstudio.data import DatasetName
from cnnstudio.engine.network import Network
from cnnstudio.graph import NodeId
from cnnstudio.gui.state.studio import Studio
from cnnstudio.interruption import check_interrupted
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


class SlowMaps:
    """Computes one layer, then holds on until it is let go or interrupted, as if the network were large."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.images: list[Array] = []
        self.let_go = threading.Event()
        by_layer = Network.activations_by_layer

        def slowly(network: Network, image: Array) -> Iterator[dict[NodeId, Array]]:
            self.images.append(image)
            for count, arrays in enumerate(by_layer(network, image)):
                yield arrays
                while count == 1 and not self.let_go.wait(0.01):
                    check_interrupted()

        monkeypatch.setattr(Network, "activations_by_layer", slowly)


def test_maps_of_a_large_network_are_shown_as_they_come(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnstudio.runs.graph_network.INTERVAL", 0.0)
    slow = SlowMaps(monkeypatch)
    nodes = set(studio.session.graph.nodes)
    studio.data.show_next()
    qtbot.waitUntil(lambda: 0 < len(studio.live.maps.arrays) < len(nodes), timeout=20_000)
    assert studio.live.maps.provenance.image is studio.data.probe
    assert studio.live.computing
    qtbot.waitUntil(lambda: "output" in studio.shown.outdated_nodes, timeout=20_000)
    assert not studio.shown.outdated_nodes & studio.live.maps.arrays.keys()
    slow.let_go.set()
    qtbot.waitUntil(lambda: set(studio.live.maps.arrays) == nodes, timeout=20_000)
    qtbot.waitUntil(lambda: not studio.shown.outdated_nodes, timeout=20_000)
    qtbot.waitUntil(lambda: not studio.live.computing, timeout=20_000)


def test_a_newer_image_gives_up_the_pass_of_the_older(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowMaps(monkeypatch)
    studio.data.show_next()
    qtbot.waitUntil(lambda: len(slow.images) == 1, timeout=20_000)
    studio.data.show_next()
    qtbot.waitUntil(lambda: len(slow.images) == 2, timeout=20_000)  # though the first was never let go
    assert studio.data.probe is not None
    assert slow.images[1] is studio.data.probe.scaled
    slow.let_go.set()
    qtbot.waitUntil(lambda: studio.live.maps.provenance.image is studio.data.probe, timeout=20_000)
    qtbot.waitUntil(lambda: not studio.live.computing, timeout=20_000)
