"""Work in the background: a generator on a thread, whose results arrive on the GUI thread."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal

from cnnstudio.runs.worker import Work, WorkDone, Worker, call

__all__ = ["BackgroundTask", "call"]


class BackgroundTask(QObject):
    """Does one piece of work at a time, on one thread.

    New work replaces the old: it waits until the old one has noticed that it was cancelled, at its next yield or
    `check_interrupted`. Of several that wait, only the newest is done.
    """

    arrived = Signal(object)  # what the work yields
    failed = Signal(object)  # the exception that ended it
    finished = Signal()  # it has ended, after `failed` too, but not if it was cancelled
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None  # whose thread runs
        self._cancelled = False  # whether what it does is no longer wanted
        self._next: Work | None = None  # begins when the cancelled one has ended
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether there is work that was not cancelled."""
        return self._next is not None or (self._worker is not None and not self._cancelled)

    def begin(self, work: Work) -> None:
        """Do this, and cancel what is being done."""
        self.cancel()
        if self._worker is None:
            self._start(work)
        else:
            self._next = work

    def cancel(self) -> None:
        """Drop what is being done and what waits, without waiting for it."""
        self._next = None
        if self._worker is not None:
            self._cancelled = True
            self._worker.cancel()

    def wait(self) -> None:
        """Wait for what is being done; its results are still to arrive."""
        if self._worker is not None:
            self._worker.join()

    def close(self) -> None:
        """Cancel, and wait for the thread to end."""
        self.cancel()
        self.wait()
        self._worker = None

    def _start(self, work: Work) -> None:
        self._cancelled = False
        self._worker = Worker(work, self._wake, name="background task")
        self._worker.start()

    def _wake(self, urgent: bool) -> None:
        with suppress(RuntimeError):  # this object was deleted, so nobody waits any longer
            self._woken.emit()

    def _on_woken(self) -> None:
        worker = self._worker
        if worker is None:
            return
        for event in worker.take():
            if isinstance(event, WorkDone):
                self._on_done(worker, event.error)
            elif worker is self._worker and not self._cancelled:
                self.arrived.emit(event)

    def _on_done(self, worker: Worker, error: Exception | None) -> None:
        if worker is not self._worker:  # closed meanwhile
            return
        worker.join()
        self._worker, cancelled = None, self._cancelled
        if not cancelled:
            if error is not None:
                self.failed.emit(error)
            self.finished.emit()
        elif self._next is not None:
            work, self._next = self._next, None
            self._start(work)
