"""Sums over all shards of a batch in the middle of a pass, always added in the same order."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.thread_team import Task


class AllReduce:
    """Lets the threads that run the shards of a batch sum arrays."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._barrier = threading.Barrier(count)
        self._parts: list[Array] = [np.empty(0)] * count
        self._own = threading.local()

    def wrap(self, task: Task) -> Task:
        """The task, able to call `sum` for the shard it runs; where it fails, the other threads stop waiting."""
        if self.count == 1:
            return task
        if self._barrier.broken:
            self._barrier.reset()

        def wrapped(index: int) -> None:
            self._own.index = index
            try:
                task(index)
            except BaseException:
                self._barrier.abort()
                raise

        return wrapped

    def sum(self, part: Array) -> None:
        """Replace every shard's array by the sum of all. Each shard must call it, with arrays of the same shape."""
        if self.count == 1:
            return
        self._parts[self._own.index] = part
        self._barrier.wait()
        total = np.add.reduce(self._parts)
        self._barrier.wait()
        part[...] = total


@dataclass(frozen=True)
class Shard:
    """The part of a batch that one plan runs: `size` of `batch` samples, and the way to sum over all parts."""

    size: int
    batch: int
    index: int
    all_reduce: AllReduce

    @classmethod
    def whole(cls, batch: int) -> Shard:
        """The only shard of a batch."""
        return cls(batch, batch, 0, AllReduce(1))

    @property
    def updates_statistics(self) -> bool:
        """Whether this shard updates the running statistics, which all shards share."""
        return self.index == 0
