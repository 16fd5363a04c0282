"""The record of a run: what was chosen, how it went, and how it ended."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from cnnstudio.array import Array
from cnnstudio.graph import Graph
from cnnstudio.project.run_history import MAX_EPOCHS, MAX_MARKS, MAX_STEPS
from cnnstudio.project.saved_run import RunMark, SavedRun, SettingsChanged, best_epoch
from cnnstudio.runs.smoothing import smooth
from cnnstudio.runs.thinning import thin_epochs, thin_steps
from cnnstudio.training.events import (
    BatchDone,
    DeviceChanged,
    EpochDone,
    Event,
    LearningRateChanged,
    Outcome,
    RunDone,
    RunStarted,
)
from cnnstudio.training.settings import TrainingChoice

SMOOTHED_EPOCHS = 0.1  # that the smoothed line averages over
SMOOTHED_STEPS = 5, 500  # that it averages over, at least and at most


class RunRecord:
    """What was trained, on what, how, and how it went; loss and accuracy of every step.

    A run that is paused, stopped and continued is one. `data` is the fingerprint of the dataset. `device` is the one
    that was asked for; `started` names the one that computed. `outcome` is None while the run is active. `marks` are
    the changes made during the run.
    """

    def __init__(
        self,
        title: str,
        training: TrainingChoice | None = None,
        *,
        device: str = "numpy",
        dataset: str = "",
        data: str = "",
        graph: Graph | None = None,
    ) -> None:
        self.title, self.device, self.dataset, self.data = title, device, dataset, data
        self.graph = graph or Graph()
        self.training = training or TrainingChoice()
        self.start_time = datetime.now().astimezone().isoformat(timespec="seconds")
        self.outcome: Outcome | None = None
        self.started: RunStarted | None = None
        self.done: RunDone | None = None
        self.last: BatchDone | None = None
        self.epochs: list[EpochDone] = []
        self.marks: list[RunMark] = []
        self._rows = np.empty((1024, 4))  # step, position, loss, accuracy
        self._count = 0
        self._smoothed = np.empty((0, 2))  # of the first steps, where not every one of them is kept
        self._seconds = 0.0
        self._clock: float | None = None

    @classmethod
    def restore(cls, saved: SavedRun) -> RunRecord:
        """The record in a file. A run that was active when it was saved counts as stopped."""
        record = cls(
            saved.title,
            saved.training,
            device=saved.device,
            dataset=saved.dataset,
            data=saved.data,
            graph=saved.graph,
        )
        record.start_time, record._seconds = saved.start_time, saved.seconds
        record.outcome = saved.outcome or Outcome.STOPPED
        record.started, record.epochs, record.marks = saved.started, list(saved.epochs), list(saved.marks)
        record._rows, record._count, record._smoothed = saved.steps.copy(), len(saved.steps), saved.smoothed
        if record._count:
            record.last = last_batch(saved.steps[-1], saved.images_per_second)
        record.done = saved.done or run_done(record)
        return record

    def copy(self) -> RunRecord:
        """A record that stays as it is, to be saved on another thread."""
        copied = copy.copy(self)
        copied.epochs, copied.marks = list(self.epochs), list(self.marks)
        copied._rows, copied._seconds, copied._clock = self._rows[: self._count].copy(), self.seconds, None
        return copied

    def save(self) -> SavedRun:
        """What a file holds of it: of many steps and epochs only some."""
        rows = self._rows[: self._count]
        smoothed = np.stack([self.smoothed("loss"), self.smoothed("accuracy")], axis=1)
        kept = thin_steps(rows, MAX_STEPS)
        thinned = len(kept) < len(rows) or len(self._smoothed) > 0
        return SavedRun(
            title=self.title,
            graph=self.graph,
            training=self.training,
            dataset=self.dataset,
            data=self.data,
            device=self.device,
            start_time=self.start_time,
            seconds=self.seconds,
            images_per_second=self.last.images_per_second if self.last is not None else 0.0,
            outcome=self.outcome,
            started=self.started,
            done=self.done,
            epochs=thin_epochs(self.epochs, MAX_EPOCHS),
            marks=tuple(self.marks[-MAX_MARKS:]),
            steps=rows[kept],
            smoothed=smoothed[kept] if thinned else np.empty((0, 2)),
        )

    def is_continued_by(self, graph: Graph, data: str, step: int) -> bool:
        """Whether training of this graph on this data from this step on goes on where the run is."""
        last = self.last.step if self.last is not None else 0
        return self.graph.wiring == graph.wiring and self.data == data and last == step

    def go_on(self, training: TrainingChoice, device: str) -> None:
        """Continue the run, perhaps with other settings."""
        if self.last is not None:
            self.marks += changes_between(self.training, training, self.last.step, self.marks)
        self.training, self.device, self.outcome, self.done = training, device, None, None

    def add(self, event: Event) -> None:
        """Record an event of the trainer; kinds that a record does not hold are ignored."""
        if isinstance(event, BatchDone):
            self._add_row(event)
        elif isinstance(event, EpochDone):
            self.epochs.append(event)
        elif isinstance(event, LearningRateChanged):
            self.marks.append(event)
        elif isinstance(event, DeviceChanged):
            self._go_back_to(event.step)
            self.marks.append(event)
        elif isinstance(event, RunStarted):
            self.started, self.done = event, None
        elif isinstance(event, RunDone):
            self.done = event

    def _add_row(self, event: BatchDone) -> None:
        if self._count == len(self._rows):
            grown = np.empty((max(2 * self._count, 1024), 4))
            grown[: self._count] = self._rows
            self._rows = grown
        accuracy = np.nan if event.accuracy is None else event.accuracy
        self._rows[self._count] = event.step, event.position, event.loss, accuracy
        self._count += 1
        self.last = event

    def _go_back_to(self, step: int) -> None:
        """Forget later steps, which are going to be made once more."""
        self._count = int(np.searchsorted(self.steps, step, side="right"))
        self._smoothed = self._smoothed[: self._count]
        speed = self.last.images_per_second if self.last is not None else 0.0
        self.last = last_batch(self._rows[self._count - 1], speed) if self._count else None
        self.epochs = [done for done in self.epochs if done.step <= step]

    def run_clock(self, running: bool) -> None:
        """Count the time from now on, or stop counting."""
        now = time.monotonic()
        if self._clock is not None:
            self._seconds += now - self._clock
        self._clock = now if running else None

    def finish(self, *, failed: bool = False) -> None:
        """Record that the run has ended, perhaps by an error."""
        self.run_clock(False)
        reason = self.done.reason if self.done is not None else Outcome.STOPPED
        self.outcome = Outcome.FAILED if failed else reason

    @property
    def best_epoch(self) -> EpochDone | None:
        """The epoch with the lowest validation loss."""
        return best_epoch(self.epochs)

    @property
    def seed(self) -> int:
        """The seed of weight initialization and of the order of images."""
        return self.training.settings.seed

    @property
    def seconds(self) -> float:
        """Duration so far in seconds, pauses excluded."""
        return self._seconds + (time.monotonic() - self._clock if self._clock is not None else 0.0)

    @property
    def steps(self) -> Array:
        """The numbers of the steps so far, from 1; not of all, where the run comes from a file."""
        return self._rows[: self._count, 0]

    @property
    def positions(self) -> Array:
        """How many epochs were done after each step, as a fraction."""
        return self._rows[: self._count, 1]

    @property
    def losses(self) -> Array:
        """Each step's loss."""
        return self._rows[: self._count, 2]

    @property
    def accuracies(self) -> Array:
        """Each step's accuracy; NaN where the network does not predict classes."""
        return self._rows[: self._count, 3]

    @property
    def smoothing_window(self) -> int:
        """The number of steps that a smoothed curve averages over."""
        per_epoch = self.started.steps_per_epoch if self.started else 1
        return int(np.clip(per_epoch * SMOOTHED_EPOCHS, *SMOOTHED_STEPS))

    def smoothed(self, metric: str) -> Array:
        """The mean loss or accuracy of each step and some before it."""
        raw, column = (self.losses, 0) if metric == "loss" else (self.accuracies, 1)
        before, window = self._smoothed[:, column], self.smoothing_window
        if not len(before):
            return smooth(raw, window)
        lead = np.full(window - 1, before[-1])  # so that the curve goes on where it was
        return np.concatenate([before, smooth(np.concatenate([lead, raw[len(before) :]]), window)[window - 1 :]])

    def position_of(self, step: int) -> float:
        """How many epochs were done after this step, as a fraction."""
        place = int(np.searchsorted(self.steps, step, side="right"))
        return float(self.positions[place - 1]) if place else 0.0


