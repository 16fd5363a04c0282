"""Images a second: what a run shows of its speed."""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest

from cnnstudio.data import Dataset
from cnnstudio.engine.engine import Execution
from cnnstudio.engine.network import Network
from cnnstudio.training import throughput as speed
from cnnstudio.training.events import BatchDone, PauseOver
from cnnstudio.training.metrics import Predictions, evaluate_in_chunks
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import choice, play


class Clock:
    """Time as the test says it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def test_the_setup_time_of_the_first_step_is_not_counted(clock: Clock) -> None:
    meter = speed.Throughput()
    clock.now = 5.0
    assert meter.count(10) == pytest.approx(2.0)
    clock.now = 5.1
    assert meter.count(10) == pytest.approx(100.0)


def test_short_epochs_add_up(clock: Clock) -> None:
    meter = speed.Throughput()
    meter.count(1)
    for _ in range(40):
        clock.now += 0.1
        meter.count(10)
        clock.now += 3.0  # images are evaluated
        meter.skip()
    assert meter.value == pytest.approx(100.0)
    for _ in range(30):
        clock.now += 0.2
        meter.count(10)
    assert meter.value == pytest.approx(50.0)


def test_evaluation_does_not_count_towards_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.01
        return now[0]

    def evaluate_slowly(execution: Execution, dataset: Dataset, split: str) -> Generator[int, None, Predictions]:
        now[0] += 100.0
        return evaluate_in_chunks(execution, dataset, split)

    monkeypatch.setattr(time, "perf_counter", clock)
    monkeypatch.setattr("cnnstudio.training.loop.evaluate_in_chunks", evaluate_slowly)
    dataset = xo(160)
    assert dataset.size("validation")
    reported = play(train(Network.create(small()), dataset, choice(epochs=3)))
    assert len([event for event in reported if isinstance(event, BatchDone)]) == 30
    assert all(event.images_per_second > 1000.0 for event in reported if isinstance(event, BatchDone))


def test_the_speed_is_steady(clock: Clock) -> None:
    meter, reported = speed.Throughput(), []
    for step in range(200):
        clock.now += 0.1 if step % 7 else 0.4  # now and then something else takes time
        reported.append(meter.count(10))
    assert max(reported[60:]) < 1.15 * min(reported[60:])


def test_a_pause_does_not_count_towards_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.01
        return now[0]

    monkeypatch.setattr(time, "perf_counter", clock)
    events = train(Network.create(small()), xo(160), choice(epochs=2))
    reported = [next(events)]
    for step in range(15):
        reported.append(next(events))
        if step % 3 == 2:
            now[0] += 100.0  # it waits here
            reported.append(events.send(PauseOver()))
    assert all(event.images_per_second > 300.0 for event in reported if isinstance(event, BatchDone))
