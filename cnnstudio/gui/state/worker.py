"""Run any generator on a thread; commands, pause and stop take effect at its next yield.

No other file of the window starts threads.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from threading import Condition
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

Work = Generator[Any, Any, None]


class Worker(QThread):
    """Collects what the generator yields until `take` fetches it, so that a fast run does not flood the window."""

    arrived = Signal()  # events wait in `take`
    failed = Signal(object)  # the exception

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._state = Condition()
        self._events: deque[Any] = deque()
        self._commands: deque[Any] = deque()
        self._told = False
        self._paused = False
        self._stopping = False
        self._until: type | None = None
        self._paced: type | None = None
        self._pause_between = 0.0
        self._next_time = 0.0

    @property
    def paused(self) -> bool:
        """Whether the generator waits for `resume`."""
        return self._paused

    def pause(self) -> None:
        """Wait at the next yield."""
        with self._state:
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        with self._state:
            self._paused, self._until = False, None
            self._state.notify()

    def resume_until(self, kind: type) -> None:
        """Go on until the next event of this class, then pause."""
        with self._state:
            self._paused, self._until = False, kind
            self._state.notify()

    def pace(self, kind: type, per_second: float) -> None:
        """Let no more than so many events of this class happen in a second; 0 means as many as there can be."""
        with self._state:
            self._paced, self._pause_between = kind, 1.0 / per_second if per_second else 0.0
            self._state.notify()

    def send(self, command: object) -> None:
        """Give the generator a command at its next yield, also while it is paused."""
        with self._state:
            self._commands.append(command)
            self._state.notify()

    def stop(self) -> None:
        """Close the generator at its next yield."""
        with self._state:
            self._stopping = True
            self._state.notify()

    def take(self) -> list[Any]:
        """The events since the last call."""
        with self._state:
            self._told = False
            events = list(self._events)
            self._events.clear()
        return events

    def run(self) -> None:
        try:
            command: object = None
            self._next_time = time.monotonic()
            while not self._stopping:
                event = self._work.send(command)
                self._put(event)
                command = self._wait(event)
        except StopIteration:
            pass
        except Exception as error:
            self.failed.emit(error)
        finally:
            self._work.close()

    def _put(self, event: object) -> None:
        with self._state:
            self._events.append(event)
            tell, self._told = not self._told, True
        if tell:
            self.arrived.emit()

    def _wait(self, event: object) -> object:
        """Hold the generator as long as it is paused or too fast; returns the next command, if there is one."""
        with self._state:
            if self._until is not None and isinstance(event, self._until):
                self._paused, self._until = True, None
            if self._paced is not None and isinstance(event, self._paced):
                self._next_time = max(self._next_time, time.monotonic() - 1.0) + self._pause_between
            while not self._stopping and not self._commands:
                early = self._next_time - time.monotonic() if self._pause_between else 0.0
                if not self._paused and early <= 0.0:
                    return None
                self._state.wait(None if self._paused else early)
            return self._commands.popleft() if self._commands else None


def call(function: Callable[[], Any]) -> Work:
    """A generator that calls the function and yields its result: work for a Worker."""
    yield function()


class NewestWork(QObject):
    """Does one work at a time, on a thread; work that is given up ends by itself, and nobody hears what it tells."""

    arrived = Signal(object)  # what the work yields
    failed = Signal(object)  # the exception
    finished = Signal()  # unless it was given up

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None

    @property
    def busy(self) -> bool:
        """Whether there is work that was not given up."""
        return self._worker is not None

    def begin(self, work: Work) -> None:
        """Do this, and give up what is being done."""
        self.give_up()
        self._worker = Worker(work, self)
        self._worker.arrived.connect(self._on_arrived)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def give_up(self) -> None:
        """Forget what is being done, without waiting for it."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def close(self) -> None:
        """Give up, and wait for every thread to end."""
        self.give_up()
        for worker in self.findChildren(Worker):
            worker.wait()

    def _on_arrived(self) -> None:
        worker = self.sender()
        if worker is not self._worker or self._worker is None:
            return
        for event in self._worker.take():
            self.arrived.emit(event)

    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._worker:
            self.failed.emit(error)

    def _on_finished(self) -> None:
        worker = self.sender()
        worker.deleteLater()
        if worker is self._worker:
            self._worker = None
            self.finished.emit()
