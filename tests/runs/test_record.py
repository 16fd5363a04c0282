"""What a run has reported, as curves."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.engine.network import Network
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.smoothing import smooth
from cnnstudio.training.events import BatchDone, EpochDone, Event, RunDone, SetLearningRate, Stop
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import choice, once, play


def batch(step: int, loss: float, accuracy: float | None = None) -> BatchDone:
    return BatchDone(1, step, loss, accuracy, 0.1, 1.0, 0.0, step / 10)


def reported(*events: Event) -> RunRecord:
    history = RunRecord("run")
    for event in events:
        history.add(event)
    return history


def test_a_real_run_fills_the_curves() -> None:
    events = play(train(Network.create(small()), xo(40), choice(epochs=2)), once(2, SetLearningRate(0.5)))
    history = reported(*events)
    batches = [event for event in events if isinstance(event, BatchDone)]
    np.testing.assert_array_equal(history.steps, range(1, 7))
    np.testing.assert_array_equal(history.losses, [event.loss for event in batches])
    np.testing.assert_array_equal(history.accuracies, [event.accuracy for event in batches])
    assert history.epochs == [event for event in events if isinstance(event, EpochDone)]
    assert [mark.step for mark in history.marks] == [2]
    assert history.started == events[0]
    assert history.done == events[-1]
    assert history.last == batches[-1]


def test_a_resumed_run_continues_its_curves() -> None:
    history = reported(*play(train(Network.create(small()), xo(40), choice()), once(2, Stop())))
    assert isinstance(history.done, RunDone)
    for event in play(train(Network.create(small()), xo(40), choice(), steps=3)):
        history.add(event)
    assert len(history.steps) == 5


def test_all_of_many_steps_are_kept() -> None:
    history = reported(*(batch(step, step / 10) for step in range(1, 5001)))
    np.testing.assert_array_equal(history.steps, range(1, 5001))
    np.testing.assert_allclose(history.losses, np.arange(1, 5001) / 10)


def test_a_network_without_classes_has_no_accuracy() -> None:
    assert np.isnan(reported(batch(1, 0.5)).accuracies).all()


def test_smoothing_averages_preceding_steps() -> None:
    np.testing.assert_allclose(smooth(np.array([1.0, 3.0, 5.0, 7.0]), 2), [1.0, 2.0, 4.0, 6.0])


def test_smoothing_a_short_curve() -> None:
    np.testing.assert_allclose(smooth(np.array([4.0, 2.0]), 10), [4.0, 3.0])
    assert len(smooth(np.array([]), 3)) == 0


@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_smoothing_skips_non_finite_values(hole: float) -> None:
    found = smooth(np.array([hole, 2.0, hole, 4.0]), 2)
    np.testing.assert_allclose(found, [np.nan, 2.0, 2.0, 4.0])


@pytest.mark.parametrize("window", [1, 5, 7, 300])
def test_smoothing_is_the_plain_mean_of_the_last_values(window: int) -> None:
    values = np.random.default_rng(0).random(100)
    expected = [values[max(end - window, 0) : end].mean() for end in range(1, 101)]
    np.testing.assert_allclose(smooth(values, window), expected, rtol=1e-12)


def test_a_huge_value_disturbs_no_mean_that_it_is_not_part_of() -> None:
    assert smooth(np.array([1e30, 0.5, 0.25, 0.25]), 2)[2:].tolist() == [0.375, 0.25]


def test_a_copy_stays_as_it_is() -> None:
    record = reported(batch(1, 0.5), batch(2, 0.4))
    record.run_clock(True)
    copied = record.copy()
    record.add(batch(3, 0.3))
    record.run_clock(False)
    assert copied.steps.tolist() == [1, 2]
    assert copied.last == batch(2, 0.4)
    assert copied.seconds == copied.seconds <= record.seconds
    assert record.save().steps[:, 0].tolist() == [1, 2, 3]
