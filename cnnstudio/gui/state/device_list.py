"""What can compute on this machine: looked for on a thread, for devices are tested before they are offered."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from cnnstudio.engine.device_selection import (
    DeviceError,
    devices,
    open_engine,
    reference_device,
    reference_engine,
)
from cnnstudio.engine.engine import Engine
from cnnstudio.gui.state.worker import Worker, call


class DeviceList(QObject):
    """NumPy at once, and all others after the first `look`."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.devices = [reference_device()]
        self.complete = False
        self._worker: Worker | None = None

    def look(self) -> None:
        """Find and test all devices, once; `changed` tells when that is done."""
        if self.complete or self._worker is not None:
            return
        self._worker = Worker(call(devices), self)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def engine(self, name: str) -> Engine:
        """The engine of a device; the reference engine while that is unknown, which starts a search, or undecided."""
        if name in ("auto", self.devices[0].name):
            return reference_engine()
        self.look()
        if self.complete:
            with suppress(DeviceError):
                return open_engine(name)
        return reference_engine()

    def describe(self, name: str) -> str:
        """A device's name as people say it."""
        if name == "auto":
            return "fastest"
        return self.devices[0].description if name == "numpy" else name.replace("opencl", "OpenCL").replace(":", " ")

    def close(self) -> None:
        """Wait for the thread to end."""
        if self._worker is not None:
            self._worker.stop()
            self._worker.wait()
            self._worker = None

    def _on_finished(self) -> None:
        if self._worker is None or self.sender() is not self._worker:
            return
        for found in self._worker.take():
            self.devices, self.complete = found, True
        self._worker.deleteLater()
        self._worker = None
        self.changed.emit()
