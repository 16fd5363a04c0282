"""The top bar: buttons to train, choose dataset, optimizer and device, and the progress of the run."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.data import Dataset
from cnnstudio.gui.commands.command import Command
from cnnstudio.gui.look.number_format import format_count, format_percent
from cnnstudio.gui.panels.training_settings.data_popup import DataPopup
from cnnstudio.gui.panels.training_settings.optimizer_popup import OptimizerPopup
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.elided_label import ElidedLabel
from cnnstudio.gui.widgets.popup_button import PopupButton
from cnnstudio.project import Project
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState
from cnnstudio.training.events import Outcome


class TopBar(QToolBar):
    """Controls `studio.run` by the commands train, step and stop, and shows its state."""

    def __init__(
        self, studio: Studio, commands: Mapping[str, Command], device_menu: QMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__("Training", parent)
        self.setObjectName("top_bar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._studio = studio
        self._buttons = {name: _button(commands[name]) for name in ("train", "step", "stop")}
        self._commands = commands
        self.train, self.step, self.stop = self._buttons.values()
        self.train.setProperty("primary", True)
        self.data = PopupButton("Data", "data_button", "Choose the images to train on.")
        self.optimizer = PopupButton("Optimizer", "optimizer_button", "Choose optimizer, learning rate and epochs.")
        self.device = PopupButton("Device", "device_button", "Choose the device: NumPy or an OpenCL device.")
        self.progress = QProgressBar()
        self.label = ElidedLabel(studio.theme)
        self._lay_out()
        self.data.open_panel(lambda: DataPopup(studio))
        self.optimizer.open_panel(lambda: OptimizerPopup(studio))
        self.device.open_menu(device_menu)
        self._listen()

    def _lay_out(self) -> None:
        self.progress.setObjectName("run_progress")
        self.progress.setAccessibleName("Run progress")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1)
        self.label.setObjectName("run_state")
        self.label.setAccessibleName("Run state")
        for widget in (self.train, self.step, self.stop, _line(), self.data, self.optimizer, self.device, _line()):
            self.addWidget(widget)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(4, 2, 8, 2)
        column.setSpacing(6)
        column.addStretch()
        column.addWidget(self.progress)
        column.addWidget(self.label)
        column.addStretch()
        self.addWidget(right)

    def _listen(self) -> None:
        run, session, data = self._studio.run, self._studio.session, self._studio.data
        run.state_changed.connect(self._on_state_changed)
        run.progressed.connect(self._on_progressed)
        run.weights_forgotten.connect(self._on_runs_replaced)
        run.runs_replaced.connect(self._on_runs_replaced)
        run.device_changed.connect(self._on_device_changed)
        session.project_changed.connect(self._on_project_changed)
        session.report_changed.connect(self._on_report_changed)
        data.dataset_changed.connect(self._on_dataset_changed)
        self._studio.identity.changed.connect(self._on_identity_changed)
        self._studio.cost.changed.connect(self._show_state)
        self._studio.theme.changed.connect(self._show_state)
        self._on_project_changed(session.project)
        self._on_device_changed(run.device)
        self._on_dataset_changed(data.dataset)

    def _on_state_changed(self, state: RunState) -> None:
        self._show_state()

    def _on_report_changed(self, report: object) -> None:
        self._show_state()

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        self.data.show_value(describe_data(dataset, self._studio.session.project))
        self._show_state()

    def _on_identity_changed(self) -> None:
        if self._studio.run.state is RunState.IDLE:
            self._show_state()

    def _on_project_changed(self, project: Project) -> None:
        optimizer = project.training.optimizer
        self.optimizer.show_value(f"{optimizer.title} · {optimizer.rate:g}")
        if self._studio.data.reading:
            self.data.show_value(describe_data(None, project))
        if self._studio.run.state is RunState.IDLE:
            self._show_state()

    def _on_device_changed(self, name: str) -> None:
        self.device.show_value(self._studio.devices.describe(name))

    def _on_progressed(self, record: RunRecord) -> None:
        if record.started is not None:
            self._show_progress(record)
            self.label.show_text(describe_progress(record))

    def _show_progress(self, record: RunRecord | None) -> None:
        started = record.started if record is not None else None
        self.progress.setRange(0, max(started.total_steps, 1) if started is not None else 1)
        self.progress.setValue(record.last.step if record is not None and record.last is not None else 0)

    def _show_outcome(self, record: RunRecord) -> None:
        """Show how the last run ended, and what has changed since; then its progress is not that of the network."""
        outdated = self._studio.identity.compare(self._studio.run.provenance).reasons()
        self._show_progress(None if outdated else record)
        best = self._studio.weights.epoch_in_use
        before = f"Out of date: {outdated} · " if outdated else f"Weights of epoch {best} in use · " if best else ""
        self.label.show_text(before + describe_progress(record))

    def _on_runs_replaced(self) -> None:
        self._show_progress(None)
        self._show_state()

    def _show_state(self) -> None:
        """Update the buttons and the text."""
        run, theme = self._studio.run, self._studio.theme
        running, why_not = run.state.in_progress, run.why_not()
        idle, paused = run.state is RunState.IDLE, run.state is RunState.PAUSED
        self.train.setText("Pause" if running else "Resume" if paused else "Train")
        self.train.setIcon(theme.icon("pause" if running else "play", "on_button"))
        tip = self._commands["train"].tooltip()
        self.train.setToolTip(f"{tip} {run.what_start_does()}".rstrip())
        self.step.setIcon(theme.icon("step"))
        self.stop.setIcon(theme.icon("stop"))
        for name, button in self._buttons.items():
            button.setEnabled(self._commands[name].available)
        if run.state is RunState.STARTING:
            self.label.show_text(f"Preparing to train on {self.device.value}…")
        elif idle and why_not:
            self.label.show_text(why_not)
        elif idle and run.records and not run.started_over:
            self._show_outcome(run.records[-1])
        elif idle:
            told = self._studio.cost.estimate
            self.label.show_text(f"Ready to train. {told.describe()}" if told is not None else "Ready to train.")


def describe_data(dataset: Dataset | None, project: Project) -> str:
    """The dataset's name and number of training images, or its source while it is being loaded."""
    if dataset is None:
        return str(project.data.source)
    return f"{dataset.name} · {format_count(dataset.size('train'))}"


