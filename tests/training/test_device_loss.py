"""A device that fails at any moment costs at most a few steps: the run goes on with NumPy, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.engine import DeviceLostError, Engine, Execution, FeatureExtractor, StepResult, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights
from cnnstudio.operations.optimizer import Adam
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    DeviceChanged,
    EpochDone,
    ProbeMaps,
    RunStarted,
    SetProbe,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
)
from cnnstudio.training.loop import BACKUP_INTERVAL
from cnnstudio.training.trainer import train
from tests.networks import xo
from tests.training.small_runs import Reply, assert_same_weights, choice, curve, end_of, once, play, with_memory

DATA = xo(320)
UNJUDGED = replace(DATA, splits={**DATA.splits, "validation": np.arange(0)})  # so that no best weights are fetched
EPOCH = 20  # steps
ADAM = choice(Adam(rate=0.01), epochs=6)


class FlakyEngine(Engine):
    """A device with a memory of its own that is lost at the `count`-th call of one of its methods, and stays lost."""

    name = "flaky"
    device = "Flaky 9000"

    def __init__(self, method: str, count: int = 1) -> None:
        self.method, self.left, self.closed = method, count, 0

    def load(self, program: Program, weights: Weights, learning: TrainingOptions | None = None) -> Execution:
        self.use("load")
        return FlakyExecution(self, program, weights, learning)

    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        return NumpyEngine(1).feature_extractor(program, weights)

    def memory_needed(self, program: Program, weights: Weights, batch: int, learning: TrainingOptions | None) -> int:
        return 0

    def use(self, method: str) -> None:
        """Raise DeviceLostError if this is the call at which the device is lost, or it is lost already."""
        self.left -= method == self.method
        if self.left <= 0:
            raise DeviceLostError("The cable fell out.")


class FlakyExecution(Execution):
    """NumPy on a copy of the weights: the caller's are those of the last `pull`."""

    def __init__(
        self, engine: FlakyEngine, program: Program, weights: Weights, learning: TrainingOptions | None
    ) -> None:
        self.engine, self.program, self.weights = engine, program, weights
        self._own = weights.copy()
        self._inner = NumpyEngine(1).load(program, self._own, learning)
        self._slots = {name: slot.copy() for name, slot in self._inner.slots.items()}

    @property
    def slots(self) -> dict[str, Array]:
        return self._slots

    def predict(self, x: Array) -> tuple[Array, Array]:
        self.engine.use("predict")
        return self._inner.predict(x)

    def step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        self.engine.use("step")
        return self._inner.step(x, labels, rate, number)

    def pull(self) -> None:
        self.engine.use("pull")
        self.weights.copy_from(self._own)
        for name, slot in self._inner.slots.items():
            self._slots[name][...] = slot

    def push(self) -> None:
        self.engine.use("push")
        self._own.copy_from(self.weights)
        for name, slot in self._inner.slots.items():
            slot[...] = self._slots[name]

    def close(self) -> None:
        self.engine.closed += 1
        self._inner.close()
        self.engine.use("close")


def run_on(
    engine: Engine | None, reply: Reply = lambda event: None, data: Dataset = DATA
) -> tuple[list[object], Network, Checkpoint]:
    """The events of a run, the network it taught and where it stands."""
    network, state = Network.create(with_memory()), Checkpoint()
    return list(play(train(network, data, ADAM, engine=engine, checkpoint=state), reply)), network, state


FAILURES = {
    "while it is loaded": ("load", 1),
    "when the weights are sent": ("push", 1),
    "at the first step": ("step", 1),
    "in mid-epoch": ("step", 33),
    "after a safe copy": ("step", BACKUP_INTERVAL + 7),
    "while it is evaluated": ("predict", 2),
    "while it is evaluated at a safe copy": ("predict", 5),
    "while the weights are fetched": ("pull", 2),
    "when it is over": ("pull", 3),
}


