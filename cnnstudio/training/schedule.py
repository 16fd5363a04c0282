"""How the learning rate changes during a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnstudio.spec import Spec, integer, real


@dataclass(frozen=True)
class Progress:
    """Where a run is: its step (from 0), steps an epoch, steps in all, and reductions made so far on a plateau."""

    step: int
    steps_per_epoch: int
    total_steps: int
    reductions: int = 0

    @property
    def epoch(self) -> float:
        """Epochs done, with fractions."""
        return self.step / self.steps_per_epoch

    @property
    def share(self) -> float:
        """How much of the run is done, 0 to 1."""
        return self.step / max(self.total_steps, 1)


class Schedule(Spec):
    """What the learning rate is multiplied by at each step, after an optional warm-up from zero."""

    warmup: float = real(
        default=0.0,
        min=0.0,
        max=1000.0,
        step=0.5,
        label="Warm-up",
        unit="epochs",
        help="Epochs over which the rate rises from zero first.",
    )

    def factor(self, progress: Progress) -> float:
        """The multiplier at this point of the run."""
        rise = 1.0
        if progress.epoch < self.warmup:
            rise = (progress.step + 1) / (self.warmup * progress.steps_per_epoch)
        return min(rise, 1.0) * self.shape(progress)

    def shape(self, progress: Progress) -> float:
        """The multiplier without the warm-up."""
        return 1.0


class Constant(Schedule):
    """The rate stays as it is."""

    kind = "constant"
    title = "Constant"


class Step(Schedule):
    """The rate falls by a factor every few epochs."""

    kind = "step"
    title = "Step"

    every: int = integer(default=10, min=1, max=10_000, unit="epochs", help="Epochs between two falls.")
    decay: float = real(default=0.1, min=0.0, max=1.0, step=0.1, help="What the rate is multiplied by at each fall.")

    def shape(self, progress: Progress) -> float:
        return self.decay ** (progress.step // (self.every * progress.steps_per_epoch))


class Exponential(Schedule):
    """The rate falls by a factor every epoch."""

    kind = "exponential"
    title = "Exponential"

    decay: float = real(default=0.95, min=0.0, max=1.0, step=0.01, help="What the rate is multiplied by every epoch.")

    def shape(self, progress: Progress) -> float:
        return self.decay ** (progress.step // progress.steps_per_epoch)


class Cosine(Schedule):
    """The rate falls along half a cosine to its end value (Loshchilov and Hutter, 2016)."""

    kind = "cosine"
    title = "Cosine"

    end: float = real(default=0.0, min=0.0, max=1.0, step=0.01, help="The share of the rate that is left at the end.")

    def shape(self, progress: Progress) -> float:
        return self.end + (1.0 - self.end) * (1.0 + math.cos(math.pi * min(progress.share, 1.0))) / 2.0


class OneCycle(Schedule):
    """The rate rises from a small share to its full value and falls to almost nothing (Smith, 2018)."""

    kind = "one_cycle"
    title = "One cycle"

    start: float = real(default=0.04, min=0.0, max=1.0, step=0.01, help="The share of the rate it starts from.")
    rise: float = real(default=0.3, min=0.0, max=1.0, step=0.05, help="The share of the run in which it rises.")
    end: float = real(default=1e-4, min=0.0, max=1.0, step=1e-4, help="The share of the rate that is left at the end.")

    def shape(self, progress: Progress) -> float:
        share = min(progress.share, 1.0)
        if 0.0 < self.rise >= share:
            return _between(self.start, 1.0, share / self.rise)
        return _between(1.0, self.end, (share - self.rise) / (1.0 - self.rise))


class Plateau(Schedule):
    """The rate falls by a factor when the validation loss has not improved for a while."""

    kind = "plateau"
    title = "Reduce on plateau"

    decay: float = real(default=0.1, min=0.0, max=1.0, step=0.1, help="What the rate is multiplied by at each fall.")
    patience: int = integer(
        default=3, min=1, max=1000, unit="epochs", help="Epochs without improvement before the rate falls."
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

    def see(self, loss: float, schedule: Schedule) -> None:
        """Take the validation loss of an epoch."""
        if not isinstance(schedule, Plateau):
            return
        if loss < self.best:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= schedule.patience:
            self.reductions, self.waited = self.reductions + 1, 0
