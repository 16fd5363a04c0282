"""Training speed over the last second."""

from __future__ import annotations

import time

WINDOW = 1.0  # seconds


class Throughput:
    """Measures images per second, without the first step, which sets things up."""

    def __init__(self) -> None:
        self.value = 0.0
        self._steps, self._settled = 0, False
        self._count, self._passed = 0, 0.0
        self._last = time.perf_counter()

    def count(self, images: int) -> float:
        """Count images that were just trained on; returns images per second over the last second."""
        now = time.perf_counter()
        self._count += images
        self._passed += now - self._last
        self._last = now
        full = self._passed >= WINDOW
        if full or not self._settled:
            self.value = self._count / max(self._passed, 1e-9)
        self._steps += 1
        self._settled |= full and self._steps > 1
        if full or self._steps == 1:
            self._count, self._passed = 0, 0.0
        return self.value

    def skip(self) -> None:
        """Leave out the time since the last call, in which something else was done."""
        self._last = time.perf_counter()
