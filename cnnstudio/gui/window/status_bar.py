"""The status bar: run state, network size, last autosave, and zoom."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from cnnstudio.graph import Report
from cnnstudio.gui.look.number_format import format_count, format_short
from cnnstudio.gui.state.studio import Studio
from cnnstudio.runs.state import RunState

LOOK = 500  # milliseconds between two looks at how far a step is
STATES = {
    RunState.IDLE: "Ready",
    RunState.STARTING: "Preparing to train",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.STOPPING: "Stopping…",
}


class StatusBar(QStatusBar):
    """Follows the studio; zoom and autosave are set by the window."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._studio = studio
        self._state, self._size, self._autosave, self._zoom = (QLabel() for _ in range(4))
        for label, name in (
            (self._state, "state"),
            (self._size, "size"),
            (self._autosave, "autosave"),
        ):
            label.setObjectName(f"status_{name}")
            self.addWidget(label)
        self._zoom.setObjectName("status_zoom")
        self.addPermanentWidget(self._zoom)
        self._saved_at: float | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._show_age)
        self._within_step = ""  # how far it is
        self._step: int | None = None  # that was the last one when its progress was looked at
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK)
        self._looking.timeout.connect(self._look)
        studio.run.state_changed.connect(self._on_run_state_changed)
        studio.shown.changed.connect(self._show_state)
        studio.data.dataset_changed.connect(self._show_state)
        studio.evaluator.state_changed.connect(self._show_state)
        studio.session.report_changed.connect(self._on_report_changed)
        self._show_state()
        self._on_report_changed(studio.session.report)

    def show_zoom(self, zoom: float) -> None:
        """Show the zoom of the canvas."""
        self._zoom.setText(f"zoom {zoom:.0%}")

    def show_autosave(self) -> None:
        """Show that the project was autosaved just now."""
        self._saved_at = time.monotonic()
        self._timer.start()
        self._show_age()

    def _on_run_state_changed(self, state: RunState) -> None:
        self._step, self._within_step = None, ""
        if state is RunState.RUNNING:
            self._looking.start()
        else:
            self._looking.stop()
        self._show_state()

    def _look(self) -> None:
        self._within_step = self._long_step()
        self._show_state()

    def _long_step(self) -> str:
        """How far the current step or validation is, where it takes longer than from one look to the next."""
        run, before = self._studio.run, self._step
        record = run.records[-1]
        self._step = record.last.step if record.last is not None else 0
        if self._step != before or record.started is None:
            return ""
        epoch_complete = record.last is not None and record.last.position.is_integer()
        validates = epoch_complete and not (record.epochs and record.epochs[-1].step == self._step)
        number = max(self._step, record.started.first_step) + 1
        return f" · {'validation' if validates else f'step {format_count(number)}'}: {run.step_progress:.0%}"

    def _show_state(self, *changes: object) -> None:
        studio = self._studio
        text = STATES[studio.run.state]
        if studio.run.state is RunState.RUNNING:
            text += self._within_step
        if studio.run.state is RunState.IDLE:
            if studio.data.reading:
                text = "Reading the images…"
            elif studio.shown.computing:
                text = "Computing feature maps…"
            elif studio.evaluator.busy:
                text = "Evaluating…"
        self._state.setText(f"● {text}")

    def _on_report_changed(self, report: Report) -> None:
        problems = sum(not problem.warning for problem in report.problems)
        text = f"{format_count(report.parameters)} parameters · {format_short(report.macs)} MACs"
        self._size.setText(f"{text} · {problems} problem{'s' * (problems != 1)}" if problems else text)

    def _show_age(self) -> None:
        if self._saved_at is not None:
            age = round(time.monotonic() - self._saved_at)
            self._autosave.setText(f"autosaved {age} s ago" if age < 120 else f"autosaved {age // 60} min ago")
