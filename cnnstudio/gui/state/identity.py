"""What the window works on at this moment, to compare with what a result was computed from."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.session import Session
from cnnstudio.runs.provenance import Freshness, Provenance, compare
from cnnstudio.runs.run import Run


class Identity(QObject):
    """The graph, weights, data and probe of now. Whoever shows a result compares it and listens to `changed`."""

    changed = Signal()

    def __init__(self, session: Session, data: DataSource, run: Run, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._data, self._run = session, data, run
        self._announced = self.now
        session.graph_changed.connect(self.update)
        session.project_changed.connect(self.update)
        data.dataset_changed.connect(self.update)
        data.probe_changed.connect(self.update)

    @property
    def now(self) -> Provenance:
        """The provenance of what would be computed now."""
        return Provenance(
            project=self._run.project,
            wiring=self._session.graph.wiring,
            steps=self._run.total_steps(),
            seed=self._session.project.training.settings.seed,
            data=self._data.version,
            image=self._data.probe,
            exchanges=self._run.exchanges,
        )

    def at_step(self, step: int) -> Provenance:
        """The provenance of what the weights of now or, if a run is active, of this step of it are applied to."""
        return replace(self.now, steps=self._run.total_steps(step))

    def compare(self, result: Provenance) -> Freshness:
        """Whether a result is current, and otherwise what has changed since."""
        return compare(result, self.now)

    def update(self, *changes: object) -> None:
        """Emit `changed` if anything has, as after a step of training."""
        now = self.now
        if now != self._announced:
            self._announced = now
            self.changed.emit()
