"""A few threads that each run one shard of every step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context

import numpy as np

from cnnstudio.interruption import current_interruption, interruptible

Task = Callable[[int], None]  # the shard's index


def without_warnings() -> Context:
    """A context in which NumPy emits no floating-point warnings; to run in it costs a tenth of np.errstate."""
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context


class ThreadTeam:
    """The calling thread and `size - 1` others."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._task: Task = lambda index: None
        self._interruption = current_interruption()  # of the calling thread, which the others share
        self._errors: list[BaseException] = []
        self._closed = False
        self._start = [threading.Semaphore(0) for _ in range(size - 1)]
        self._done = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._work, args=(index,), name=f"engine-{index}", daemon=True)
            for index in range(1, size)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, task: Task, count: int) -> None:
        """Call `task(0)` to `task(count - 1)` in parallel and wait for all; raises what one of them raised."""
        if count == 1:
            task(0)
            return
        self._task, self._interruption = task, current_interruption()
        for start in self._start[: count - 1]:
            start.release()
        self._attempt(0)
        for _ in range(count - 1):
            self._done.acquire()
        if self._errors:
            errors, self._errors = self._errors, []
            raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])

    def close(self) -> None:
        """End the threads."""
        self._closed = True
        for start in self._start:
            start.release()
        for thread in self._threads:
            thread.join()

    def _work(self, index: int) -> None:
        np.seterr(all="ignore")  # applies to this thread only
        while True:
            self._start[index - 1].acquire()
            if self._closed:
                return
            with interruptible(self._interruption):
                self._attempt(index)
            self._done.release()

    def _attempt(self, index: int) -> None:
        try:
            self._task(index)
        except BaseException as error:  # `run` raises it in the caller's thread
            self._errors.append(error)
