"""What a run has told so far, as arrays that curves are drawn from."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.training.events import BatchDone, DeviceChanged, EpochDone, Event, RateChanged, RunDone, RunStarted


class History:
    """Loss and accuracy of every step, results of every epoch, and the moments at which something was changed."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started: RunStarted | None = None
        self.done: RunDone | None = None
        self.last: BatchDone | None = None
        self.epochs: list[EpochDone] = []
        self.marks: list[RateChanged | DeviceChanged] = []
        self._rows = np.empty((1024, 3))  # step, loss, accuracy
        self._count = 0

    def add(self, event: Event) -> None:
        """Take note of an event; others than those above are passed over."""
        if isinstance(event, BatchDone):
            self._add_row(event)
        elif isinstance(event, EpochDone):
            self.epochs.append(event)
        elif isinstance(event, RateChanged | DeviceChanged):
            self.marks.append(event)
        elif isinstance(event, RunStarted):
            self.started, self.done = event, None
        elif isinstance(event, RunDone):
            self.done = event

    def _add_row(self, event: BatchDone) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        accuracy = np.nan if event.accuracy is None else event.accuracy
        self._rows[self._count] = event.step, event.loss, accuracy
        self._count += 1
        self.last = event

    @property
    def steps(self) -> Array:
        """The numbers of the steps so far, from 1."""
        return self._rows[: self._count, 0]

    @property
    def losses(self) -> Array:
        """Each step's loss."""
        return self._rows[: self._count, 1]

    @property
    def accuracies(self) -> Array:
        """Each step's accuracy; not a number where the network does not vote on classes."""
        return self._rows[: self._count, 2]


def smooth(values: Array, window: int) -> Array:
    """The mean of each value and up to `window - 1` before it; values that are no number are passed over."""
    finite = np.isfinite(values)
    sums = np.cumsum(np.where(finite, values, 0.0))
    counts = np.cumsum(finite)
    sums[window:] -= sums[:-window].copy()
    counts[window:] -= counts[:-window].copy()
    means: Array = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means
