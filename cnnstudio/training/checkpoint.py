"""Everything needed to resume training as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnstudio.array import Array
from cnnstudio.training.schedule import PlateauWatch


@dataclass
class Checkpoint:
    """The next step, the optimizer's and the schedule's state, and a learning rate set by hand.

    Weights are kept separately, with the network. The order of images and all random numbers follow from the seed and
    the step. The sums are over the batches of the current epoch. `slots` belong to one kind of optimizer, which began
    at the step `since`; old files name no kind.
    """

    step: int = 0
    slots: dict[str, Array] = field(default_factory=dict)
    watch: PlateauWatch = field(default_factory=PlateauWatch)
    rate: float | None = None
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    optimizer: str = ""
    since: int = 0

    def arrays(self) -> dict[str, Array]:
        """Everything as arrays, for a file; `slots` apart."""
        return {
            "step": np.array([self.step], np.int64),
            "watch": np.array([self.watch.best, self.watch.waited, self.watch.reductions], np.float64),
            "rate": np.array([] if self.rate is None else [self.rate], np.float64),
            "sums": np.array([self.loss_sum, self.correct, self.seen], np.float64),
            "optimizer": np.frombuffer(self.optimizer.encode(), np.uint8),
            "since": np.array([self.since], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], slots: dict[str, Array]) -> Checkpoint:
        """What `arrays` wrote. Raises KeyError, TypeError or ValueError where it is something else."""
        best, waited, reductions = arrays["watch"].tolist()
        loss_sum, correct, seen = arrays["sums"].tolist()
        (step,), rates = arrays["step"].tolist(), arrays["rate"].tolist()
        kind = arrays["optimizer"].tobytes().decode() if "optimizer" in arrays else ""
        (since,) = arrays["since"].tolist() if "since" in arrays else [0]
        if not 0 <= since <= step:
            raise ValueError("the optimizer began at no step of the run")
        if min(step, waited, reductions, seen, *rates) < 0 or not np.isfinite(rates).all():
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
            since=int(since),
        )
