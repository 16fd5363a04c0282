"""Learning rate schedules."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnstudio.spec import Spec, integer, real


@dataclass(frozen=True)
class Progress:
    """How far a run is: epochs done, what part of one the next batch is, epochs of the whole run, all as fractions.

    `reductions` counts those on a plateau so far.
    """

    epoch: float
    batch: float
    length: float
    reductions: int = 0

    @property
    def fraction(self) -> float:
        """The fraction of the run that is done, 0 to 1."""
        return self.epoch / self.length if self.length else 0.0


class Schedule(Spec):
    """A factor for the learning rate at each step, after an optional linear warm-up from zero."""

    warmup: float = real(
        default=0.0,
        min=0.0,
        max=1000.0,
        step=0.5,
        label="Warm-up",
        unit="epochs",
        help="Epochs over which the learning rate first rises from zero.",
    )

    def factor(self, progress: Progress) -> float:
        """The multiplier at this point of the run."""
        rise = 1.0
        if progress.epoch < self.warmup:
            rise = (progress.epoch + progress.batch) / self.warmup
        return min(rise, 1.0) * self.shape(progress)

    def shape(self, progress: Progress) -> float:
        """The multiplier without the warm-up."""
        return 1.0


class Constant(Schedule):
    """The learning rate stays constant."""

    kind = "constant"
    title = "Constant"


class Step(Schedule):
    """The learning rate is multiplied by a factor every few epochs."""

    kind = "step"
    title = "Step"

    every: int = integer(default=10, min=1, max=10_000, unit="epochs", help="Epochs between two reductions.")
    decay: float = real(default=0.1, min=0.0, max=1.0, step=0.1, help="Factor of each reduction.")

    def shape(self, progress: Progress) -> float:
        return self.decay ** (int(progress.epoch) // self.every)


class Exponential(Schedule):
    """The learning rate is multiplied by a factor every epoch."""

    kind = "exponential"
    title = "Exponential"

    decay: float = real(default=0.95, min=0.0, max=1.0, step=0.01, help="Factor per epoch.")

    def shape(self, progress: Progress) -> float:
        return self.decay ** int(progress.epoch)


class Cosine(Schedule):
    """Cosine annealing of the learning rate to its end value (Loshchilov and Hutter, 2016)."""

    kind = "cosine"
    title = "Cosine"

    end: float = real(default=0.0, min=0.0, max=1.0, step=0.01, help="Fraction of the learning rate left at the end.")

    def shape(self, progress: Progress) -> float:
        return self.end + (1.0 - self.end) * (1.0 + math.cos(math.pi * min(progress.fraction, 1.0))) / 2.0


class OneCycle(Schedule):
    """The learning rate rises to its full value and then falls to almost zero (Smith, 2018)."""

    kind = "one_cycle"
    title = "One cycle"

    start: float = real(default=0.04, min=0.0, max=1.0, step=0.01, help="Fraction of the learning rate at the start.")
    rise: float = real(default=0.3, min=0.0, max=1.0, step=0.05, help="Fraction of the run in which it rises.")
    end: float = real(default=1e-4, min=0.0, max=1.0, step=1e-4, help="Fraction of the learning rate left at the end.")

    def shape(self, progress: Progress) -> float:
        share = min(progress.fraction, 1.0)
        if 0.0 < self.rise >= share:
            return _between(self.start, 1.0, share / self.rise)
        return _between(1.0, self.end, (share - self.rise) / (1.0 - self.rise))


class Plateau(Schedule):
    """The learning rate is multiplied by a factor when the validation loss stops improving."""

    kind = "plateau"
    title = "Reduce on plateau"

    decay: float = real(default=0.1, min=0.0, max=1.0, step=0.1, help="Factor of each reduction.")
    patience: int = integer(
        default=3, min=1, max=1000, unit="epochs", help="Epochs without improvement before a reduction."
    )

    def shape(self, progress: Progress) -> float:
        return self.decay**progress.reductions


def _between(first: float, last: float, share: float) -> float:
    """Along half a cosine from the first value to the last."""
    return last + (first - last) * (1.0 + math.cos(math.pi * share)) / 2.0


SCHEDULES: dict[str, type[Schedule]] = {
    cls.kind: cls for cls in (Constant, Step, Exponential, Cosine, OneCycle, Plateau)
}


@dataclass
class PlateauWatch:
    """Counts epochs without improvement of the validation loss."""

    best: float = math.inf
    waited: int = 0
    reductions: int = 0

    def update(self, loss: float, schedule: Schedule) -> None:
        """Update with the validation loss of an epoch."""
        if not isinstance(schedule, Plateau):
            return
        if loss < self.best:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= schedule.patience:
            self.reductions, self.waited = self.reductions + 1, 0
