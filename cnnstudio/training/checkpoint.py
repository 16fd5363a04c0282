"""All that a run needs to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnstudio.array import Array
from cnnstudio.training.schedule import PlateauWatch


@dataclass
class Checkpoint:
    """The step that comes next, what the optimizer remembers, the schedule's memory, and a rate set by hand.

    Weights travel apart, with the network. The order of images and all random numbers follow from the seed and the
    step, so nothing else is random. Sums are those of the batches of an epoch that is not over. `slots` belong to one
    kind of optimizer and count from the step `since`; files written before that was noted have no kind.
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

    def numbers(self) -> dict[str, Array]:
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
    def from_arrays(cls, numbers: dict[str, Array], slots: dict[str, Array]) -> Checkpoint:
        """What `numbers` wrote. Raises KeyError, TypeError or ValueError where it is something else."""
        best, waited, reductions = numbers["watch"].tolist()
        loss_sum, correct, seen = numbers["sums"].tolist()
        (step,), rates = numbers["step"].tolist(), numbers["rate"].tolist()
        kind = numbers["optimizer"].tobytes().decode() if "optimizer" in numbers else ""
        (since,) = numbers["since"].tolist() if "since" in numbers else [0]
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
