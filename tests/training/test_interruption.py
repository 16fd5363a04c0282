"""A run that is asked to give up what it computes emits an event soon, and loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.interruption import Interrupted, Interruption, interruptible
from cnnstudio.operations import Optimizer
from cnnstudio.operations.optimizer import Adam, Nudge
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import BatchDone, Command, EpochDone, Event, Outcome, RunDone, Stop, Unchanged
from cnnstudio.training.trainer import train
from tests.networks import xo
from tests.training.small_runs import choice, play, with_memory


class Impatience(Interruption):
    """Interrupts at the check with this number, and is content from then on."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.asked = at, 0

    def check(self) -> None:
        self.asked += 1
        if self.asked == self.at:
            raise Interrupted


def checks_of(epochs: int) -> int:
    """How often a run asks whether it is interrupted."""
    counter, network = Impatience(at=0), Network.create(with_memory())
    with interruptible(counter):
        play(train(network, xo(64), choice(epochs=epochs)))
    return counter.asked


def test_an_interrupted_run_ends_with_the_same_bits() -> None:
    undisturbed = Network.create(with_memory())
    play(train(undisturbed, xo(64), choice(epochs=2)))
    for at in np.linspace(1, checks_of(epochs=2), 25).astype(int):
        network, state = Network.create(with_memory()), Checkpoint()
        with interruptible(Impatience(at)):
            events = play(train(network, xo(64), choice(epochs=2), checkpoint=state))
        assert sum(isinstance(event, Unchanged) for event in events) == 1
        for name, array in undisturbed.weights.arrays.items():
            np.testing.assert_array_equal(network.weights.arrays[name], array)


def test_a_run_that_is_stopped_within_a_validation_validates_when_it_goes_on() -> None:
    dataset, steps = xo(64), -(-xo(64).size("train") // 16)
    network, state = Network.create(with_memory()), Checkpoint()

    def stop(event: Event) -> Command | None:
        return Stop() if isinstance(event, Unchanged) else None

    class DuringValidation(Impatience):
        def check(self) -> None:
            self.asked += state.step == steps
            if self.asked == 2 and state.seen == dataset.size("train"):
                self.asked += 1
                raise Interrupted

    with interruptible(DuringValidation(at=0)):
        events = play(train(network, dataset, choice(epochs=1), checkpoint=state), stop)
    done = events[-1]
    assert isinstance(done, RunDone)
    assert done.reason is Outcome.STOPPED
    assert not any(isinstance(event, EpochDone) for event in events)
    events = play(train(network, dataset, choice(epochs=1), checkpoint=state))
    assert [type(event) for event in events if isinstance(event, BatchDone | EpochDone)] == [EpochDone]
    assert state.epoch == 1


@pytest.mark.parametrize(("optimizer", "at"), [(Adam(), 3), (Nudge(), 9)])
def test_an_interrupted_step_changes_no_weight(optimizer: Optimizer, at: int) -> None:
    network, dataset = Network.create(with_memory()), xo(64)
    images, labels = dataset.take(np.arange(16))
    before = network.weights.copy()
    with NumpyEngine(threads=2).load(network.program, network.weights, TrainingOptions(optimizer)) as execution:
        with interruptible(Impatience(at)), pytest.raises(Interrupted):
            execution.step(images, labels, 0.1, 0)
        np.testing.assert_array_equal(network.weights.trained, before.trained)
        np.testing.assert_array_equal(network.weights.state, before.state)
        execution.step(images, labels, 0.1, 0)
    assert not np.array_equal(network.weights.trained, before.trained)
