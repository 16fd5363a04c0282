"""The gradient of a value: where those who read the value put it, and in which form its maker finds it."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.elementwise import clear_jobs, map_job
from cnnstudio.engine.opencl.job import Job, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import counted_through, into, slope, through
from cnnstudio.operations import Activation, MaxPooling, Shape


@dataclass(frozen=True)
class Joined:
    """What a maker has joined to its operation, through which the gradient must go: value -> activation -> pooling."""

    activation: Activation | None = None
    seen: Value | None = None
    pooling: MaxPooling | None = None
    won: Value | None = None


class Gradient:
    """Readers of a value contribute to `target` by way of `joined`.

    A sole contributor's sink does all of it; several add up first, in `gathered` where pooling changes the shape, and
    `complete` does the rest.
    """

    def __init__(
        self, target: Value, contributors: int, joined: Joined | None = None, gathered: Value | None = None
    ) -> None:
        self.target, self.contributors = target, contributors
        self._joined, self._gathered = joined or Joined(), gathered
        self._given = 0

    def sink(self, shape: Shape) -> Sink:
        """For the next contributor, on the way back, who sees the value under this shape."""
        self._given += 1
        if self.contributors == 1:
            return self._final(shape)
        return _plain(self._gathered or self.target, shape, "store" if self._given == 1 else "add")

    def begin(self) -> list[Job]:
        """What must be done before the first contributes."""
        return [job for value in (self.target, self._gathered) if value for job in clear_jobs(value)]

    def complete(self) -> list[Job]:
        """What is left to do once all have contributed."""
        activation, seen = self._joined.activation, self._joined.seen
        if self.contributors == 1 or (activation is None and self._gathered is None):
            return []
        if self._gathered is not None:
            return [
                map_job(
                    self._gathered.layout.shape, {"v": self._gathered}, "v", self._final(self._gathered.layout.shape)
                )
            ]
        assert activation is not None
        assert seen is not None
        return [map_job(seen.layout.shape, {"y": seen}, slope(activation, "y", "y"), into(self.target, how="multiply"))]

    def _final(self, shape: Shape) -> Sink:
        joined = self._joined
        if joined.activation is None and joined.pooling is None:
            return _plain(self.target, shape, "store")
        sink = through(self.target, joined.activation, joined.seen, joined.pooling, joined.won)
        own = joined.seen.layout.shape if joined.seen else self.target.layout.shape
        return sink if shape == own else counted_through(sink, shape, own)


def _plain(target: Value, shape: Shape, how: str) -> Sink:
    """Into a value that the contributor sees under this shape."""
    if shape == target.layout.shape:
        return into(target, how=how)
    if target.layout.plain:
        return into(Value(target.layout.under(shape), target.region), how=how)
    return counted_through(through(target, how=how), shape, target.layout.shape)
