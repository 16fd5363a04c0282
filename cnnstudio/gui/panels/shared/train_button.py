"""A button that starts to train, in whichever panel people look for it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.state import RunState


class TrainButton(QPushButton):
    """Can be pressed while there is something to train, and says why not where it cannot."""

    def __init__(self, studio: Studio, name: str, parent: QWidget | None = None) -> None:
        """`name` is for tests and style sheets."""
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
        self.setToolTip(tooltip(why_not or "Start to learn from the training images, or go on."))
