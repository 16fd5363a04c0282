"""A Train button for any panel."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.state import RunState


class TrainButton(QPushButton):
    """Starts or resumes training; while that is not possible it is disabled and its tooltip says why."""

    def __init__(self, studio: Studio, name: str, parent: QWidget | None = None) -> None:
        """`name` is the object name."""
        super().__init__("Train", parent)
        self.setObjectName(name)
        self._studio = studio
        self.clicked.connect(studio.run.start)
        studio.session.report_changed.connect(self._on_changed)
        studio.data.dataset_changed.connect(self._on_changed)
        studio.run.state_changed.connect(self._on_changed)
        self._on_changed(None)

    def _on_changed(self, change: object) -> None:
        run = self._studio.run
        why_not = run.why_not()
        self.setEnabled(not why_not and run.state in (RunState.IDLE, RunState.PAUSED))
        self.setToolTip(tooltip(why_not or "Start or resume training."))
