"""A run that is paused, stepped, stopped, continued, saved and opened again in any order, with other settings and data.

Whatever the order: every image is shown once an epoch, epochs count up, and the records say what happened.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import Dataset
from cnnstudio.operations.optimizer import SGD, Adam
from cnnstudio.project import Project, load, save
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run_list import save_runs
from cnnstudio.runs.state import RunState
from cnnstudio.runs.training_work import RunRequest
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.training.events import EpochDone
from cnnstudio.training.run_progress import RunProgress
from cnnstudio.training.schedule import Constant, Cosine, Exponential, Plateau
from tests.networks import small, xo
from tests.runs.test_run import Owner
from tests.training.small_runs import choice

GRAPH = small()
ACTIONS = ("start", "pause", "resume", "step", "stop", "batch", "epochs", "data", "split", "schedule", "reopen", "wait")


def other_split(data: Dataset) -> Dataset:
    """The same images, of which others are for validation."""
    images = np.concatenate([data.splits["train"], data.splits["validation"]])
    return replace(data, splits={**data.splits, "train": images[3:], "validation": images[:3]})


DATASETS = (xo(40), other_split(xo(40)), xo(52))


class Student:
    """Trains as the actions say, and remembers which images each step was shown."""

    def __init__(self, seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.owner, self.file, self.random = Owner(), folder / "a.cnn", random.Random(seed)
        self.training, self.dataset = choice(epochs=2), DATASETS[0]
        self.shown: dict[int, tuple[int, str, int, list[int]]] = {}  # by step: epoch, data, images before, images
        self.datasets: list[Dataset] = []  # that runs were started on
        batch = RunProgress.batch

        def remembering(progress: RunProgress) -> np.ndarray:
            images, state = batch(progress), progress._state
            self.shown[state.step + 1] = state.epoch + 1, state.data, state.seen, images.tolist()
            return images

        monkeypatch.setattr(RunProgress, "batch", remembering)

    def act(self, action: str) -> None:
        run = self.owner.run
        state, change = run.state, self.random.choice
        if action == "start" and state is RunState.IDLE:
            self.datasets.append(self.dataset)
            request = RunRequest(GRAPH, self.training, self.dataset)
            self.owner.start(request, pause_after_step=change((True, False)))
        elif action == "pause" and state.in_progress:
            run.pause()
        elif action in ("resume", "step") and state is RunState.PAUSED:
            run.resume() if action == "resume" else run.step()
        elif action == "stop" and state is not RunState.IDLE:
            run.stop()
            self.owner.wait_for(RunState.IDLE)
        elif action == "batch":
            self.training = replace(
                self.training, settings=self.training.settings.with_params(batch_size=change((1, 7, 16, 64)))
            )
        elif action == "epochs":
            self.training = replace(
                self.training, settings=self.training.settings.with_params(epochs=change((1, 2, 5)))
            )
        elif action in ("data", "split"):
            self.dataset = change(DATASETS)
        elif action == "schedule":
            schedule, optimizer = change((Constant(), Cosine(), Exponential(), Plateau())), change((SGD(), Adam()))
            self.training = replace(self.training, schedule=schedule, optimizer=optimizer)
        elif action == "reopen" and state is RunState.IDLE:
            self.reopen()
        elif action == "wait" and state.in_progress:
            before = self.owner.steps() if run.records else 0
            self.owner.wait(lambda: run.state is RunState.IDLE or self.owner.steps() > before)
        run.process()

    def reopen(self) -> None:
        """Save the project and open it again."""
        run = self.owner.run
        runs = save_runs(run.records)
        save(self.file, Project(graph=GRAPH), run.weights.by_name(GRAPH, {}), run.checkpoint, runs=runs)
        saved = load(self.file)
        run.begin(WeightStore(saved.arrays), saved.checkpoint, GRAPH.wiring, saved.runs)

    def finish(self) -> list[RunRecord]:
        """Stop, and return all records that have steps."""
        if self.owner.run.state is not RunState.IDLE:
            self.act("stop")
        self.owner.run.close()
        return [record for record in self.owner.run.records if record.last is not None]


@pytest.fixture(params=(*range(8), 80, 111, 113, 317))
def student(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Student]:
    """A student who has gone through 60 actions in a random order."""
    made = Student(request.param, tmp_path, monkeypatch)
    made.act("start")
    for _ in range(60):
        made.act(made.random.choice(ACTIONS))
    yield made
    made.owner.run.close()


def test_every_order_of_actions_is_consistent(student: Student) -> None:
    records, checkpoint = student.finish(), student.owner.run.checkpoint
    assert_each_image_once_an_epoch(student)
    told = [event.epoch for event in student.owner.of(EpochDone)]
    assert told == list(range(1, len(told) + 1))
    assert checkpoint.epoch == len(told)
    steps = [int(step) for record in records for step in record.steps]
    assert steps == list(range(1, checkpoint.step + 1))
    assert [done.epoch for record in records for done in record.epochs] == told
    for record in records:
        assert (np.diff(record.positions) > 0.0).all()
        assert {student.shown[int(step)][1] for step in record.steps} == {record.data}
        assert record.outcome is not None
    changes = sum(before is not after for before, after in pairwise(student.datasets))
    assert len(records) <= 1 + changes
    assert len({record.title for record in records}) == len(records)


def assert_each_image_once_an_epoch(student: Student) -> None:
    """In every epoch that was finished, on the data on which it was finished."""
    images = {data.fingerprint: sorted(data.splits["train"].tolist()) for data in DATASETS}
    epochs: dict[int, tuple[str, list[int]]] = {}
    for step in sorted(student.shown):
        epoch, data, before, shown = student.shown[step]
        if not before:  # it begins, or begins anew on other data
            epochs[epoch] = data, []
        assert (epochs[epoch][0], len(epochs[epoch][1])) == (data, before)
        epochs[epoch][1].extend(shown)
    for epoch, (data, seen) in epochs.items():
        if epoch <= student.owner.run.checkpoint.epoch:
            assert sorted(seen) == images[data], epoch
        else:
            assert len(set(seen)) == len(seen)
