"""Training speed over the last seconds."""

from __future__ import annotations

import time
from collections import deque

PART = 1.0  # seconds that are counted together
PARTS = 5  # that the speed is averaged over, beside the one that is not full yet


class Throughput:
    """Measures images per second, without the first step, which sets things up."""

    def __init__(self) -> None:
        self.value = 0.0
        self._first = True
        self._parts: deque[tuple[int, float]] = deque(maxlen=PARTS)  # images and seconds
        self._count, self._passed = 0, 0.0
        self._last = time.perf_counter()

    def count(self, images: int) -> float:
        """Count images that were just trained on; returns images per second over the last seconds."""
        now = time.perf_counter()
        self._count += images
        self._passed += now - self._last
        self._last = now
        count = self._count + sum(images for images, _ in self._parts)
        passed = self._passed + sum(seconds for _, seconds in self._parts)
        self.value = count / max(passed, 1e-9)
        if self._first:
            self._first, self._count, self._passed = False, 0, 0.0
        elif self._passed >= PART:
            self._parts.append((self._count, self._passed))
            self._count, self._passed = 0, 0.0
        return self.value

    def skip(self) -> None:
        """Leave out the time since the last call, in which something else was done."""
        self._last = time.perf_counter()
