"""A few threads that each run a share of every step, and a way to add up what they found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context

import numpy as np

from cnnstudio.array import Array

Task = Callable[[int], None]


def quiet() -> Context:
    """A context in which NumPy computes without warnings; to run in it costs a tenth of entering np.errstate."""
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context


class Crew:
    """The calling thread and `size - 1` others."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._task: Task = lambda member: None
        self._errors: list[BaseException] = []
        self._closed = False
        self._go = [threading.Semaphore(0) for _ in range(size - 1)]
        self._done = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._work, args=(member,), name=f"crew-{member}", daemon=True)
            for member in range(1, size)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, task: Task, members: int) -> None:
        """Call `task(0)` to `task(members - 1)` at once; returns when all are done, raises what one of them raised."""
        if members == 1:
            task(0)
            return
        self._task = task
        for go in self._go[: members - 1]:
            go.release()
        self._attempt(0)
        for _ in range(members - 1):
            self._done.acquire()
        if self._errors:
            errors, self._errors = self._errors, []
            raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])

    def close(self) -> None:
        """End the threads."""
        self._closed = True
        for go in self._go:
            go.release()
        for thread in self._threads:
            thread.join()

    def _work(self, member: int) -> None:
        np.seterr(all="ignore")  # in this thread alone
        while True:
            self._go[member - 1].acquire()
            if self._closed:
                return
            self._attempt(member)
            self._done.release()

    def _attempt(self, member: int) -> None:
        try:
            self._task(member)
        except BaseException as error:  # carried to the caller's thread by `run`
            self._errors.append(error)


class Exchange:
    """Lets the shards of a batch add up arrays in the midst of a pass, always in the same order."""

    def __init__(self, parties: int) -> None:
        self.parties = parties
        self._barrier = threading.Barrier(parties)
        self._parts: list[Array] = [np.empty(0)] * parties
        self._own = threading.local()

    def attend(self, task: Task) -> Task:
        """The task, such that it may call `sum` as the member it runs for, and frees the others if it fails."""
        if self.parties == 1:
            return task
        if self._barrier.broken:
            self._barrier.reset()

        def attended(member: int) -> None:
            self._own.member = member
            try:
                task(member)
            except BaseException:
                self._barrier.abort()
                raise

        return attended

    def sum(self, part: Array) -> None:
        """Make every member's array the sum of all; each must call it, with arrays of one shape."""
        if self.parties == 1:
            return
        self._parts[self._own.member] = part
        self._barrier.wait()
        total = np.add.reduce(self._parts)
        self._barrier.wait()
        part[...] = total
