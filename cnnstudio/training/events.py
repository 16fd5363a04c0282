"""The events that training emits, and the commands that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cnnstudio.array import Array
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import NodeId
from cnnstudio.training.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Training begins or goes on: how many epochs and steps there will be in all, on which device, and why there."""

    epochs: int
    steps_per_epoch: int
    total_steps: int
    first_step: int
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """A step is done; loss and accuracy are those of its batch before the step. Steps and epochs count from 1.

    `position` is how many epochs are done, as a fraction, this batch included.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    rate: float
    images_per_second: float
    seconds_left: float
    position: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is done: means over its batches, and the results on the validation images after it."""

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    images_per_second: float
    rate: float


@dataclass(frozen=True, slots=True)
class LearningRateChanged:
    """The learning rate was changed by hand, starting with this step."""

    step: int
    rate: float


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The device failed; training continues on another one, from the last good step."""

    step: int
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeMaps:
    """The output of every layer for the probe `image`, each with a first axis of length 1."""

    step: int
    maps: dict[NodeId, Array]
    image: Array


class Outcome(StrEnum):
    """How a run ended. A run that an error ended has no RunDone."""

    FINISHED = "finished"
    STOPPED = "stopped"
    STOPPED_EARLY = "stopped_early"  # by the settings, because it no longer improved
    NOT_FINITE = "not_finite"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunDone:
    """The run is over; `message` explains `reason` where that is needed."""

    epoch: int
    step: int
    reason: Outcome
    message: str = ""
    loss: float | None = None
    accuracy: float | None = None
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    images_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """Copies of the weights and of everything that is needed to resume from here; `request` is the command's."""

    weights: Weights
    checkpoint: Checkpoint
    request: int = 0


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing has happened since the last event: a command had no effect, or a computation was interrupted, which will
    be done again.
    """

    step: int


Event = (
    RunStarted
    | BatchDone
    | EpochDone
    | LearningRateChanged
    | DeviceChanged
    | ProbeMaps
    | SnapshotTaken
    | RunDone
    | Unchanged
)


@dataclass(frozen=True, slots=True)
class SetLearningRate:
    """Use this learning rate starting with the next step; a schedule still multiplies it."""

    rate: float


@dataclass(frozen=True, slots=True)
class Stop:
    """End training after the current step."""


@dataclass(frozen=True, slots=True)
class SetProbe:
    """Use this scaled image (1, C, H, W) as the probe."""

    image: Array


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Emit SnapshotTaken with this request number."""

    request: int = 0


@dataclass(frozen=True, slots=True)
class PauseOver:
    """Training goes on after a pause, which does not count as time that it takes."""


Command = SetLearningRate | Stop | SetProbe | TakeSnapshot | PauseOver