def describe_progress(record: RunRecord) -> str:
    """Epoch, batch, speed and remaining time, or how the run ended."""
    started, last, done = record.started, record.last, record.done
    if record.outcome is not None and done is None:
        ended = "Failed" if record.outcome is Outcome.FAILED else "Stopped"
        return f"{ended} after step {format_count(last.step)}" if last is not None else f"{ended} before the first step"
    if started is None:
        return "Starting…"
    if done is not None:
        how = {
            "finished": "Done",
            "stopped": "Stopped",
            "stopped_early": "Stopped early",
            "not_finite": "Stopped on a NaN or infinite value",
        }
        return f"{how[done.reason]} after epoch {done.epoch}, step {format_count(done.step)}{_validation(record)}"
    if last is None:
        return f"Starting on {started.device}…"
    batch = int((last.position - (last.epoch - 1)) * started.steps_per_epoch + 1e-9)
    minutes, seconds = divmod(round(last.seconds_left), 60)
    return (
        f"Epoch {last.epoch} of {started.epochs} · "
        f"batch {format_count(batch)}/{format_count(started.steps_per_epoch)} · "
        f"{format_count(round(last.images_per_second))} images/s · {minutes}:{seconds:02} left"
    )


def _validation(record: RunRecord) -> str:
    """The last accuracy on the validation images, and when that was if it was not at the end."""
    if record.done is not None and record.done.validation_accuracy is not None:
        return f" · validation accuracy {format_percent(record.done.validation_accuracy)}"
    last = record.epochs[-1] if record.epochs else None
    if last is None or last.validation_accuracy is None:
        return ""
    return f" · validation accuracy {format_percent(last.validation_accuracy)} after epoch {last.epoch}"


def _button(command: Command) -> QPushButton:
    made = QPushButton(command.text)
    made.setObjectName(f"{command.name}_button")
    made.setToolTip(command.tooltip())
    made.setAccessibleName(command.text)
    made.clicked.connect(lambda: command.run())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def _line() -> QFrame:
    made = QFrame()
    made.setFrameShape(QFrame.Shape.VLine)
    made.setObjectName("separator")
    made.setFixedWidth(9)
    return made
