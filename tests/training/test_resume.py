"""A run that is stopped, saved, loaded and resumed ends where one ends that was never stopped, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnstudio.engine.device_selection import found_devices, reference_engine
from cnnstudio.engine.engine import Engine, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.operations import Optimizer
from cnnstudio.operations.optimizer import SGD, Adagrad, Adam, AdamW, Momentum, RMSprop
from cnnstudio.project import Project, load, save
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import BatchDone, EpochDone, Event, SetLearningRate, Stop
from cnnstudio.training.loop import Training
from cnnstudio.training.schedule import Constant, Cosine, OneCycle, Plateau, Schedule
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import assert_same_weights, choice, curve, end_of, once, play, with_memory

EPOCH = 10  # steps
DATA = xo(160)

CHOICES: dict[str, tuple[Optimizer, Schedule]] = {
    "momentum": (Momentum(rate=0.02), Constant()),
    "adam": (Adam(rate=0.01), Cosine(warmup=1.0)),
    "adamw, one cycle": (AdamW(rate=0.01), OneCycle()),
    "rmsprop": (RMSprop(rate=0.003), Constant()),
    "plateau": (SGD(rate=4.0), Plateau(patience=1, decay=0.5)),
}


def begun(name: str, checkpoint: Checkpoint) -> tuple[Network, Training]:
    optimizer, schedule = CHOICES[name]
    network = Network.create(with_memory(), seed=1)
    return network, train(network, DATA, choice(optimizer, schedule, epochs=5, seed=1), checkpoint=checkpoint)


def resumed(path: Path) -> tuple[Network, Checkpoint, Training]:
    """Everything read from the file, as a new program would."""
    saved = load(path)
    assert saved.checkpoint is not None
    network = Network.for_project(saved.project.graph, DATA.spec, saved.arrays, seed=99)
    return network, saved.checkpoint, train(network, DATA, saved.project.training, checkpoint=saved.checkpoint)


def engine_on(device: str) -> Engine:
    """NumPy on one thread, or the first OpenCL device that works."""
    if device == "numpy":
        return NumpyEngine(1)
    working = next(found.device for found in found_devices() if not found.refused)
    return OpenCLEngine(working, reference_engine())


@pytest.mark.parametrize("stops", [(1,), (13,), (EPOCH,), (EPOCH - 1, EPOCH + 1), (7, 20, 33, 49), (50,)], ids=str)
@pytest.mark.parametrize("name", CHOICES)
def test_stopped_and_resumed_equals_never_stopped(name: str, stops: tuple[int, ...], tmp_path: Path) -> None:
    whole_state = Checkpoint()
    whole, run = begun(name, whole_state)
    unbroken = curve(play(run))

    state = Checkpoint()
    network, run = begun(name, state)
    optimizer, schedule = CHOICES[name]
    project = Project(graph=with_memory(), training=choice(optimizer, schedule, epochs=5, seed=1))
    reported: list[tuple[object, ...]] = []
    for stop in stops:
        events = play(run, once(stop, Stop()))
        assert end_of(events).step == stop
        reported += curve(events)
        save(tmp_path / "a.cnn", project, network.weights.arrays, state)
        network, state, run = resumed(tmp_path / "a.cnn")
    reported += curve(play(run))

    assert reported == unbroken
    assert_same_weights(whole, network)
    assert state.slots.keys() == whole_state.slots.keys()
    for key, slot in whole_state.slots.items():
        np.testing.assert_array_equal(state.slots[key], slot)


def test_these_runs_reach_a_plateau() -> None:
    _, run = begun("plateau", Checkpoint())
    rates = {event.rate for event in play(run) if isinstance(event, BatchDone)}
    assert len(rates) > 1


def test_a_manual_learning_rate_is_kept(tmp_path: Path) -> None:
    state = Checkpoint()
    network, run = begun("momentum", state)

    def reply(event: Event) -> SetLearningRate | Stop | None:
        if isinstance(event, BatchDone) and event.step in (4, 6):
            return SetLearningRate(0.004) if event.step == 4 else Stop()
        return None

    play(run, reply)
    save(
        tmp_path / "a.cnn",
        Project(graph=with_memory(), training=choice(Momentum(), epochs=5)),
        network.weights.arrays,
        state,
    )
    _, _, run = resumed(tmp_path / "a.cnn")
    assert {event.rate for event in play(run) if isinstance(event, BatchDone)} == {0.004}


def test_a_finished_run_has_nothing_left_to_do() -> None:
    state = Checkpoint()
    network, run = begun("adam", state)
    play(run)
    before = network.weights.copy()
    optimizer, schedule = CHOICES["adam"]
    events = play(train(network, DATA, choice(optimizer, schedule, epochs=5, seed=1), checkpoint=state))
    assert not any(isinstance(event, BatchDone | EpochDone) for event in events)
    np.testing.assert_array_equal(network.weights.trained, before.trained)


def test_a_checkpoint_of_another_optimizer_is_ignored() -> None:
    state = Checkpoint()
    network, run = begun("momentum", state)
    play(run, once(5, Stop()))
    events = play(train(network, DATA, choice(Adam(rate=0.01), epochs=2), checkpoint=state))
    assert end_of(events).reason == "finished"


@pytest.mark.parametrize("first", [SGD(rate=0.05), RMSprop(rate=0.01), Adam(rate=0.01)], ids=lambda one: one.kind)
@pytest.mark.parametrize("second", [AdamW(rate=0.01), Adagrad(rate=0.01)], ids=lambda one: one.kind)
@pytest.mark.parametrize("device", ["numpy", pytest.param("opencl", marks=pytest.mark.opencl)])
def test_another_optimizer_starts_with_empty_slots(first: Optimizer, second: Optimizer, device: str) -> None:
    engine = engine_on(device)
    state, network = Checkpoint(), Network.create(small(), seed=1)
    play(train(network, DATA, choice(first, epochs=1), checkpoint=state))
    begun_at, copied = state.step, network.copy()
    play(train(network, DATA, choice(second, epochs=3), engine=engine, checkpoint=state, steps=7))
    assert (state.optimizer, state.optimizer_start) == (second.kind, begun_at)

    with engine.load(copied.program, copied.weights, TrainingOptions(second)) as execution:
        order = np.random.default_rng([0, 1]).permutation(DATA.splits["train"])
        for step in range(7):
            images, labels = DATA.take(order[step * 16 : step * 16 + 16])
            execution.step(images, labels, second.rate, step)
        execution.pull()
        slots = {name: slot.copy() for name, slot in execution.slots.items()}
    assert_same_weights(network, copied)
    for name, slot in slots.items():
        np.testing.assert_array_equal(state.slots[name], slot)


def test_a_resumed_run_after_a_change_of_optimizer_is_bit_identical(tmp_path: Path) -> None:
    def changed() -> tuple[Network, Checkpoint]:
        network, state = Network.create(with_memory(), seed=1), Checkpoint()
        play(train(network, DATA, choice(SGD(rate=0.05), epochs=5), checkpoint=state), once(13, Stop()))
        return network, state

    chosen = choice(Adam(rate=0.01), epochs=5)
    whole, state = changed()
    play(train(whole, DATA, chosen, checkpoint=state))
    broken, state = changed()
    play(train(broken, DATA, chosen, checkpoint=state), once(21, Stop()))
    save(tmp_path / "a.cnn", Project(graph=with_memory(), training=chosen), broken.weights.arrays, state)
    network, _, run = resumed(tmp_path / "a.cnn")
    play(run)
    assert_same_weights(whole, network)


def test_a_checkpoint_without_a_kind_continues_if_its_slots_fit() -> None:
    whole_state = Checkpoint()
    whole, run = begun("adam", whole_state)
    play(run)
    state = Checkpoint()
    network, run = begun("adam", state)
    play(run, once(13, Stop()))
    old = {name: array for name, array in state.arrays().items() if name not in ("optimizer", "since")}
    optimizer, schedule = CHOICES["adam"]
    again = Checkpoint.from_arrays(old, state.slots)
    assert again.optimizer == ""
    play(train(network, DATA, choice(optimizer, schedule, epochs=5, seed=1), checkpoint=again))
    assert_same_weights(whole, network)


def test_a_checkpoint_of_another_network_is_ignored() -> None:
    state = Checkpoint(step=3, slots={"mean": np.ones(5, np.float32), "squares": np.ones(5, np.float32)})
    events = play(train(Network.create(with_memory()), DATA, choice(epochs=1), checkpoint=state))
    assert end_of(events).step == 3 + EPOCH
