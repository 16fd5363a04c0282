"""How far a run is through the training images: which batch is next, and where it ends."""

from __future__ import annotations

import math

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.early_stopping import EarlyStopping
from cnnstudio.training.position import Pace, Position
from cnnstudio.training.schedule import PlateauWatch, Progress
from cnnstudio.training.settings import TrainingChoice


class RunProgress:
    """Moves the checkpoint's position. Every epoch shows every image once, in an order that follows from its seed.

    An epoch that was begun with another batch size or seed is finished with its own order; one that was begun with
    other images begins anew. The run ends after `steps` more steps or, where that is None, at `goal` epochs.
    """

    def __init__(
        self, checkpoint: Checkpoint, dataset: Dataset, choice: TrainingChoice, goal: int, steps: int | None
    ) -> None:
        self._state, self._dataset, self._choice = checkpoint, dataset, choice
        self.pace = Pace(dataset.size("train"), choice.settings.batch_size)
        position = self._begin()
        self.first_step = checkpoint.step
        if steps is None:
            checkpoint.goal, checkpoint.goal_choice = goal, choice.settings.epochs
            steps = self.pace.steps_between(position, goal)
            self.length = max(float(goal), position.fraction(self.pace.images))
        else:
            self.length = self.pace.after(position, steps).fraction(self.pace.images)
        self.total_steps = self.first_step + steps
        self._order: tuple[int, int, Array] = (-1, -1, np.empty(0, np.int64))

    @property
    def epochs(self) -> int:
        """Epochs that the run will have done or begun at its end."""
        return math.ceil(self.length)

    @property
    def position(self) -> Position:
        """How far the run is."""
        return Position(self._state.epoch, self._state.seen)

    @property
    def fraction(self) -> float:
        """Epochs done, as a fraction."""
        return self.position.fraction(self.pace.images)

    @property
    def epoch_complete(self) -> bool:
        """Whether all images of the current epoch have been seen, so that `end_epoch` is next."""
        return self._state.seen >= self.pace.images

    @property
    def finished(self) -> bool:
        """Whether no step is left."""
        return self._state.step >= self.total_steps

    @property
    def for_schedule(self) -> Progress:
        """What the learning rate schedule goes by."""
        share = 1.0 / self.pace.steps_per_epoch
        return Progress(self.fraction, share, self.length, self._state.watch.reductions)

    def batch(self) -> Array:
        """The indices of the images of the next step."""
        state, seed = self._state, self._choice.settings.seed
        if not state.seen:
            state.order_seed, state.data = seed, self._dataset.fingerprint
        if self._order[:2] != (state.order_seed, state.epoch):
            rng = np.random.default_rng([state.order_seed, state.epoch])
            self._order = (state.order_seed, state.epoch, rng.permutation(self._dataset.splits["train"]))
        return self._order[2][state.seen : state.seen + self.pace.batch_size]

    def advance(self, images: int, loss: float, correct: int) -> None:
        """Count a step on this many images, with their mean loss."""
        state = self._state
        state.step += 1
        state.seen += images
        state.loss_sum += loss * images
        state.correct += correct

    def end_epoch(self) -> None:
        """Count the epoch, and reset its sums."""
        self._state.epoch += 1
        self._clear_sums()

    def seconds_left(self, images_per_second: float) -> float:
        """How long the rest of the run takes at this speed."""
        return max(self.length - self.fraction, 0.0) * self.pace.images / max(images_per_second, 1e-9)

    def _begin(self) -> Position:
        """Bring an old file's checkpoint up to date, and begin an epoch anew whose images are others now."""
        state = self._state
        position = state.position(self.pace.images)
        if state.legacy_batch_size:
            state.order_seed, state.legacy_batch_size = self._choice.settings.seed, 0
        state.epoch, state.seen = position.epochs, position.seen
        if state.data not in ("", self._dataset.fingerprint):  # its results cannot be compared with earlier ones
            self._clear_sums()
            state.stopping = EarlyStopping()
            state.watch = PlateauWatch(reductions=state.watch.reductions)
        return self.position

    def _clear_sums(self) -> None:
        state = self._state
        state.loss_sum, state.correct, state.seen = 0.0, 0, 0
