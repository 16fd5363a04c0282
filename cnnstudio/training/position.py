"""How far training has come, counted so that batch size, data and schedule may change on the way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Position:
    """Whole epochs that are done, and images seen in the epoch after them."""

    epochs: int = 0
    seen: int = 0

    def fraction(self, images: int) -> float:
        """Epochs done, as a fraction, where an epoch is this many images."""
        return self.epochs + min(self.seen / max(images, 1), 1.0)

    @property
    def begun(self) -> int:
        """Epochs that are done or begun."""
        return self.epochs + (1 if self.seen else 0)


@dataclass(frozen=True)
class Pace:
    """How epochs of `images` images divide into steps; the last batch of an epoch may be smaller."""

    images: int
    batch_size: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps of a whole epoch."""
        return self._steps(self.images)

    def steps_between(self, position: Position, epochs: int) -> int:
        """Steps from a position to the end of this many epochs."""
        if position >= Position(epochs):
            return 0
        rest = self._steps(max(self.images - position.seen, 0))
        return rest + (epochs - position.epochs - 1) * self.steps_per_epoch

    def after(self, position: Position, steps: int) -> Position:
        """The position that many steps later."""
        rest = self._steps(max(self.images - position.seen, 0))
        if steps < rest:
            return Position(position.epochs, position.seen + steps * self.batch_size)
        whole, more = divmod(steps - rest, self.steps_per_epoch)
        return Position(position.epochs + 1 + whole, more * self.batch_size)

    def position_of(self, step: int, seen: int) -> Position:
        """Where a run is that made all of its steps at this pace and has seen so many images of its current epoch."""
        return Position((step - 1 if seen else step) // self.steps_per_epoch, min(seen, self.images))

    def _steps(self, images: int) -> int:
        return -(-images // self.batch_size)
