"""Let somebody who waits for a thread ask it to give up what it computes, and see how far that is.

Long computations call `check_interrupted` several times a second, wherever they could be given up without a trace.
"""

from __future__ import annotations

import math
import threading
import time


class Interrupted(BaseException):
    """What was being computed was given up and had no effect. No error: handlers of exceptions must not catch it."""


class Interruption:
    """What one thread, and those that compute for it, are asked. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._due = math.inf  # the time from which on `check` raises
        self.progress = 0.0  # how much of a long computation is done, from 0 to 1

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


def obey(interruption: Interruption | None) -> None:
    """Let the calling thread be interrupted from now on; None: no longer."""
    _local.interruption = interruption or _NEVER


def check_interrupted() -> None:
    """Raise Interrupted where the calling thread is asked to give up."""
    current_interruption().check()
