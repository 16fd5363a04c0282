"""What a run tells while it goes on, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.array import Array
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import NodeId
from cnnstudio.training.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run is set up: how much there is to do, and what computes it."""

    epochs: int
    steps_per_epoch: int
    total_steps: int
    first_step: int
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """One step is done; loss and accuracy are those of its batch before the step. Steps and epochs count from 1."""

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    rate: float
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is done: means over its batches, and the validation images judged after it."""

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    images_per_second: float
    rate: float


@dataclass(frozen=True, slots=True)
class RateChanged:
    """The learning rate was changed by hand, from this step on."""

    step: int
    rate: float


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The device failed and the run goes on, on another, from the last good step."""

    step: int
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeSeen:
    """Every layer's result for the probe image, and what the network answers."""

    step: int
    maps: dict[NodeId, Array]


@dataclass(frozen=True, slots=True)
class RunDone:
    """The run is over; `reason` is finished, stopped or not_finite, `message` says more where there is more to say."""

    epoch: int
    step: int
    reason: str
    message: str = ""
    loss: float | None = None
    accuracy: float | None = None
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    images_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """Copies of the weights and of all that the run needs to go on from here."""

    weights: Weights
    checkpoint: Checkpoint


Event = RunStarted | BatchDone | EpochDone | RateChanged | DeviceChanged | ProbeSeen | SnapshotTaken | RunDone


@dataclass(frozen=True, slots=True)
class SetRate:
    """Use this learning rate from the next step on; a schedule still multiplies it."""

    rate: float


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after this step."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Make this image (1, C, H, W), scaled, the probe."""

    image: Array


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Tell the weights as they are now."""


Command = SetRate | Stop | LookAt | TakeSnapshot
