"""Whatever is done in whatever order, what is shown in the end is what the network on the canvas computes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.data import DatasetName
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.network import Network
from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.previews import ScoresPreview
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project
from cnnstudio.runs.state import RunState
from cnnstudio.training.metrics import evaluate
from tests.gui.window_user import WindowUser

pytestmark = [
    pytest.mark.qt_log_level_fail("WARNING"),
    pytest.mark.qt_log_ignore("This plugin does not support"),  # without a screen
]

ACTIONS = 40
LONG = 120_000  # milliseconds that a busy machine may take


class RandomUser(WindowUser):
    """Does one thing after another at random, without waiting for its result."""

    def __init__(self, window: MainWindow, qtbot: QtBot, seed: int, file: Path) -> None:
        super().__init__(window, qtbot)
        self._random, self._file = random.Random(seed), file
        self.done: list[str] = []  # the names of the actions

    def act(self) -> None:
        """Do something."""
        run, history, evaluator = self.studio.run, self.studio.session.history, self.studio.evaluator
        actions: dict[str, tuple[float, Callable[[], object]]] = {
            "train": (4.0, run.start),
            "pause": (1.0, run.pause),
            "step": (1.0, run.step),
            "stop": (2.0, run.stop),
            "undo": (4.0, history.undo),
            "redo": (1.5, history.redo),
            "evaluate": (1.5, evaluator.start),
            "initialize": (0.5, self.studio.reinitialize),
            "look at an image": (2.0, lambda: self.studio.data.show_sample(self._random.randrange(200))),
            "open a template": (1.0, self._open_template),
            "change filters": (2.0, self._change_filters),
            "change the seed": (1.0, self._change_seed),
            "add": (1.5, self._add),
            "delete": (1.0, self._delete),
            "choose data": (0.7, self._choose_data),
            "save": (1.0, lambda: self.studio.save(self._file)),
            "open": (1.0, lambda: self.studio.open(self._file) if self._file.exists() else None),
        }
        name = self._random.choices(list(actions), [weight for weight, _ in actions.values()])[0]
        self.done.append(name)
        actions[name][1]()
        if self._random.random() < 0.5:
            self.qtbot.wait(self._random.choice((1, 10, 100)))

    def finish(self) -> None:
        """Stop the run, and wait until nothing is read or computed any more."""
        studio = self.studio
        studio.run.stop()
        self.qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE, timeout=LONG)
        self.qtbot.waitUntil(
            lambda: not (studio.data.reading or studio.live.computing or studio.evaluator.busy), timeout=LONG
        )
        self.qtbot.waitUntil(lambda: studio.shown.arrays is studio.live.maps.arrays, timeout=LONG)
        self.qtbot.waitUntil(lambda: not studio.shown.computing, timeout=LONG)

    def _node(self, kind: str = "") -> NodeId | None:
        nodes = [node.id for node in self.studio.session.graph.nodes.values() if kind in ("", node.layer.kind)]
        return self._random.choice(nodes) if nodes else None

    def _open_template(self) -> None:
        self.studio.new(new_project(self._random.choice(("xo", "xo", "autoencoder"))))
        self.set_epochs(2)

    def _change_filters(self) -> None:
        node = self._node("convolution")
        if node is not None:
            layer = self.studio.session.graph.nodes[node].layer.with_params(filters=self._random.randint(1, 6))
            editing.change_layer(self.studio.session, node, layer, "filters")

    def _change_seed(self) -> None:
        project = self.studio.session.project
        settings = project.training.settings.with_params(seed=self._random.randrange(4))
        self.studio.session.edit("Seed", project.with_training(replace(project.training, settings=settings)))

    def _add(self) -> None:
        edges = sorted(self.studio.session.graph.edges, key=str)
        editing.add_layer(
            self.studio.session,
            self._random.choice(("relu", "tanh")),
            onto=self._random.choice(edges) if edges else None,
        )

    def _delete(self) -> None:
        node = self._node()
        if node is not None:
            self.studio.session.select([node])
            editing.delete_selection(self.studio.session)

    def _choose_data(self) -> None:
        self.studio.choose_data(DatasetName.parse(self._random.choice(("xo", "digits"))))


def check_maps(user: RandomUser) -> None:
    """Every card shows what its layer computes for the probe, and the Probe panel says the same as the output card."""
    studio, network, probe = user.studio, user.studio.live.network, user.studio.data.probe
    assert not any(item.outdated for item in user.window.canvas.graph_scene.nodes.values())
    fits = network is not None and probe is not None
    if network is not None and probe is not None:
        fits = probe.scaled.shape[1:] == network.program.shapes[network.program.input]
    if not fits:
        assert studio.shown.arrays == {}
        return
    assert network is not None
    assert probe is not None
    computed = network.activations(probe.scaled)
    assert studio.shown.arrays.keys() == computed.keys()
    for node, array in studio.shown.arrays.items():
        np.testing.assert_array_equal(array, computed[node][0], err_msg=node)
    for item in user.window.canvas.graph_scene.nodes.values():
        if isinstance(item.preview, ScoresPreview):
            assert user.text("probe_verdict") in ("", item.preview.prediction.summary())


def check_evaluation(studio: Studio) -> None:
    """An evaluation that is not out of date is what the network on the canvas gets."""
    result, network, dataset = studio.evaluator.result, studio.live.network, studio.data.dataset
    if result is None or studio.evaluator.outdated or not studio.live.current or network is None or dataset is None:
        return
    with reference_engine().load(network.program, network.weights) as execution:
        again = evaluate(execution, dataset, studio.data.split)
    assert again.loss == pytest.approx(result.predictions.evaluation.loss, rel=1e-6)
    assert again.accuracy == result.predictions.evaluation.accuracy


def check_words(user: RandomUser) -> None:
    """Status and top bar, and what is called initialized."""
    studio, live = user.studio, user.studio.live
    assert user.text("status_state") == "● Ready"
    if studio.run.records and not studio.run.why_not():
        edited = studio.session.graph.wiring != studio.run.provenance.wiring
        assert ("the network was edited" in user.progress[1]) == edited
    if live.network is not None and live.up_to_date:
        initial = Network.build(live.network.program, {}, studio.session.project.training.settings.seed)
        for key, array in live.network.weights.arrays.items():
            assert live.is_trained(key) or np.array_equal(array, initial.weights.arrays[key]), key


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 23))])
def test_random_use(window: MainWindow, qtbot: QtBot, tmp_path: Path, seed: int) -> None:
    user = RandomUser(window, qtbot, seed, tmp_path / "mine.cnn")
    for _ in range(4):
        for _ in range(ACTIONS // 4):
            user.act()
        try:
            user.finish()
            check_maps(user)
            check_evaluation(user.studio)
            check_words(user)
        except BaseException as error:
            error.add_note(f"after {', '.join(user.done)}")
            raise