@pytest.mark.parametrize("moment", FAILURES)
def test_a_lost_device_changes_nothing_in_the_result(moment: str) -> None:
    engine = FlakyEngine(*FAILURES[moment])
    events, network, state = run_on(engine)
    _, unharmed, whole = run_on(NumpyEngine(1))
    (changed,) = [event for event in events if isinstance(event, DeviceChanged)]
    assert changed.reason == "The cable fell out."
    assert changed.device.startswith("NumPy")
    assert changed.step % BACKUP_INTERVAL == 0
    assert end_of(events).reason == "finished"  # type: ignore[arg-type]
    assert_same_weights(network, unharmed)
    assert state.step == whole.step == 6 * EPOCH
    for name, slot in whole.slots.items():
        np.testing.assert_array_equal(state.slots[name], slot)
    assert engine.closed == (moment != "while it is loaded")


@pytest.mark.parametrize("moment", FAILURES)
def test_every_epoch_is_reported_as_in_an_undisturbed_run(moment: str) -> None:
    events, _, _ = run_on(FlakyEngine(*FAILURES[moment]))
    unharmed, _, _ = run_on(NumpyEngine(1))
    wanted = {event.epoch: event.loss for event in unharmed if isinstance(event, EpochDone)}
    reported = [(event.epoch, event.loss) for event in events if isinstance(event, EpochDone)]
    assert dict(reported) == wanted
    assert reported[-1][0] == 6


def test_a_device_that_does_not_fail_learns_what_numpy_learns() -> None:
    events, network, _ = run_on(FlakyEngine("nothing"))
    unharmed, reference, _ = run_on(NumpyEngine(1))
    started = events[0]
    assert isinstance(started, RunStarted)
    assert started.device == "Flaky 9000"
    assert curve(events) == curve(unharmed)  # type: ignore[arg-type]
    assert_same_weights(network, reference)


def test_a_device_that_cannot_be_loaded_is_reported_at_once() -> None:
    events, _, _ = run_on(FlakyEngine("load"))
    started, changed = events[:2]
    assert isinstance(started, RunStarted)
    assert isinstance(changed, DeviceChanged)
    assert started.device == changed.device
    assert changed.step == 0


def test_a_run_that_is_closed_after_its_device_was_lost_keeps_the_last_safe_copy() -> None:
    network, state = Network.create(with_memory()), Checkpoint()
    engine = FlakyEngine("pull", 2)
    run = train(network, UNJUDGED, ADAM, engine=engine, checkpoint=state)
    for event in run:
        if isinstance(event, BatchDone) and event.step == BACKUP_INTERVAL + 9:
            break
    run.close()
    other, safe = Network.create(with_memory()), Checkpoint()
    play(train(other, UNJUDGED, ADAM, checkpoint=safe, engine=NumpyEngine(1)), once(BACKUP_INTERVAL, Stop()))
    assert state.step == safe.step == BACKUP_INTERVAL
    assert_same_weights(network, other)


def test_a_snapshot_is_answered_even_if_asking_for_it_loses_the_device() -> None:
    events, _, _ = run_on(FlakyEngine("pull"), once(30, TakeSnapshot()), UNJUDGED)
    kinds = [type(event) for event in events]
    place = kinds.index(DeviceChanged)
    assert kinds[place + 1] is SnapshotTaken
    assert end_of(events).reason == "finished"  # type: ignore[arg-type]


def test_maps_are_reported_even_if_computing_them_loses_the_device() -> None:
    events, _, _ = run_on(FlakyEngine("pull"), once(30, SetProbe(DATA.take([0])[0])), UNJUDGED)
    kinds = [type(event) for event in events]
    assert kinds[kinds.index(DeviceChanged) + 1] is ProbeMaps


def test_a_command_sent_when_the_device_changes_is_obeyed() -> None:
    events, _, _ = run_on(FlakyEngine("step", 33), lambda event: Stop() if isinstance(event, DeviceChanged) else None)
    done = end_of(events)  # type: ignore[arg-type]
    assert (done.reason, done.step) == ("stopped", 0)
