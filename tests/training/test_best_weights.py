"""The weights with the lowest validation loss are kept beside the last, and a run may stop when past them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.network import Network
from cnnstudio.project import Project, load, save
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import EpochDone, Event, Outcome, Stop
from cnnstudio.training.metrics import evaluate
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import assert_same_weights, choice, end_of, once, play


def mislabeled() -> Dataset:
    """Images whose labels are partly wrong in training only, so that the validation loss turns and grows."""
    data = xo(60)
    labels = data.labels.copy()
    wrong = data.splits["train"][::3]
    labels[wrong] = 1 - labels[wrong]
    return replace(data, labels=labels)


DATA = mislabeled()


def chosen(epochs: int = 30, **settings: object) -> TrainingChoice:
    made = choice(epochs=epochs)
    return replace(made, settings=made.settings.with_params(**settings))


def losses(events: list[Event]) -> list[float]:
    return [event.validation_loss or 0.0 for event in events if isinstance(event, EpochDone)]


def test_the_best_are_those_of_the_lowest_validation_loss() -> None:
    network, state = Network.create(small()), Checkpoint()
    reported = losses(play(train(network, DATA, chosen(), checkpoint=state)))
    best = state.best
    assert best is not None
    assert best.epoch == int(np.argmin(reported)) + 1 < 30, "the data is meant to be learned by heart"
    assert best.loss == min(reported)
    earlier = Network.for_project(small(), None, best.arrays)
    with reference_engine().load(earlier.program, earlier.weights) as execution:
        assert evaluate(execution, DATA, "validation").loss == best.loss


def test_a_resumed_run_keeps_the_same_best(tmp_path: Path) -> None:
    whole, whole_state = Network.create(small()), Checkpoint()
    play(train(whole, DATA, chosen(), checkpoint=whole_state))
    network, state = Network.create(small()), Checkpoint()
    play(train(network, DATA, chosen(), checkpoint=state), once(70, Stop()))
    save(tmp_path / "a.cnn", Project(graph=small(), training=chosen()), network.weights.arrays, state)
    saved = load(tmp_path / "a.cnn")
    assert saved.checkpoint is not None
    network = Network.for_project(small(), None, saved.arrays)
    play(train(network, DATA, chosen(), checkpoint=saved.checkpoint))
    assert_same_weights(whole, network)
    best, wanted = saved.checkpoint.best, whole_state.best
    assert best is not None
    assert wanted is not None
    assert (best.epoch, best.loss, best.data) == (wanted.epoch, wanted.loss, wanted.data)
    for key, array in wanted.arrays.items():
        np.testing.assert_array_equal(best.arrays[key], array)


def test_the_file_holds_them_once_where_they_are_the_last(tmp_path: Path) -> None:
    network, state = Network.create(small()), Checkpoint()
    play(train(network, DATA, chosen(1), checkpoint=state))
    save(tmp_path / "a.cnn", Project(graph=small()), network.weights.arrays, state)
    one = (tmp_path / "a.cnn").stat().st_size
    again = load(tmp_path / "a.cnn").checkpoint
    assert again is not None
    assert again.best is not None
    assert state.best is not None
    for key, array in state.best.arrays.items():
        np.testing.assert_array_equal(again.best.arrays[key], array)
    state.best = replace(state.best, step=0)
    save(tmp_path / "a.cnn", Project(graph=small()), network.weights.arrays, state)
    assert (tmp_path / "a.cnn").stat().st_size > one


def test_other_data_has_a_best_of_its_own() -> None:
    network, state = Network.create(small()), Checkpoint()
    play(train(network, xo(60), chosen(3), checkpoint=state))
    assert state.best is not None
    state.best = replace(state.best, loss=0.0)
    play(train(network, xo(80), chosen(4), checkpoint=state))
    assert state.best.epoch == 4
    assert state.best.data == xo(80).fingerprint


def test_without_validation_images_nothing_is_the_best_and_nothing_stops() -> None:
    data = replace(xo(60), splits={**xo(60).splits, "validation": np.arange(0)})
    state = Checkpoint()
    events = play(train(Network.create(small()), data, chosen(5, stop_early="loss", patience=1), checkpoint=state))
    assert state.best is None
    assert end_of(events).reason is Outcome.FINISHED


@pytest.mark.parametrize("patience", [1, 3])
@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_run_stops_early_after_epochs_without_improvement(metric: str, patience: int) -> None:
    state = Checkpoint()
    settings = chosen(100, stop_early=metric, patience=patience)
    events = play(train(Network.create(small()), DATA, settings, checkpoint=state))
    values = [
        event.validation_loss if metric == "loss" else -(event.validation_accuracy or 0.0)
        for event in events
        if isinstance(event, EpochDone)
    ]
    best = int(np.argmin(np.array(values, float))) + 1
    done = end_of(events)
    assert (done.reason, done.epoch) == (Outcome.STOPPED_EARLY, best + patience)
    assert f"The validation {metric} has not improved" in done.message
    assert done.message.endswith(f"best after epoch {best}.")


def test_it_is_off_unless_asked_for() -> None:
    events = play(train(Network.create(small()), DATA, chosen(30)))
    assert end_of(events).reason is Outcome.FINISHED


def test_patience_lasts_across_a_stop(tmp_path: Path) -> None:
    settings = chosen(100, stop_early="loss", patience=3)
    whole = end_of(play(train(Network.create(small()), DATA, settings)))
    network, state = Network.create(small()), Checkpoint()
    play(train(network, DATA, settings, checkpoint=state), once(whole.step - 2, Stop()))
    save(tmp_path / "a.cnn", Project(graph=small(), training=settings), network.weights.arrays, state)
    saved = load(tmp_path / "a.cnn")
    assert saved.project.training == settings
    network = Network.for_project(small(), None, saved.arrays)
    done = end_of(play(train(network, DATA, saved.project.training, checkpoint=saved.checkpoint)))
    assert (done.reason, done.epoch) == (whole.reason, whole.epoch)
