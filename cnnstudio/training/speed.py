"""How fast a run is, over the last moments."""

from __future__ import annotations

import time

WINDOW = 1.0  # seconds


class Speedometer:
    """Counts pictures against the clock."""

    def __init__(self) -> None:
        self.value = 0.0
        self._count = 0
        self._since = time.perf_counter()

    def count(self, pictures: int) -> float:
        """Take note of pictures that were just learned from; returns pictures a second over the last second."""
        now = time.perf_counter()
        self._count += pictures
        passed = now - self._since
        if self.value == 0.0 or passed >= WINDOW:
            self.value = self._count / max(passed, 1e-9)
        if passed >= WINDOW:
            self._count, self._since = 0, now
        return self.value

    def skip(self) -> None:
        """Do not count the time since the last call: something else was done."""
        self._count, self._since = 0, time.perf_counter()
