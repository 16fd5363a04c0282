"""The devices of this machine, found and tested on a thread."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from cnnstudio.engine.device_selection import (
    Device,
    DeviceError,
    devices,
    open_engine,
    reference_device,
    reference_engine,
)
from cnnstudio.engine.engine import Engine
from cnnstudio.gui.state.background import BackgroundTask, call


class DeviceList(QObject):
    """NumPy at once, and all others after the first `search`."""

    changed = Signal()
    failed = Signal(object)  # the exception that ended the search; NumPy remains

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.devices = [reference_device()]
        self.complete = False
        self._task = BackgroundTask(self)
        self._task.arrived.connect(self._on_arrived)
        self._task.failed.connect(self._on_failed)

    def search(self) -> None:
        """Find and test all devices, once; `changed` is emitted when that is done."""
        if not self.complete and not self._task.busy:
            self._task.begin(call(devices))

    def engine(self, name: str) -> Engine:
        """The engine of a device; the reference engine while that is unknown, which starts a search, or undecided."""
        if name in ("auto", self.devices[0].name):
            return reference_engine()
        self.search()
        if self.complete:
            with suppress(DeviceError):
                return open_engine(name)
        return reference_engine()

    def describe(self, name: str) -> str:
        """The display name of a device."""
        if name == "auto":
            return "fastest"
        return self.devices[0].description if name == "numpy" else name.replace("opencl", "OpenCL").replace(":", " ")

    def close(self) -> None:
        """Wait for the thread to end."""
        self._task.close()

    def _on_arrived(self, found: list[Device]) -> None:
        self.devices, self.complete = found, True
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.complete = True
        self.changed.emit()
        self.failed.emit(error)
