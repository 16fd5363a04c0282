"""How often the window shows what a run tells: often enough to be alive, seldom enough to leave the run its time."""

from __future__ import annotations

import time

EVERY = 0.1  # seconds between two showings, at least
SHARE = 0.04  # of the time that showing may take of this thread, and so from training
LONGEST = 0.5  # seconds that are waited however long a showing takes


class Rhythm:
    """Asked often, on the window's thread; all that this thread computes counts as showing."""

    def __init__(self) -> None:
        self._next = 0.0
        self._used = time.thread_time()

    def due(self) -> bool:
        """Whether to show what is new now."""
        now = time.monotonic()
        if now < self._next:
            return False
        before, self._used = self._used, time.thread_time()
        self._next = now + min(max(EVERY, (self._used - before) / SHARE), LONGEST)
        return True
