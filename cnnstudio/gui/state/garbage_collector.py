"""Python's garbage collector, on the GUI thread only.

Python collects cycles on whichever thread happens to allocate memory. A thread that reads data may so delete graphics
items, whose C++ parts share caches with what the GUI thread is painting: the program crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 200  # milliseconds


class GarbageCollector(QObject):
    """Collects at intervals what Python would have collected by itself, until its parent is deleted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.collect)
        parent.destroyed.connect(_collect_anywhere)

    def start(self) -> None:
        """Stop Python from collecting on other threads. What there is now is left out, which keeps pauses short."""
        gc.freeze()
        gc.disable()
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, if any."""
        due = [
            number
            for number, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > most > 0
        ]
        if due:
            gc.collect(due[-1])


def _collect_anywhere() -> None:
    gc.unfreeze()
    gc.enable()
