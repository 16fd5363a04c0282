"""Where training is: batch size, data and seed may change between runs, every image is shown once an epoch."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.project import Project, load, save
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import BatchDone, EpochDone, Event, RunDone, RunStarted, Stop
from cnnstudio.training.position import Pace, Position
from cnnstudio.training.schedule import Cosine, Schedule
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import choice, end_of, once, play

IMAGES = 120


class Watched(Dataset):
    """A dataset that counts how often each training image was shown."""

    @classmethod
    def of(cls, count: int = IMAGES) -> Watched:
        data = xo(count)
        watched = cls(**{name: getattr(data, name) for name in data.__dataclass_fields__})
        object.__setattr__(watched, "shown", Counter())
        return watched

    def take(self, indices: Any) -> tuple[np.ndarray, np.ndarray]:
        self.shown.update(set(map(int, indices)) & set(map(int, self.splits["train"])))  # type: ignore[attr-defined]
        return super().take(indices)

    def counts_shown(self) -> set[int]:
        return {self.shown[int(index)] for index in self.splits["train"]}  # type: ignore[attr-defined]


def begin(state: Checkpoint, data: Dataset, *, batch: int, epochs: int = 4, **options: Any) -> Any:
    stop = options.pop("stop", None)
    schedule: Schedule | None = options.pop("schedule", None)
    run = train(
        Network.create(small()),
        data,
        choice(schedule=schedule, epochs=epochs, batch=batch, seed=options.pop("seed", 0)),
        checkpoint=state,
        **options,
    )
    return play(run, once(stop, Stop())) if stop else play(run)


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize(("first", "second"), [(16, 64), (64, 16), (16, 7), (1000, 16)])
def test_another_batch_size_continues_with_the_next_epoch(first: int, second: int) -> None:
    state, data = Checkpoint(), Watched.of()
    begin(state, data, batch=first, epochs=2)
    done_before = state.step
    events = begin(state, data, batch=second, epochs=4)
    (started,) = of(events, RunStarted)
    assert (started.epochs, started.steps_per_epoch) == (4, -(-IMAGES // second))
    assert (started.first_step, started.total_steps) == (done_before, done_before + 2 * -(-IMAGES // second))
    assert [event.epoch for event in of(events, EpochDone)] == [3, 4]
    assert {event.epoch for event in of(events, BatchDone)} == {3, 4}
    assert end_of(events).epoch == 4
    assert end_of(events).validation_loss is not None
    assert data.counts_shown() == {4}


@pytest.mark.parametrize("changed", [{"batch": 64}, {"batch": 5}, {"seed": 9}, {"epochs": 3}])
def test_a_partial_epoch_is_completed_with_the_remaining_images(changed: dict[str, int]) -> None:
    state, data = Checkpoint(), Watched.of()
    begin(state, data, batch=16, stop=11)
    assert (state.epoch, state.seen) == (1, 3 * 16 + 0)
    options = {"batch": 16, **changed}
    events = begin(state, data, **options)
    epochs = changed.get("epochs", 4)
    assert [event.epoch for event in of(events, EpochDone)] == list(range(2, epochs + 1))
    assert data.counts_shown() == {epochs}


def test_other_images_restart_the_epoch() -> None:
    state = Checkpoint()
    begin(state, xo(IMAGES), batch=16, stop=11)
    other = Watched.of(80)
    events = begin(state, other, batch=16)
    assert [event.epoch for event in of(events, EpochDone)] == [2, 3, 4]
    assert other.counts_shown() == {3}


def test_the_schedule_continues_from_the_completed_epochs() -> None:
    state, data = Checkpoint(), xo(IMAGES)
    begin(state, data, batch=16, epochs=2, goal=4, schedule=Cosine(), stop=16)
    events = begin(state, data, batch=60, schedule=Cosine())
    rates = [event.rate for event in of(events, BatchDone)]
    wanted = [0.01 * (1 + np.cos(np.pi * done / 4)) / 2 for done in (2.0, 2.5, 3.0, 3.5)]
    assert rates == pytest.approx(wanted)


def test_positions_count_epochs_as_fractions() -> None:
    state, data = Checkpoint(), xo(IMAGES)
    begin(state, data, batch=60, epochs=1)
    events = begin(state, data, batch=30, epochs=2)
    assert [event.position for event in of(events, BatchDone)] == [1.25, 1.5, 1.75, 2.0]


def test_finished_training_continues_for_the_same_number_of_epochs() -> None:
    state, data = Checkpoint(), xo(IMAGES)
    assert state.next_goal(IMAGES, 3) == 3
    begin(state, data, batch=16, epochs=3)
    assert state.next_goal(IMAGES, 3) == 6
    begin(state, data, batch=16, epochs=3, goal=6, stop=30)
    assert state.next_goal(IMAGES, 3) == 6, "it was on its way there"
    assert state.next_goal(IMAGES, 10) == 10, "another number was chosen"
    assert state.next_goal(IMAGES, 2) == 6, "two whole ones after the fourth"


def test_the_position_is_saved_and_loaded(tmp_path: Path) -> None:
    state, data = Checkpoint(), Watched.of()
    begin(state, data, batch=16, stop=11, seed=5, epochs=7)
    save(tmp_path / "a.cnn", Project(graph=small()), None, state)
    again = load(tmp_path / "a.cnn").checkpoint
    assert again is not None
    names = ("step", "epoch", "seen", "order_seed", "data", "goal", "goal_choice", "legacy_batch_size")
    assert {name: getattr(again, name) for name in names} == {name: getattr(state, name) for name in names}
    begin(again, data, batch=50, epochs=2)
    assert data.counts_shown() == {2}


class TestOldFiles:
    """They hold a number of steps, which are epochs with the batch size in the file."""

    def old(self, state: Checkpoint, batch: int, path: Path) -> Checkpoint:
        numbers = state.arrays()
        for name in ("position", "data", "goal"):
            del numbers[name]
        state = Checkpoint.from_arrays(numbers, state.slots)
        state.legacy_batch_size = batch
        save(path, Project(graph=small()), None, state)  # saved again before anyone has trained
        again = load(path).checkpoint
        assert again is not None
        return again

    def test_old_files_continue_with_another_batch_size(self, tmp_path: Path) -> None:
        state, data = Checkpoint(), Watched.of()
        begin(state, data, batch=16, stop=11)
        again = self.old(state, 16, tmp_path / "old.cnn")
        assert again.position(IMAGES) == Position(1, 48)
        events = begin(again, data, batch=64)
        assert [event.epoch for event in of(events, EpochDone)] == [2, 3, 4]
        assert data.counts_shown() == {4}

    def test_a_checkpoint_without_position_has_the_batch_size_of_its_project(self, tmp_path: Path) -> None:
        state = Checkpoint()
        begin(state, xo(IMAGES), batch=16, epochs=2)
        state.arrays = lambda: {  # type: ignore[method-assign]
            name: array for name, array in Checkpoint.arrays(state).items() if name not in ("position", "data", "goal")
        }
        training = choice(batch=16)
        save(tmp_path / "old.cnn", Project(graph=small(), training=training), None, state)
        again = load(tmp_path / "old.cnn").checkpoint
        assert again is not None
        assert again.position(IMAGES) == Position(2, 0)


def test_a_run_limited_to_steps_reports_its_length() -> None:
    pace = Pace(IMAGES, 16)
    assert pace.steps_per_epoch == 8
    assert pace.after(Position(1, 100), 2) == Position(2, 0)
    assert pace.after(Position(1, 100), 1) == Position(1, 116)
    assert pace.after(Position(1, 0), 17) == Position(3, 16)
    assert pace.steps_between(Position(1, 100), 3) == 2 + 8
    assert pace.steps_between(Position(3, 0), 3) == 0
    state = Checkpoint()
    events = begin(state, xo(IMAGES), batch=16, steps=12)
    assert end_of(events).step == 12
    assert isinstance(events[-1], RunDone)
    assert of(events, RunStarted)[0].epochs == 2


def test_a_change_to_the_images_changes_the_fingerprint() -> None:
    data = xo(IMAGES)
    assert data.fingerprint == xo(IMAGES).fingerprint
    moved = {**data.splits, "train": data.splits["train"][:-1]}
    touched = data.images.copy()
    touched[3, 0, 0, 0] += 1
    others = (replace(data, splits=moved), replace(data, images=touched), xo(IMAGES + 1))
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 4
