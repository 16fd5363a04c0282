"""Let somebody who waits for a thread ask it to give up what it does, and see how far that is.

Code that reads or computes for long calls `check_interrupted` now and then, wherever it can be given up.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(BaseException):
    """What a thread did was given up, without an effect. This is no error, and not for those who handle errors."""


class Interruption:
    """What one thread, and those that compute for it, are asked. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._due = math.inf  # the time from which on `check` raises
        self.progress = 0.0  # how much of a long computation is done, from 0 to 1
        self.span = (0.0, 1.0)  # the part of the whole that is reported on

    def report(self, done: float) -> None:
        """Report how much of the span is done, from 0 to 1."""
        begin, end = self.span
        self.progress = begin + (end - begin) * done

    def request(self, grace: float = 0.0) -> None:
        """Ask to give up what is being computed, unless it is done within `grace` seconds."""
        self._due = min(self._due, time.monotonic() + grace)

    def withdraw(self) -> None:
        """Ask no longer."""
        self._due = math.inf

    def check(self) -> None:
        """Raise Interrupted where that is asked for."""
        if self._due is not math.inf and time.monotonic() >= self._due:
            raise Interrupted


_NEVER = Interruption()  # of threads that nobody asks
_local = threading.local()


def current_interruption() -> Interruption:
    """What the calling thread is asked."""
    interruption: Interruption = getattr(_local, "interruption", _NEVER)
    return interruption


@contextmanager
def interruptible(interruption: Interruption) -> Iterator[None]:
    """Within the context, the calling thread is asked by this and by no other."""
    before = current_interruption()
    _local.interruption = interruption
    try:
        yield
    finally:
        _local.interruption = before


def check_interrupted() -> None:
    """Raise Interrupted where the calling thread is asked to give up."""
    current_interruption().check()
