"""What training would take, estimated on a thread whenever network, data or settings have changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.session import Session
from cnnstudio.runs.state import RunState
from cnnstudio.training.estimate import TrainingEstimate, estimate

DELAY = 150  # milliseconds after the last change


class TrainingCost(QObject):
    """`estimate` is None where it is not known: on other devices than NumPy, and before the network can be trained."""

    changed = Signal()

    def __init__(
        self, session: Session, data: DataSource, live: LiveNetwork, run: LiveRun, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._data, self._live, self._run = session, data, live, run
        self.estimate: TrainingEstimate | None = None
        self._task = BackgroundTask(self)
        self._task.arrived.connect(self._show)
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._begin)
        for change in (
            session.project_changed,
            session.report_changed,
            data.dataset_changed,
            live.network_changed,
            run.state_changed,
            run.device_changed,
        ):
            change.connect(self._on_changed)

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._task.close()

    def _on_changed(self, *changes: object) -> None:
        self._task.cancel()
        if self._run.state is RunState.IDLE:
            self._timer.start()
        else:
            self._timer.stop()

    def _begin(self) -> None:
        network, dataset, choice = self._live.network, self._data.dataset, self._session.project.training
        if network is None or dataset is None or self._run.device != "numpy" or self._run.why_not():
            self._show(None)
        elif self._live.current:
            self._task.begin(call(lambda: estimate(network, dataset, choice, reference_engine())))

    def _show(self, told: TrainingEstimate | None) -> None:
        if told != self.estimate:
            self.estimate = told
            self.changed.emit()
