"""Trained weights are shown, saved and evaluated correctly, also while the user edits, probes and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from threading import enumerate as running_threads
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.array import Array
from cnnstudio.data import DatasetName
from cnnstudio.engine.network import Network
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.project_files import ProjectFiles
from cnnstudio.project import SavedProject, load
from cnnstudio.runs import graph_network, training_work
from cnnstudio.runs.state import RunState
from tests.gui.conftest import wait_until_ready

LONG = 20_000  # milliseconds


@pytest.fixture
def running(studio: Studio, qtbot: QtBot) -> Iterator[Studio]:
    """A studio in the midst of a long run."""
    settle(studio, epochs=4000)
    studio.run.start()
    qtbot.waitUntil(lambda: step_of(studio) > 20, timeout=LONG)
    yield studio
    stop(studio, qtbot)


class SlowNetwork(Network):
    """A network that takes a test's time to build."""


def thread_names() -> set[str]:
    """The names of all running threads."""
    return {thread.name for thread in running_threads()}


def settle(studio: Studio, **settings: object) -> None:
    """Change the training settings."""
    project = studio.session.project
    chosen = project.training.settings.with_params(**settings)
    studio.session.edit("Change settings", project.with_training(replace(project.training, settings=chosen)))


def step_of(studio: Studio) -> int:
    last = studio.run.records[-1].last
    return last.step if last is not None else 0


def stop(studio: Studio, qtbot: QtBot) -> None:
    """End the run, if one goes on, and wait until all is shown."""
    studio.run.stop()
    qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE, timeout=LONG)
    qtbot.waitUntil(lambda: not studio.evaluator.busy, timeout=LONG)


def saved(studio: Studio, qtbot: QtBot, path: Path) -> SavedProject:
    """Save, and read what was saved."""
    with qtbot.waitSignal(studio.saved, timeout=LONG):
        studio.save(path)
    return load(path)


def widen(studio: Studio, filters: int = 5) -> None:
    layer = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", layer.with_params(filters=filters), "filters")


