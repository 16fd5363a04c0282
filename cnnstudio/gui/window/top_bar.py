"""The top bar: Train, Pause, Step, Stop; data, optimizer and device; how far the run is."""

from __future__ import annotations

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
from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.panels.training_settings.data_popup import DataPopup
from cnnstudio.gui.panels.training_settings.optimizer_popup import OptimizerPopup
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.elided_label import ElidedLabel
from cnnstudio.gui.widgets.popup_button import PopupButton
from cnnstudio.project import Project
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState


class TopBar(QToolBar):
    """Shows what `studio.run` does and lets it be steered."""

    def __init__(self, studio: Studio, device_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__("Training", parent)
        self.setObjectName("top_bar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._studio = studio
        self.train = _button("train_button", "Train", "Train the network; while it trains, pause it (F5).")
        self.train.setProperty("primary", True)
        self.train.setAccessibleName("Train or pause")
        self.step = _button("step_button", "Step", "Learn from one batch, then wait (F6).")
        self.stop = _button("stop_button", "Stop", "End the run; the weights stay (Shift+F5).")
        self.data = PopupButton("Data", "data_button", "Which images the network learns from.")
        self.optimizer = PopupButton("Optimizer", "optimizer_button", "How the network learns: rule, rate, epochs.")
        self.device = PopupButton("Device", "device_button", "What computes: NumPy, or a device through OpenCL.")
        self.progress = QProgressBar()
        self.label = ElidedLabel(studio.theme)
        self._lay_out()
        self.data.open_panel(lambda: DataPopup(studio))
        self.optimizer.open_panel(lambda: OptimizerPopup(studio))
        self.device.open_menu(device_menu)
        self._listen()

    def _lay_out(self) -> None:
        self.progress.setObjectName("run_progress")
        self.progress.setAccessibleName("Progress of the run")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1)
        self.label.setObjectName("run_state")
        self.label.setAccessibleName("State of the run")
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
        self.train.clicked.connect(self._studio.train_or_pause)
        self.step.clicked.connect(run.step)
        self.stop.clicked.connect(run.stop)
        run.state_changed.connect(self._on_state_changed)
        run.progressed.connect(self._on_progressed)
        run.runs_cleared.connect(self._on_runs_forgotten)
        run.device_changed.connect(self._on_device_changed)
        session.project_changed.connect(self._on_project_changed)
        session.report_changed.connect(self._on_report_changed)
        data.dataset_changed.connect(self._on_dataset_changed)
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

    def _on_project_changed(self, project: Project) -> None:
        optimizer = project.training.optimizer
        self.optimizer.show_value(f"{optimizer.title} · {optimizer.rate:g}")
        if self._studio.data.reading:
            self.data.show_value(describe_data(None, project))
        if self._studio.run.state is RunState.IDLE:
            self._show_state()

    def _on_device_changed(self, name: str) -> None:
        self.device.show_value(self._studio.devices.describe(name))

    def _on_progressed(self, history: RunRecord) -> None:
        if history.started is None:
            return
        self.progress.setRange(0, max(history.started.total_steps, 1))
        if history.last is not None:
            self.progress.setValue(history.last.step)
        self.label.show_text(describe_progress(history))

    def _on_runs_forgotten(self) -> None:
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self._show_state()

    def _show_state(self) -> None:
        """What each button can do now."""
        run, theme = self._studio.run, self._studio.theme
        running, why_not = run.state.in_progress, run.why_not()
        idle, paused = run.state is RunState.IDLE, run.state is RunState.PAUSED
        self.train.setText("Pause" if running else "Resume" if paused else "Train")
        self.train.setIcon(theme.icon("pause" if running else "play", "on_button"))
        self.step.setIcon(theme.icon("step"))
        self.stop.setIcon(theme.icon("stop"))
        self.train.setEnabled(running or paused or (idle and not why_not))
        self.step.setEnabled(paused or (idle and not why_not))
        self.stop.setEnabled(running or paused)
        if run.state is RunState.STARTING:
            self.label.show_text(f"Getting ready to train on {self.device.value}…")
        elif idle and why_not:
            self.label.show_text(why_not)
        elif idle:
            self.label.show_text(
                describe_progress(run.records[-1]) if run.records else "Ready to train: one click on Train."
            )


def describe_data(dataset: Dataset | None, project: Project) -> str:
    """The data set's name and size, or what is still to be read."""
    if dataset is None:
        return str(project.data.source)
    return f"{dataset.name} · {format_count(dataset.size('train'))}"


def describe_progress(history: RunRecord) -> str:
    """Epoch, batch, speed and time left, or how the run ended."""
    started, last, done = history.started, history.last, history.done
    if started is None:
        return "Begins"
    if done is not None:
        how = {"finished": "Done", "stopped": "Stopped", "not_finite": "Stopped: a number is no longer finite"}
        judged = f" · validation {done.validation_accuracy:.1%}" if done.validation_accuracy is not None else ""
        return f"{how[done.reason]} after epoch {done.epoch}, step {format_count(done.step)}{judged}"
    if last is None:
        return f"Begins on {started.device}"
    batch = (last.step - 1) % started.steps_per_epoch + 1
    minutes, seconds = divmod(round(last.seconds_left), 60)
    return (
        f"Epoch {last.epoch} of {started.epochs} · "
        f"batch {format_count(batch)}/{format_count(started.steps_per_epoch)} · "
        f"{format_count(round(last.images_per_second))} images/s · {minutes}:{seconds:02} left"
    )


def _button(name: str, text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setObjectName(name)
    made.setToolTip(tip)
    made.setAccessibleName(text)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def _line() -> QFrame:
    made = QFrame()
    made.setFrameShape(QFrame.Shape.VLine)
    made.setObjectName("separator")
    made.setFixedWidth(9)
    return made
