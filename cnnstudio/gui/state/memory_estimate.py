"""How much memory training will need, computed on a thread: planning a network of many layers takes a while."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.gui.look.number_format import format_bytes, format_count
from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.device_list import DeviceList
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.session import Session


class MemoryEstimate(QObject):
    """The memory for training the network on the canvas with the chosen settings on the chosen device."""

    changed = Signal(str)  # the memory in words, or why it is not known

    def __init__(
        self, session: Session, live: LiveNetwork, run: LiveRun, devices: DeviceList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._live, self._run, self._devices = session, live, run, devices
        self._task = BackgroundTask(self)
        self._task.arrived.connect(self._on_arrived)
        self._task.failed.connect(self._on_failed)
        session.opened.connect(self._on_opened)

    def update(self) -> None:
        """Estimate anew; `changed` tells the result."""
        live, choice = self._live, self._session.project.training
        self._task.cancel()
        if live.network is None or not live.current:
            self.changed.emit(f"available once the network is {'built' if self._session.report.ok else 'complete'}")
            return
        batch = choice.settings.batch_size
        options = TrainingOptions(choice.optimizer, choice.settings.clip, choice.settings.clip_by)
        program, weights = live.network.program, live.network.weights
        engine = self._devices.engine(self._run.device)

        def estimate() -> str:
            if unsupported := engine.unsupported(weights, options):
                return unsupported
            needed = engine.memory_needed(program, weights, batch, options)
            return f"{format_bytes(needed)} at batch size {format_count(batch)}"

        self._task.begin(call(estimate))

    def close(self) -> None:
        """Wait for the thread to end."""
        self._task.close()

    def _on_opened(self) -> None:
        self._task.cancel()
        self.changed.emit("…")  # until that of this network is known

    def _on_arrived(self, text: str) -> None:
        self.changed.emit(text)

    def _on_failed(self, error: Exception) -> None:
        raise error