def same(left: Mapping[str, Array], right: Mapping[str, Array]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


def weights_of(studio: Studio) -> dict[str, np.ndarray]:
    return studio.live.network.weights.copy().arrays


class TestAfterARun:
    def test_saving_right_after_opening_keeps_everything(
        self, trained: Callable[[int], Studio], qtbot: QtBot, tmp_path: Path
    ) -> None:
        studio = trained(2)
        before = saved(studio, qtbot, tmp_path / "a.cnn")
        studio.open(tmp_path / "a.cnn")
        after = saved(studio, qtbot, tmp_path / "a.cnn")
        assert same(before.arrays, after.arrays)
        assert after.arrays
        assert after.checkpoint.step == before.checkpoint.step == 150

    @pytest.mark.parametrize("missing", ["an edge", "input"])
    def test_an_incomplete_network_is_saved_with_its_trained_weights(
        self, trained: Callable[[int], Studio], qtbot: QtBot, tmp_path: Path, missing: str
    ) -> None:
        studio = trained(1)
        learned = weights_of(studio)
        if missing == "input":
            studio.session.select(["input"])
            editing.delete_selection(studio.session)
        else:
            (edge,) = studio.session.graph.inputs("flatten")
            editing.disconnect(studio.session, edge)
        qtbot.waitUntil(lambda: not studio.live._builder.busy)
        file = saved(studio, qtbot, tmp_path / "a.cnn")
        assert same(file.arrays, learned)
        assert file.checkpoint is None, "it belongs to another network"

    def test_undo_restores_trained_weights_of_another_shape(
        self, trained: Callable[[int], Studio], qtbot: QtBot
    ) -> None:
        studio = trained(1)
        learned = weights_of(studio)
        widen(studio)
        qtbot.waitUntil(lambda: studio.live.current)
        assert weights_of(studio)["conv1.weight"].shape[0] == 5
        studio.run.step()
        qtbot.waitUntil(lambda: studio.run.state is RunState.PAUSED, timeout=LONG)
        stop(studio, qtbot)
        studio.session.history.undo()
        qtbot.waitUntil(lambda: studio.live.current)
        for key in ("conv1.weight", "fc1.weight"):
            assert np.array_equal(weights_of(studio)[key], learned[key])

    def test_a_new_layer_is_untrained_and_undo_restores_the_old_one(
        self, trained: Callable[[int], Studio], qtbot: QtBot
    ) -> None:
        studio = trained(1)
        session, learned, layer = studio.session, weights_of(studio), studio.session.graph.nodes["conv1"].layer
        (edge,) = session.graph.outputs("input")
        session.select(["conv1"])
        editing.delete_selection(session)
        (edge,) = session.graph.outputs("input")
        new = editing.add_layer(session, "convolution", onto=edge)
        session.edit_graph("Like the old one", session.graph.with_layer(new, layer))
        qtbot.waitUntil(lambda: studio.live.current)
        assert session.graph.nodes[new].name == "conv1"
        assert not np.array_equal(weights_of(studio)[f"{new}.weight"], learned["conv1.weight"])
        while (session.history.canUndo() and new in session.graph.nodes) or "conv1" not in session.graph.nodes:
            session.history.undo()
        qtbot.waitUntil(lambda: studio.live.current)
        assert same(weights_of(studio), learned)

    def test_the_id_of_a_removed_layer_is_not_reused(self, studio: Studio) -> None:
        first = editing.add_layer(studio.session, "convolution")
        studio.session.history.undo()
        second = editing.add_layer(studio.session, "convolution")
        assert first != second
        assert studio.session.selection == (second,)
        assert studio.session.graph.nodes[second].name == first

    def test_another_seed_reinitializes_only_untrained_weights(
        self, studio: Studio, qtbot: QtBot, trained: Callable[[int], Studio]
    ) -> None:
        settle(studio, seed=7)
        qtbot.waitUntil(lambda: studio.live.current)
        assert same(weights_of(studio), Network.create(studio.session.graph, seed=7).weights.arrays)
        trained(1)
        learned = weights_of(studio)
        settle(studio, seed=8)
        qtbot.waitUntil(lambda: studio.live.current)
        assert same(weights_of(studio), learned)

    def test_a_run_after_an_edit_starts_at_step_one(self, trained: Callable[[int], Studio], qtbot: QtBot) -> None:
        studio = trained(1)
        widen(studio)
        studio.run.step()
        qtbot.waitUntil(lambda: studio.run.state is RunState.PAUSED, timeout=LONG)
        assert step_of(studio) == 1
        stop(studio, qtbot)

    def test_training_an_edited_network_is_an_unsaved_change(
        self, studio: Studio, qtbot: QtBot, tmp_path: Path
    ) -> None:
        for _ in range(2):
            studio.run.step()
            qtbot.waitUntil(lambda: studio.run.state is RunState.PAUSED, timeout=LONG)
            stop(studio, qtbot)
            assert studio.changed
            saved(studio, qtbot, tmp_path / "a.cnn")
            assert not studio.changed
            widen(studio)
            saved(studio, qtbot, tmp_path / "a.cnn")


class TestWhileARunGoesOn:
    def test_edit_change_data_undo_save_and_evaluate(self, running: Studio, qtbot: QtBot, tmp_path: Path) -> None:
        studio, network = running, running.live.network
        widen(studio)
        studio.choose_data(DatasetName.parse("digits"))
        qtbot.waitUntil(lambda: not studio.data.reading, timeout=LONG)
        studio.data.show_next()
        edited = saved(studio, qtbot, tmp_path / "edited.cnn")
        assert edited.checkpoint is None
        assert edited.project.data.source == DatasetName("digits")
        studio.session.history.undo()
        studio.session.history.undo()
        qtbot.waitUntil(lambda: not studio.data.reading, timeout=LONG)
        assert studio.live.network is network
        step = step_of(studio)
        assert saved(studio, qtbot, tmp_path / "running.cnn").checkpoint.step >= step
        with qtbot.waitSignal(studio.evaluator.result_changed, timeout=LONG):
            studio.evaluator.start()
        assert studio.evaluator.result.step >= step
        stop(studio, qtbot)
        file = saved(studio, qtbot, tmp_path / "done.cnn")
        assert file.checkpoint.step == studio.run.records[-1].done.step > step
        assert same(file.arrays, network.weights.arrays)
        assert same(weights_of(studio), network.weights.arrays)
        image = studio.data.probe.scaled
        scores = network.activations(image)["output"][0]
        qtbot.waitUntil(lambda: np.array_equal(studio.live.maps.arrays["output"], scores), timeout=LONG)

    def test_weights_trained_after_an_edit_are_there_after_undo(self, running: Studio, qtbot: QtBot) -> None:
        studio, network = running, running.live.network
        editing.add_layer(studio.session, "relu")
        qtbot.waitUntil(lambda: studio.live.current, timeout=LONG)
        step = step_of(studio)
        qtbot.waitUntil(lambda: step_of(studio) > step + 20, timeout=LONG)
        stop(studio, qtbot)
        qtbot.waitUntil(lambda: studio.live.current, timeout=LONG)
        assert same(weights_of(studio), network.weights.arrays)
        studio.session.history.undo()
        qtbot.waitUntil(lambda: studio.live.current, timeout=LONG)
        assert same(weights_of(studio), network.weights.arrays)

    def test_a_replaced_network_is_not_evaluated_exported_or_shown(
        self, running: Studio, qtbot: QtBot, tmp_path: Path
    ) -> None:
        studio, reported = running, []
        studio.message.connect(lambda kind, text: reported.append(text))
        widen(studio)
        qtbot.waitUntil(lambda: studio.live.current, timeout=LONG)
        assert studio.evaluator.why_not() == "The current run trains a different network; stop it first."
        studio.evaluator.start()
        window = QWidget()
        qtbot.addWidget(window)
        ProjectFiles(studio, window).export("npz", tmp_path / "a.npz")
        assert reported == ["The current run trains a different version of this network; stop it before exporting."]
        shapes = set()
        studio.live.maps_changed.connect(lambda maps: shapes.add(maps.arrays["conv1"].shape[0]))
        studio.data.show_next()
        for _ in range(5):  # the run looks at the probe meanwhile
            with qtbot.waitSignal(studio.run.progressed, timeout=LONG):
                pass
        qtbot.waitUntil(lambda: bool(shapes), timeout=LONG)
        assert shapes == {5}
        assert studio.evaluator.result is None
        taken: list[Any] = []
        studio.run.take_snapshot(taken.append)
        qtbot.waitUntil(lambda: bool(taken), timeout=LONG)
        assert taken[0].network is None
        assert taken[0].checkpoint is None

    def test_a_network_built_meanwhile_is_dropped(
        self, running: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        studio, network, let_go, build = running, running.live.network, Event(), Network.build

        def slowly(*arguments: Any) -> Network:
            built = build(*arguments)
            let_go.wait(LONG / 1000)
            return built

        monkeypatch.setattr(graph_network, "Network", SlowNetwork)
        monkeypatch.setattr(SlowNetwork, "build", staticmethod(slowly), raising=False)
        editing.add_layer(studio.session, "relu")
        step = step_of(studio)
        qtbot.waitUntil(lambda: step_of(studio) > step + 20, timeout=LONG)
        stop(studio, qtbot)
        let_go.set()
        qtbot.waitUntil(lambda: studio.live.current, timeout=LONG)
        assert same(weights_of(studio), network.weights.arrays)

    def test_networks_of_another_graph_are_not_shown(self, studio: Studio, qtbot: QtBot) -> None:
        shown = []
        studio.live.network_changed.connect(
            lambda network: shown.append(network.program.nodes.keys() == studio.session.graph.nodes.keys())
        )
        for _ in range(3):
            editing.add_layer(studio.session, "relu")
            editing.add_layer(studio.session, "relu")  # while the network before it is built
            wait_until_ready(qtbot, studio)
        assert shown
        assert all(shown)

    def test_maps_are_not_computed_with_a_network_in_training(
        self, running: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[Network] = []
        activations = Network.activations_by_layer

        def noted(network: Network, *arguments: Any) -> Any:
            looks.append(network)
            return activations(network, *arguments)

        monkeypatch.setattr(Network, "activations_by_layer", noted)
        for _ in range(10):
            running.data.show_next()
            qtbot.wait(5)
        qtbot.waitUntil(lambda: bool(looks), timeout=LONG)
        assert all(network is running.live.network for network in looks), "the run alone looks"

    def test_another_project_starts_without_trained_weights(
        self, running: Studio, qtbot: QtBot, tmp_path: Path
    ) -> None:
        failures: list[Exception] = []
        running.run.failed.connect(failures.append)
        running.new(running.session.project)
        assert running.run.state is RunState.IDLE
        qtbot.waitUntil(lambda: "training run" not in thread_names(), timeout=LONG)
        wait_until_ready(qtbot, running)
        assert same(weights_of(running), Network.create(running.session.graph).weights.arrays)
        assert running.run.records == failures == []
        assert not running.changed
        file = saved(running, qtbot, tmp_path / "a.cnn")
        assert file.checkpoint is None
        assert not file.arrays

    def test_exported_weights_are_of_a_single_step(self, running: Studio, qtbot: QtBot, tmp_path: Path) -> None:
        taken: list[Any] = []
        running.run.take_snapshot(taken.append)
        window = QWidget()
        qtbot.addWidget(window)
        files = ProjectFiles(running, window)
        running.run.pause()
        qtbot.waitUntil(lambda: bool(taken), timeout=LONG)
        files.export("npz", tmp_path / "a.npz")
        qtbot.waitUntil((tmp_path / "a.npz").exists, timeout=LONG)
        files.close()
        qtbot.wait(20)
        with np.load(tmp_path / "a.npz") as exported:
            sizes = sorted(array.size for array in exported.values())
        assert sizes == sorted(array.size for array in taken[0].arrays.values())

    def test_data_being_read_is_not_described_by_the_previous_dataset(
        self, running: Studio, qtbot: QtBot, tmp_path: Path
    ) -> None:
        running.choose_data(DatasetName.parse("digits"))
        running.save(tmp_path / "a.cnn")
        qtbot.waitUntil((tmp_path / "a.cnn").exists, timeout=LONG)
        data = load(tmp_path / "a.cnn").project.data
        assert data.class_names == () or len(data.class_names) == 10
        qtbot.waitUntil(lambda: not running.data.reading, timeout=LONG)


def test_requests_while_the_network_is_built_are_answered_before_the_run_ends(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_build, build = Event(), Network.build

    def slowly(*arguments: Any) -> Network:
        let_build.wait(LONG / 1000)
        return build(*arguments)

    monkeypatch.setattr(training_work, "Network", type("Slow", (), {"build": staticmethod(slowly)}))
    settle(studio, epochs=4000, seed=3)  # the network is drawn anew, so that the run has to build it itself
    studio.run.start()
    studio.save(tmp_path / "a.cnn")
    project = studio.session.project
    chosen = replace(project.training, optimizer=project.training.optimizer.with_params(rate=0.0123))
    studio.session.edit("Change rate", project.with_training(chosen))
    with qtbot.waitSignal(studio.saved, timeout=LONG):
        let_build.set()
    qtbot.waitUntil(lambda: bool(studio.run.records[-1].marks), timeout=LONG)
    assert studio.run.records[-1].marks[0].rate == 0.0123
    assert studio.run.state is RunState.RUNNING
    stop(studio, qtbot)


def test_a_restored_autosave_continues_the_run(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    def finish() -> dict[str, np.ndarray]:
        qtbot.waitUntil(lambda: studio.run.state is RunState.IDLE and not studio.evaluator.busy, timeout=60_000)
        assert step_of(studio) == 30 * 75
        return weights_of(studio)

    autosave = Autosave(studio, tmp_path / "autosave")
    settle(studio, epochs=30)
    studio.run.start()
    qtbot.waitUntil(lambda: step_of(studio) > 100, timeout=LONG)
    with qtbot.waitSignal(autosave.saved, timeout=LONG):
        autosave.save()
    unbroken = finish()
    (copy,) = (tmp_path / "autosave").glob("*.cnn")
    assert 100 < load(copy).checkpoint.step < 30 * 75
    studio.restore(copy)
    wait_until_ready(qtbot, studio)
    assert not same(weights_of(studio), unbroken)
    studio.run.start()
    assert same(finish(), unbroken)
    autosave.discard()


def test_a_paused_run_can_be_saved_while_its_network_is_built(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    settle(studio, seed=3)
    studio.run.start()
    studio.run.pause()
    assert saved(studio, qtbot, tmp_path / "a.cnn").checkpoint.step == 0
    stop(studio, qtbot)


def test_reading_data_is_canceled_without_waiting(studio: Studio, qtbot: QtBot) -> None:
    studio.choose_data(DatasetName.parse("shapes:96"))
    studio.choose_data(DatasetName.parse("xo"))
    qtbot.waitUntil(lambda: not studio.data.reading, timeout=LONG)
    assert studio.data.dataset.name == "X or O"
    qtbot.waitUntil(lambda: "background task" not in thread_names(), timeout=LONG)


def test_a_relative_path_is_stored_as_absolute(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    saved(studio, qtbot, tmp_path / "a.cnn")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        studio.open(Path("a.cnn"))
    assert studio.settings.recent[0] == tmp_path / "a.cnn"
    assert studio.session.path == tmp_path / "a.cnn"