def changes_between(
    before: TrainingChoice, after: TrainingChoice, step: int, marks: Sequence[RunMark] = ()
) -> list[RunMark]:
    """What a run that goes on after this step does differently; `marks` are its changes so far."""
    rates = [mark.rate for mark in marks if isinstance(mark, LearningRateChanged)]
    changed: list[RunMark] = []
    if before.optimizer.kind == after.optimizer.kind and after.optimizer.rate != [before.optimizer.rate, *rates][-1]:
        changed.append(LearningRateChanged(step, after.optimizer.rate))
    texts = [
        (choice.optimizer.title, choice.schedule.title, f"batch {choice.settings.batch_size}")
        for choice in (before, after)
    ]
    text = ", ".join(new for old, new in zip(*texts, strict=True) if old != new)
    return [*changed, SettingsChanged(step, text)] if text else changed


def _in_words(choice: TrainingChoice) -> tuple[str, ...]:
    return choice.optimizer.title, choice.schedule.title, f"batch {choice.settings.batch_size}"


def last_batch(row: Array, images_per_second: float) -> BatchDone:
    """The last step of a run from a file: number, epochs done, loss and accuracy."""
    step, position, loss, accuracy = row.tolist()
    known = None if np.isnan(accuracy) else accuracy
    return BatchDone(math.ceil(position - 1e-9), int(step), loss, known, 0.0, images_per_second, 0.0, position)


def run_done(record: RunRecord) -> RunDone | None:
    """The end of a run that was active when it was saved."""
    last, done = record.last, record.epochs[-1] if record.epochs else None
    if last is None:
        return None
    return RunDone(
        epoch=last.epoch,
        step=last.step,
        reason=Outcome.STOPPED,
        validation_loss=done.validation_loss if done is not None else None,
        validation_accuracy=done.validation_accuracy if done is not None else None,
        images_per_second=last.images_per_second,
    )
