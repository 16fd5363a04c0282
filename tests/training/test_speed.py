"""Pictures a second: what a run shows of its speed."""

from __future__ import annotations

import pytest

from cnnstudio.training import speed


class Clock:
    """Time as the test says it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(speed.time, "perf_counter", made)
    return made


def test_what_the_first_step_takes_to_set_up_is_forgotten_with_the_second(clock: Clock) -> None:
    meter = speed.Speedometer()
    clock.now = 5.0
    assert meter.count(10) == pytest.approx(2.0)
    clock.now = 5.1
    assert meter.count(10) == pytest.approx(100.0)


def test_short_epochs_add_up(clock: Clock) -> None:
    meter = speed.Speedometer()
    meter.count(1)
    for _ in range(40):
        clock.now += 0.1
        meter.count(10)
        clock.now += 3.0  # pictures are judged
        meter.skip()
    assert meter.value == pytest.approx(100.0)
    for _ in range(30):
        clock.now += 0.2
        meter.count(10)
    assert meter.value == pytest.approx(50.0)
