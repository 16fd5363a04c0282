"""The record of a run: what was chosen, how it went, and how it ended."""

from __future__ import annotations

import time
from datetime import datetime

import numpy as np

from cnnstudio.array import Array
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


class RunRecord:
    """Training choice, device, dataset, duration, outcome, and loss and accuracy of every step.

    `device` is the one that was asked for; `started` names the one that computed. `outcome` is None while the run
    is active. `marks` are the changes made during the run.
    """

    def __init__(
        self, title: str, training: TrainingChoice | None = None, *, device: str = "numpy", dataset: str = ""
    ) -> None:
        self.title, self.device, self.dataset = title, device, dataset
        self.training = training or TrainingChoice()
        self.start_time = datetime.now().astimezone()
        self.outcome: Outcome | None = None
        self.started: RunStarted | None = None
        self.done: RunDone | None = None
        self.last: BatchDone | None = None
        self.epochs: list[EpochDone] = []
        self.marks: list[LearningRateChanged | DeviceChanged] = []
        self._rows = np.empty((1024, 4))  # step, position, loss, accuracy
        self._count = 0
        self._seconds = 0.0
        self._clock: float | None = None

    def add(self, event: Event) -> None:
        """Record an event of the trainer; kinds that a record does not hold are ignored."""
        if isinstance(event, BatchDone):
            self._add_row(event)
        elif isinstance(event, EpochDone):
            self.epochs.append(event)
        elif isinstance(event, LearningRateChanged | DeviceChanged):
            self.marks.append(event)
        elif isinstance(event, RunStarted):
            self.started, self.done = event, None
        elif isinstance(event, RunDone):
            self.done = event

    def _add_row(self, event: BatchDone) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        accuracy = np.nan if event.accuracy is None else event.accuracy
        self._rows[self._count] = event.step, event.position, event.loss, accuracy
        self._count += 1
        self.last = event

    def run_clock(self, running: bool) -> None:
        """Count the time from now on, or stop counting."""
        now = time.monotonic()
        if self._clock is not None:
            self._seconds += now - self._clock
        self._clock = now if running else None

    def finish(self, outcome: Outcome) -> None:
        """Record how the run ended."""
        self.run_clock(False)
        self.outcome = outcome

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
        """The numbers of the steps so far, from 1."""
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

    def position_of(self, step: int) -> float:
        """How many epochs were done after this step, as a fraction."""
        place = int(np.searchsorted(self.steps, step, side="right"))
        return float(self.positions[place - 1]) if place else 0.0


def smooth(values: Array, window: int) -> Array:
    """The mean of each value and up to `window - 1` before it; values that are not finite are left out.

    A sum is put together from the sums of two neighboring blocks of `window` values (van Herk 1992), never by
    subtraction, so that one huge value disturbs no mean that it is not part of.
    """
    finite = np.isfinite(values)
    sums = _sliding_sums(np.where(finite, values, 0.0), window)
    if finite.all():
        return sums / np.minimum(np.arange(1, len(values) + 1), window)
    counts = _sliding_sums(finite.astype(np.float64), window)
    means: Array = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means


def _sliding_sums(values: Array, window: int) -> Array:
    """The sum of each value and up to `window - 1` before it."""
    blocks = np.zeros((-(-len(values) // window) + 1, window))  # one block of zeros comes before the first
    blocks.reshape(-1)[window : window + len(values)] = values
    ends = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1]  # of each value and those after it in its block
    sums = np.cumsum(blocks[1:], axis=1)
    sums[:, :-1] += ends[:-1, 1:]
    result: Array = sums.reshape(-1)[: len(values)]
    return result
