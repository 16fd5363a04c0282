"""A training run's record as a project file holds it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnstudio.array import Array
from cnnstudio.graph import Graph
from cnnstudio.training.events import DeviceChanged, EpochDone, LearningRateChanged, Outcome, RunDone, RunStarted
from cnnstudio.training.settings import TrainingChoice


@dataclass(frozen=True)
class SettingsChanged:
    """A run went on with other settings after this step; `text` names them in a few words."""

    step: int
    text: str


RunMark = LearningRateChanged | DeviceChanged | SettingsChanged


@dataclass(frozen=True, eq=False)
class SavedRun:
    """What was trained, on what, how, and how it went.

    `data` is the fingerprint of the dataset and its splits, `start_time` is in ISO format. `steps` (n, 4) holds number,
    epochs done, loss and accuracy of steps, NaN for no accuracy. Long runs are thinned to some of their steps;
    `smoothed` (k, 2) then holds what loss and accuracy averaged to at the first k, and is empty otherwise.
    """

    title: str
    graph: Graph = field(default_factory=Graph)
    training: TrainingChoice = field(default_factory=TrainingChoice)
    dataset: str = ""
    data: str = ""
    device: str = ""
    start_time: str = ""
    seconds: float = 0.0
    images_per_second: float = 0.0
    outcome: Outcome | None = None
    started: RunStarted | None = None
    done: RunDone | None = None
    epochs: tuple[EpochDone, ...] = ()
    marks: tuple[RunMark, ...] = ()
    steps: Array = field(default_factory=lambda: np.empty((0, 4)))
    smoothed: Array = field(default_factory=lambda: np.empty((0, 2)))


def best_epoch(epochs: tuple[EpochDone, ...] | list[EpochDone]) -> EpochDone | None:
    """The epoch with the lowest validation loss, the first of several; None without validation results."""
    evaluated = [done for done in epochs if done.validation_loss is not None and np.isfinite(done.validation_loss)]
    return min(evaluated, key=lambda done: done.validation_loss or 0.0, default=None)
