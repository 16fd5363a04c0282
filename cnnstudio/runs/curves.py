"""A run's record as curves over epochs: smoothed, thinned to what a screen can show, and as a table for a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.project.saved_run import RunMark
from cnnstudio.runs.record import RunRecord
from cnnstudio.training.events import DeviceChanged, LearningRateChanged, Outcome

MAX_GAPS = 20  # gaps of values that are not finite that are marked


@dataclass(frozen=True)
class Mark:
    """A moment at which something happened, in epochs, and what."""

    epoch: float
    text: str
    bad: bool = False


@dataclass(frozen=True, eq=False)
class Curve:
    """One metric of a run: raw and smoothed values at `epochs` (n,), and those of the validation images.

    A smoothed value is the mean of up to `window` raw ones.
    """

    epochs: Array
    raw: Array
    smoothed: Array
    window: int
    validation_epochs: Array
    validation: Array
    marks: tuple[Mark, ...]
    length: float  # epochs that the run is to have

    @property
    def empty(self) -> bool:
        """Whether no value is finite."""
        return not (np.isfinite(self.raw).any() or np.isfinite(self.validation).any())

    @property
    def begin(self) -> float:
        """The whole epochs that were done before the first step."""
        return float(np.floor(self.epochs[0] - 1e-9)) if len(self.epochs) else 0.0

    def at(self, epoch: float) -> tuple[float, float | None, float | None]:
        """The step's epoch nearest to this one, the smoothed value there, the validation value last known there."""
        if not len(self.epochs):
            return epoch, None, None
        place = int(np.searchsorted(self.epochs, epoch))
        nearest = min(max(place - (place and epoch - self.epochs[place - 1] < 0.5 * self._pace), 0), len(self.raw) - 1)
        known = int(np.searchsorted(self.validation_epochs, self.epochs[nearest] + 1e-9, side="right"))
        validation = float(self.validation[known - 1]) if known else None
        return float(self.epochs[nearest]), float(self.smoothed[nearest]), validation

    @property
    def _pace(self) -> float:
        return float(self.epochs[1] - self.epochs[0]) if len(self.epochs) > 1 else 1.0


def curve_of(record: RunRecord, metric: str) -> Curve:
    """The curve of a metric, loss or accuracy, so far."""
    raw = record.losses if metric == "loss" else record.accuracies
    epochs = record.positions
    validation = [(done.epoch, getattr(done, f"validation_{metric}")) for done in record.epochs]
    points = np.array([(epoch, value) for epoch, value in validation if value is not None]).reshape(-1, 2)
    total = record.started.epochs if record.started else 1.0
    return Curve(
        epochs,
        raw,
        record.smoothed(metric),
        record.smoothing_window,
        points[:, 0],
        points[:, 1],
        tuple(_marks(record, raw if metric == "loss" else None)),
        max(total, float(epochs[-1]) if len(epochs) else 0.0),
    )


def _mark_text(event: RunMark) -> str:
    if isinstance(event, LearningRateChanged):
        return f"rate {event.rate:g}"
    return event.device if isinstance(event, DeviceChanged) else event.text


def _marks(record: RunRecord, losses: Array | None) -> list[Mark]:
    """Changes of learning rate and device, and where the loss is not finite."""
    marks = []
    for event in record.marks:
        marks.append(Mark(record.position_of(event.step), _mark_text(event)))
    if losses is not None:
        bad = ~np.isfinite(losses)
        starts = np.flatnonzero(bad & ~np.concatenate([[False], bad[:-1]]))[:MAX_GAPS]
        marks += [Mark(float(record.positions[start]), "NaN or infinite", bad=True) for start in starts]
    if record.done is not None and record.done.reason is Outcome.NOT_FINITE:
        marks.append(Mark(record.position_of(record.done.step), "NaN or infinite", bad=True))
    return marks


def thin_extremes(x: Array, y: Array, first: float, last: float, columns: int) -> tuple[Array, Array]:
    """The part of a curve from `first` to `last`, at most two points a column: its least and its greatest value.

    `columns` is how many there are from `first` to `last`; a curve that fills a part of them gets that part.
    """
    x, y = _within(x, y, first, last)
    if len(x) and last > first:
        columns = max(int(columns * (x[-1] - x[0]) / (last - first)), 1)
    if len(x) <= 2 * columns:
        return x, y
    starts = np.unique(np.linspace(0, len(x), columns, endpoint=False).astype(np.intp))
    ends = np.stack([np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)], axis=1)
    return np.repeat(x[starts], 2), ends.reshape(-1)


def thin(x: Array, y: Array, first: float, last: float, columns: int) -> tuple[Array, Array]:
    """The part of a smooth curve from `first` to `last`, at most about one point a column."""
    x, y = _within(x, y, first, last)
    if len(x) <= columns:
        return x, y
    places = np.linspace(0, len(x) - 1, columns).astype(np.intp)
    return x[places], y[places]


def _within(x: Array, y: Array, first: float, last: float) -> tuple[Array, Array]:
    """One point beyond either end stays, so that lines reach the border."""
    low = max(int(np.searchsorted(x, first)) - 1, 0)
    high = int(np.searchsorted(x, last, side="right")) + 1
    return x[low:high], y[low:high]


def write_csv(records: Sequence[RunRecord]) -> str:
    """CSV text with a row for every step of every run; validation results are in the row of the step before them."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["run", "step", "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"])
    for record in records:
        validation = {done.step: (done.validation_loss, done.validation_accuracy) for done in record.epochs}
        columns = record.steps, record.positions, record.losses, record.accuracies
        for step, position, loss, accuracy in zip(*columns, strict=True):
            cells = (loss, None if np.isnan(accuracy) else accuracy, *validation.get(int(step), (None, None)))
            written = ["" if cell is None else f"{cell:.9g}" for cell in cells]
            table.writerow([record.title, int(step), f"{position:.9g}", *written])
    return text.getvalue()
