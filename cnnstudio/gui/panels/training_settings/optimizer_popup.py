"""Optimizer, learning rate schedule, epochs and batch size; opened by the top bar's Optimizer button."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.gui.panels.training_settings.popup_page import MARGIN, PopupPage
from cnnstudio.gui.state.edit_titles import change_title
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.forms.kind_form import KindForm
from cnnstudio.gui.widgets.forms.spec_form import SpecForm
from cnnstudio.gui.widgets.labels import Caption, Heading
from cnnstudio.operations import OPTIMIZERS, Optimizer
from cnnstudio.project import Project
from cnnstudio.runs.state import RunState
from cnnstudio.spec.number_text import format_number
from cnnstudio.training.schedule import SCHEDULES, Schedule
from cnnstudio.training.settings import Settings


class OptimizerPopup(PopupPage):
    """Each edit is one undo step."""

    title = "Optimizer"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._session = studio, studio.session
        training = studio.session.project.training
        self._optimizer = KindForm("optimizer", "Optimizer", OPTIMIZERS, training.optimizer, first="rate")
        self._schedule = KindForm("schedule", "Schedule", SCHEDULES, training.schedule)
        self._settings = SpecForm(training.settings)
        self._rate_note = Caption()
        self._rate_note.setObjectName("rate_note")
        self._rate_note.hide()
        self._note = Caption(
            "A run is in progress: a new learning rate takes effect immediately, other changes with the next run."
        )
        self._note.setObjectName("optimizer_note")
        self.setFocusProxy(self._optimizer)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        for heading, form in (
            ("Optimizer", self._optimizer),
            ("Learning rate schedule", self._schedule),
            ("Epochs and batches", self._settings),
        ):
            column.addWidget(Heading(heading))
            column.addWidget(form)
            if form is self._optimizer:
                column.addWidget(self._rate_note)
        column.addWidget(self._note)
        column.addStretch(1)
        self._optimizer.edited.connect(self._on_optimizer_edited)
        self._schedule.edited.connect(self._on_schedule_edited)
        self._settings.edited.connect(self._on_settings_edited)
        studio.session.project_changed.connect(self._on_project_changed)
        studio.run.state_changed.connect(self._on_state_changed)
        self._on_state_changed(studio.run.state)

    def _edit(self, param: str, part: str, changed: Optimizer | Schedule | Settings) -> None:
        project = self._session.project
        training = replace(project.training, **{part: changed})  # type: ignore[arg-type]
        title = change_title(changed, param)
        self._session.edit(title, project.with_training(training), merge_key=f"{part}.{param}")

    def _on_optimizer_edited(self, optimizer: Optimizer, param: str) -> None:
        before = self._session.project.training.optimizer
        self._tell_rate(before, optimizer)
        self._edit(param, "optimizer", optimizer)

    def _tell_rate(self, before: Optimizer, now: Optimizer) -> None:
        """Say so where another optimizer comes with another learning rate."""
        different = now.kind != before.kind and now.rate != before.rate
        self._rate_note.setVisible(different)
        if different:
            rates = f"{format_number(now.rate)}, as last used with {now.title}; with {before.title} it was"
            self._rate_note.setText(f"The learning rate is now {rates} {format_number(before.rate)}.")

    def _on_schedule_edited(self, schedule: Schedule, param: str) -> None:
        self._edit(param, "schedule", schedule)

    def _on_settings_edited(self, settings: Settings, param: str) -> None:
        self._edit(param, "settings", settings)

    def _on_project_changed(self, project: Project) -> None:
        training = project.training
        self._optimizer.show_spec(training.optimizer)
        self._schedule.show_spec(training.schedule)
        self._settings.show_spec(training.settings)

    def _on_state_changed(self, state: RunState) -> None:
        self._note.setVisible(state is not RunState.IDLE)
