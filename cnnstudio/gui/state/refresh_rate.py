"""How often the window shows the progress of a run: often enough to feel live, without slowing training down."""

from __future__ import annotations

import time

INTERVAL = 0.1  # seconds between two updates, at least
MAX_FRACTION = 0.04  # of the GUI thread's time that updates may take
MAX_INTERVAL = 0.5  # seconds between two updates, at most, however long one takes


class RefreshRate:
    """Used on the GUI thread; everything that this thread computes counts as part of an update."""

    def __init__(self) -> None:
        self._next = 0.0
        self._used = time.thread_time()

    def delay(self) -> float:
        """Seconds until the next update may begin; 0.0 if it may begin now."""
        return max(self._next - time.monotonic(), 0.0)

    def begin_update(self) -> None:
        """Record that an update begins now."""
        before, self._used = self._used, time.thread_time()
        wait = min(max(INTERVAL, (self._used - before) / MAX_FRACTION), MAX_INTERVAL)
        self._next = time.monotonic() + wait
