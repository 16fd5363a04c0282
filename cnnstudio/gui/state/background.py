"""Work in the background: a generator on a thread, whose results arrive on the GUI thread."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal

from cnnstudio.runs.worker import Work, WorkDone, Worker, call

__all__ = ["BackgroundTask", "call"]


class BackgroundTask(QObject):
    """Does one piece of work at a time; a new one replaces the old, whose results are then ignored."""

    arrived = Signal(object)  # what the work yields
    failed = Signal(object)  # the exception that ended it
    finished = Signal()  # it has ended, after `failed` too, but not if it was cancelled
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._cancelled: list[Worker] = []  # that end by themselves
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether there is work that was not cancelled."""
        return self._worker is not None

    def begin(self, work: Work) -> None:
        """Do this, and cancel what is being done."""
        self.cancel()
        self._worker = Worker(work, self._wake, name="background task")
        self._worker.start()

    def cancel(self) -> None:
        """Drop what is being done, without waiting for it."""
        if self._worker is not None:
            self._worker.cancel(mute=True)
            self._cancelled = [worker for worker in (*self._cancelled, self._worker) if worker.alive]
            self._worker = None

    def wait(self) -> None:
        """Wait for what is being done; its results are still to arrive."""
        if self._worker is not None:
            self._worker.join()

    def close(self) -> None:
        """Cancel, and wait for every thread to end."""
        self.cancel()
        for worker in self._cancelled:
            worker.join()
        self._cancelled.clear()

    def _wake(self, urgent: bool) -> None:
        with suppress(RuntimeError):  # this object was deleted, so nobody waits any longer
            self._woken.emit()

    def _on_woken(self) -> None:
        worker = self._worker
        if worker is None:
            return
        for event in worker.take():
            if worker is not self._worker:
                return
            if not isinstance(event, WorkDone):
                self.arrived.emit(event)
                continue
            self._worker = None
            worker.join()
            if event.error is not None:
                self.failed.emit(event.error)
            self.finished.emit()
