"""Everything needed to resume training as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnstudio.array import Array
from cnnstudio.training.best_weights import BestWeights
from cnnstudio.training.early_stopping import EarlyStopping
from cnnstudio.training.position import Pace, Position
from cnnstudio.training.schedule import PlateauWatch

LARGEST = 2**52  # of every count in a file; half of what files can hold, so that training can go on


@dataclass
class Checkpoint:
    """How far training is, the optimizer's and the schedule's state, and a learning rate set by hand.

    Weights are kept separately, with the network. `step` counts all steps, and random numbers follow from it; `epoch`
    counts whole epochs, and `seen` the images of the one after them, whose order follows from `order_seed` and whose
    training images are those of the dataset with the fingerprint `data`. The sums are over these images. `goal` is the
    number of epochs that training is on its way to, for the number that was chosen, `goal_choice`; 0 where there is
    none. `slots` belong to one kind of optimizer, which began at the step `optimizer_start`; old files name no kind.
    Old files count no epochs, either: `legacy_batch_size` is the batch size of such a file, else 0. `best` is None
    before the first epoch with validation images.
    """

    step: int = 0
    slots: dict[str, Array] = field(default_factory=dict)
    watch: PlateauWatch = field(default_factory=PlateauWatch)
    rate: float | None = None
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    optimizer: str = ""
    optimizer_start: int = 0
    epoch: int = 0
    order_seed: int = 0
    data: str = ""
    goal: int = 0
    goal_choice: int = 0
    legacy_batch_size: int = 0
    stopping: EarlyStopping = field(default_factory=EarlyStopping)
    best: BestWeights | None = None

    def position(self, images: int) -> Position:
        """How far training is, where an epoch is this many images."""
        if self.legacy_batch_size and images:
            return Pace(images, self.legacy_batch_size).position_of(self.step, self.seen)
        return Position(self.epoch, self.seen)

    def next_goal(self, images: int, chosen: int) -> int:
        """The number of epochs at which training ends that goes on from here, where so many epochs are chosen.

        Training that has reached its end takes as many epochs again.
        """
        position = self.position(images)
        if self.goal_choice == chosen and position < Position(self.goal):
            return self.goal
        return chosen if position < Position(chosen) else position.begun + chosen

    def means(self, *, classification: bool) -> tuple[float | None, float | None]:
        """The mean loss and, of a classifier, accuracy over the images of the current epoch so far."""
        if not self.seen:
            return None, None
        return self.loss_sum / self.seen, self.correct / self.seen if classification else None

    def at_best(self) -> Checkpoint:
        """The checkpoint of the best weights, of which there are some; the optimizer starts over from there."""
        assert self.best is not None
        watch = PlateauWatch(self.watch.best, 0, self.watch.reductions)
        step, epoch, data = self.best.step, self.best.epoch, self.best.data
        return Checkpoint(step, watch=watch, rate=self.rate, epoch=epoch, data=data, best=self.best)

    def arrays(self) -> dict[str, Array]:
        """Everything as arrays, for a file; `slots` and the best weights apart."""
        return {
            "step": np.array([self.step], np.int64),
            "watch": np.array([self.watch.best, self.watch.waited, self.watch.reductions], np.float64),
            "rate": np.array([] if self.rate is None else [self.rate], np.float64),
            "sums": np.array([self.loss_sum, self.correct, self.seen], np.float64),
            "optimizer": np.frombuffer(self.optimizer.encode(), np.uint8),
            "since": np.array([self.optimizer_start], np.int64),
            "data": np.frombuffer(self.data.encode(), np.uint8),
            "goal": np.array([self.goal, self.goal_choice], np.int64),
            "stopping": np.array([self.stopping.best, self.stopping.waited, self.stopping.epoch], np.float64),
            "stopping_metric": np.frombuffer(self.stopping.metric.encode(), np.uint8),
            **self._position_arrays(),
            **(self.best.numbers() if self.best is not None else {}),
        }

    def _position_arrays(self) -> dict[str, Array]:
        if self.legacy_batch_size:
            return {"uncounted": np.array([self.legacy_batch_size], np.int64)}
        return {"position": np.array([self.epoch, self.order_seed], np.int64)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], slots: dict[str, Array]) -> Checkpoint:
        """What `arrays` wrote, without the best weights. Raises KeyError, TypeError or ValueError for anything else."""
        best, waited, reductions = arrays["watch"].tolist()
        loss_sum, correct, seen = arrays["sums"].tolist()
        (step,), rates = arrays["step"].tolist(), arrays["rate"].tolist()
        kind = arrays["optimizer"].tobytes().decode() if "optimizer" in arrays else ""
        (start,) = arrays["since"].tolist() if "since" in arrays else [0]
        epoch, order_seed = arrays["position"].tolist() if "position" in arrays else (0, 0)
        (legacy_batch_size,) = arrays["uncounted"].tolist() if "uncounted" in arrays else [0]
        goal, goal_choice = arrays["goal"].tolist() if "goal" in arrays else (0, 0)
        if not 0 <= start <= step:
            raise ValueError("the first step of the optimizer is out of range")
        if (
            min(step, waited, reductions, seen, epoch, order_seed, legacy_batch_size, goal, goal_choice, *rates) < 0
            or max(step, waited, reductions, seen, epoch, order_seed, legacy_batch_size, goal, goal_choice) > LARGEST
            or not np.isfinite([*rates, loss_sum]).all()
            or np.isnan(best)
        ):
            raise ValueError("a number is out of range")
        return cls(
            step=int(step),
            slots=slots,
            watch=PlateauWatch(best, int(waited), int(reductions)),
            rate=float(rates[0]) if rates else None,
            loss_sum=loss_sum,
            correct=int(correct),
            seen=int(seen),
            optimizer=kind,
            optimizer_start=int(start),
            epoch=int(epoch),
            order_seed=int(order_seed),
            data=arrays["data"].tobytes().decode() if "data" in arrays else "",
            goal=int(goal),
            goal_choice=int(goal_choice),
            legacy_batch_size=int(legacy_batch_size),
            stopping=_stopping(arrays),
        )


def _stopping(arrays: dict[str, Array]) -> EarlyStopping:
    if "stopping" not in arrays:
        return EarlyStopping()
    best, waited, epoch = arrays["stopping"].tolist()
    return EarlyStopping(arrays["stopping_metric"].tobytes().decode(), best, int(waited), int(epoch))
