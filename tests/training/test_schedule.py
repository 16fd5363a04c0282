"""Every schedule against its formula and against values that can be worked out by hand."""

from __future__ import annotations

import math

import pytest

from cnnstudio.training.schedule import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Plateau,
    PlateauWatch,
    Progress,
    Schedule,
    Step,
)

PER_EPOCH, TOTAL = 4, 40


def at(step: int, total: int = TOTAL, reductions: int = 0) -> Progress:
    return Progress(step / PER_EPOCH, 1 / PER_EPOCH, total / PER_EPOCH, reductions)


def factors(schedule: Schedule, total: int = TOTAL, reductions: int = 0) -> list[float]:
    return [schedule.factor(at(step, total, reductions)) for step in range(total)]


def test_constant_is_one() -> None:
    assert set(factors(Constant())) == {1.0}


def test_step_decays_every_few_epochs() -> None:
    assert factors(Step(every=3, decay=0.1)) == pytest.approx([1.0] * 12 + [0.1] * 12 + [0.01] * 12 + [0.001] * 4)


def test_exponential_decays_every_epoch() -> None:
    assert factors(Exponential(decay=0.9)) == pytest.approx([0.9 ** (step // 4) for step in range(TOTAL)])


def test_cosine_follows_half_a_cosine() -> None:
    found = factors(Cosine())
    assert found == pytest.approx([(1 + math.cos(math.pi * step / TOTAL)) / 2 for step in range(TOTAL)])
    assert (found[0], found[20]) == (1.0, pytest.approx(0.5))


def test_cosine_ends_at_its_end_value() -> None:
    schedule = Cosine(end=0.2)
    assert schedule.factor(at(TOTAL)) == pytest.approx(0.2)
    assert schedule.factor(at(TOTAL // 2)) == pytest.approx(0.6)
    assert schedule.factor(at(2 * TOTAL)) == pytest.approx(0.2)


def test_one_cycle_rises_and_falls() -> None:
    found = factors(OneCycle(start=0.04, rise=0.25, end=0.0))
    assert found[0] == pytest.approx(0.04)
    assert found[10] == pytest.approx(1.0)
    assert found[5] == pytest.approx((0.04 + 1.0) / 2)
    assert found[25] == pytest.approx(0.5)
    assert found == [*sorted(found[:11]), *sorted(found[11:], reverse=True)]
    assert OneCycle(end=0.01).factor(at(TOTAL)) == pytest.approx(0.01)


@pytest.mark.parametrize("rise", [0.0, 1.0])
def test_one_cycle_may_only_rise_or_only_fall(rise: float) -> None:
    found = factors(OneCycle(start=0.1, rise=rise, end=0.1))
    assert all(0.1 - 1e-9 <= factor <= 1.0 for factor in found)
    assert found == sorted(found, reverse=rise == 0.0)


@pytest.mark.parametrize(("rise", "last"), [(0.0, 0.2), (0.3, 0.2), (1.0, 1.0)])
def test_one_cycle_stays_at_its_final_value(rise: float, last: float) -> None:
    assert OneCycle(rise=rise, end=0.2).factor(at(TOTAL)) == pytest.approx(last)


def test_plateau_decays_with_each_reduction() -> None:
    assert [factors(Plateau(decay=0.5), reductions=count)[7] for count in range(4)] == [1.0, 0.5, 0.25, 0.125]


@pytest.mark.parametrize("kind", SCHEDULES)
def test_warmup_is_linear_and_then_follows_the_schedule(kind: str) -> None:
    warm, cold = factors(SCHEDULES[kind](warmup=2.0)), factors(SCHEDULES[kind]())
    assert warm[:8] == pytest.approx([(step + 1) / 8 * cold[step] for step in range(8)])
    assert warm[8:] == cold[8:]


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule_stays_between_zero_and_one(kind: str) -> None:
    for total in (1, 3, TOTAL):
        assert all(0.0 <= factor <= 1.0 for factor in factors(SCHEDULES[kind](warmup=0.5), total))


def test_a_plateau_is_detected_after_patience_epochs() -> None:
    watch, schedule = PlateauWatch(), Plateau(patience=2)
    seen = []
    for loss in (1.0, 0.9, 0.95, 0.9, 0.5, 0.6, 0.7, 0.8, 0.9):
        watch.update(loss, schedule)
        seen.append(watch.reductions)
    assert seen == [0, 0, 0, 1, 1, 1, 2, 2, 3]


def test_a_nan_loss_is_no_improvement() -> None:
    watch = PlateauWatch()
    for loss in (1.0, math.nan, math.inf):
        watch.update(loss, Plateau(patience=1))
    assert (watch.best, watch.reductions) == (1.0, 2)


def test_other_schedules_ignore_the_validation_loss() -> None:
    watch = PlateauWatch()
    for loss in (1.0, 2.0, 3.0, 4.0):
        watch.update(loss, Cosine())
    assert watch == PlateauWatch()
