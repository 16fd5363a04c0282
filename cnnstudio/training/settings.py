"""The training settings as a value: optimizer, schedule, epochs, batch size, seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cnnstudio.operations import OPTIMIZERS, Optimizer
from cnnstudio.operations.optimizer import Adam
from cnnstudio.spec import ParamError, Spec, choice, integer, real
from cnnstudio.training.schedule import SCHEDULES, Constant, Schedule

Kind = TypeVar("Kind")


class Settings(Spec):
    """Epochs, batch size, seed, early stopping and gradient clipping."""

    epochs: int = integer(default=10, min=1, max=100_000, help="Number of passes over the training images.")
    batch_size: int = integer(default=32, min=1, max=65_536, unit="images", help="Number of images per training step.")
    seed: int = integer(
        default=0,
        min=0,
        max=2**31 - 1,
        help="Determines weight initialization and shuffling; the same seed gives the same run.",
    )
    stop_early: str = choice(
        default="off",
        options=("off", "loss", "accuracy"),
        labels=("Off", "Validation loss", "Validation accuracy"),
        help="Ends training when this has not improved for some epochs; needs validation images.",
    )
    patience: int = integer(
        default=5,
        min=1,
        max=10_000,
        unit="epochs",
        help="Epochs without improvement after which training ends.",
        when=("stop_early", ("loss", "accuracy")),
    )
    clip: float = real(
        default=0.0,
        min=0.0,
        max=1e6,
        step=0.5,
        label="Clip gradient",
        help="Limits the gradient, which prevents far too large steps; 0 means no limit. Nudge computes no gradient.",
        advanced=True,
    )
    clip_by: str = choice(
        default="norm",
        options=("norm", "value"),
        labels=("norm", "value"),
        help="Whether the limit applies to the norm of the whole gradient or to each value.",
        advanced=True,
    )


@dataclass(frozen=True)
class TrainingChoice:
    """Optimizer, schedule and settings."""

    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=Constant)
    settings: Settings = field(default_factory=Settings)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "optimizer": self.optimizer.to_dict(),
            "schedule": self.schedule.to_dict(),
            "settings": self.settings.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TrainingChoice:
        """What `to_dict` wrote. Raises ParamError, also for a kind that this program does not know, and KeyError."""
        optimizer, schedule = data["optimizer"], data["schedule"]
        return cls(
            _of_kind(OPTIMIZERS, optimizer["kind"], "optimizer").from_dict(optimizer),
            _of_kind(SCHEDULES, schedule["kind"], "schedule").from_dict(schedule),
            Settings.from_dict(data["settings"]),
        )


def _of_kind(table: Mapping[str, Kind], kind: str, what: str) -> Kind:
    if kind not in table:
        raise ParamError(f"There is no {what} {kind!r}; there are {', '.join(table)}.")
    return table[kind]
