"""What opens behind the top bar's buttons: how the network learns, and from which data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnstudio.data import SPLITS, Dataset
from cnnstudio.data.sources import SOURCES
from cnnstudio.gui.look.number_format import THIN, format_count
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.forms.editors import ChoiceBox
from cnnstudio.gui.widgets.forms.kind_form import KindForm
from cnnstudio.gui.widgets.forms.spec_form import LABEL_WIDTH, ROW_GAP, SpecForm, form_layout
from cnnstudio.gui.widgets.labels import BodyText, Caption, ErrorLabel, FieldLabel, Heading, tooltip
from cnnstudio.layers import write_shape
from cnnstudio.operations import OPTIMIZERS, Optimizer
from cnnstudio.project import DataChoice, Project
from cnnstudio.runs.state import RunState
from cnnstudio.spec import Spec, integer, real
from cnnstudio.training.schedule import SCHEDULES, Schedule
from cnnstudio.training.settings import Settings

WIDTH = 352  # pixels
UNBROKEN = "\u202f"  # a thin space at which no line ends
MARGIN = 12
MOST_CLASSES = 24  # whose counts are listed


class _Page(QWidget):
    """What stands in a popup: as high as its sentences are at this width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(WIDTH)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, self.heightForWidth(WIDTH))


class OptimizerPopup(_Page):
    """Optimizer, schedule, and how long to train; each edit is one step of undo."""

    title = "Optimizer"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._session = studio, studio.session
        choice = studio.session.project.training
        self._optimizer = KindForm("optimizer", "Optimizer", OPTIMIZERS, choice.optimizer, first="rate")
        self._schedule = KindForm("schedule", "Schedule", SCHEDULES, choice.schedule)
        self._settings = SpecForm(choice.settings)
        self._note = Caption("A run goes on: the learning rate changes at once, all else with the next run.")
        self._note.setObjectName("optimizer_note")
        self.setFocusProxy(self._optimizer)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        for heading, form in (
            ("How it learns", self._optimizer),
            ("How the rate changes", self._schedule),
            ("How long", self._settings),
        ):
            column.addWidget(Heading(heading))
            column.addWidget(form)
        column.addWidget(self._note)
        column.addStretch(1)
        self._optimizer.edited.connect(self._on_optimizer_edited)
        self._schedule.edited.connect(self._on_schedule_edited)
        self._settings.edited.connect(self._on_settings_edited)
        studio.session.project_changed.connect(self._on_project_changed)
        studio.run.state_changed.connect(self._on_state_changed)
        self._on_state_changed(studio.run.state)

    def _edit(self, param: str, key: str, **changes: Optimizer | Schedule | Settings) -> None:
        project = self._session.project
        training = replace(project.training, **changes)  # type: ignore[arg-type]
        text = f"Change {param.replace('_', ' ')}"
        self._session.edit(text, project.with_training(training), merge_key=f"{key}.{param}")

    def _on_optimizer_edited(self, optimizer: Optimizer, param: str) -> None:
        self._edit(param, "optimizer", optimizer=optimizer)

    def _on_schedule_edited(self, schedule: Schedule, param: str) -> None:
        self._edit(param, "schedule", schedule=schedule)

    def _on_settings_edited(self, settings: Settings, param: str) -> None:
        self._edit(param, "settings", settings=settings)

    def _on_project_changed(self, project: Project) -> None:
        choice = project.training
        self._optimizer.show_spec(choice.optimizer)
        self._schedule.show_spec(choice.schedule)
        self._settings.show_spec(choice.settings)

    def _on_state_changed(self, state: RunState) -> None:
        self._note.setVisible(state is not RunState.IDLE)


class Split(Spec):
    """How the training images are shared out."""

    validation: float = real(
        default=0.1,
        min=0.0,
        max=0.9,
        step=0.05,
        label="Validation",
        help="Share of the training images that is held back to judge the network after every epoch.",
    )
    seed: int = integer(
        default=0,
        min=0,
        max=2**31 - 1,
        label="Split seed",
        help="Decides which images are held back, or which are drawn; same seed, same images.",
    )


class Drawing(Split):
    """Which images the program draws; it shares them out itself."""

    def has_effect(self, name: str) -> bool:
        return name != "validation" and super().has_effect(name)


class DataPopup(_Page):
    """Which images, how they are split, and what is in them once they are read."""

    title = "Data"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._session = studio, studio.session
        self._kind = ChoiceBox()
        self._kind.setObjectName("data_kind")
        self._kind.setAccessibleName("Data")
        self._kind.setToolTip(tooltip("Which images the network learns from; X or O is drawn by the program."))
        for source in SOURCES.values():
            self._kind.addItem(source.title, source.kind)
        self._path = BodyText()
        self._path.setObjectName("data_path")
        self._choose = QPushButton("Choose folder…")
        self._choose.setObjectName("data_choose")
        self._choose.setToolTip(tooltip("Choose the folder that holds the files of this data set."))
        self._again = QPushButton("Read again")
        self._again.setObjectName("data_again")
        self._again.setToolTip(tooltip("Read the files once more, after they have been changed."))
        self._split = SpecForm(Split())
        self._error, self._summary, self._counts = ErrorLabel(), BodyText(), Caption()
        self._error.setObjectName("data_error")
        self._summary.setObjectName("data_summary")
        self._counts.setObjectName("data_counts")
        self.setFocusProxy(self._kind)
        self._lay_out()
        self._kind.activated.connect(self._on_kind_chosen)
        self._choose.clicked.connect(self._on_choose_clicked)
        self._again.clicked.connect(self._on_again_clicked)
        self._split.edited.connect(self._on_split_edited)
        studio.session.project_changed.connect(self._on_project_changed)
        studio.data.dataset_changed.connect(self._on_dataset_changed)
        studio.data.failed.connect(self._on_failed)
        self._on_project_changed(studio.session.project)
        self._on_dataset_changed(studio.data.dataset)

    def _lay_out(self) -> None:
        rows = form_layout()
        label = FieldLabel("Data", self._kind)
        label.setFixedWidth(LABEL_WIDTH)
        rows.addRow(label, self._kind)
        self._folder = QWidget()
        folder = QVBoxLayout(self._folder)
        folder.setContentsMargins(LABEL_WIDTH + 4, 0, 0, 0)
        folder.setSpacing(4)
        folder.addWidget(self._path)
        buttons = QHBoxLayout()
        buttons.addWidget(self._choose)
        buttons.addWidget(self._again)
        buttons.addStretch(1)
        folder.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(ROW_GAP)
        column.addLayout(rows)
        column.addWidget(self._folder)
        column.addWidget(self._split)
        column.addSpacing(4)
        column.addWidget(Heading("What is in it"))
        for widget in (self._error, self._summary, self._counts):
            column.addWidget(widget)
        column.addStretch(1)

    def _show_kind(self, kind: str, rest: str) -> None:
        self._kind.setCurrentIndex(self._kind.findData(kind))
        source = SOURCES.get(kind)
        needs_folder = source is not None and source.needs_folder
        self._folder.setVisible(needs_folder)
        self._path.setText(rest or "No folder is chosen yet.")
        self._again.setVisible(bool(rest))

    def _use(self, source: str) -> None:
        self._reading()
        self._studio.use_data(source)

    def _reading(self) -> None:
        self._error.hide()
        self._counts.hide()
        self._summary.setText("Reading the images…")

    def _on_kind_chosen(self, index: int) -> None:
        """Read data that needs nothing more; of other data ask for the folder first."""
        kind = self._kind.itemData(index)
        current, _, rest = self._session.project.data.source.partition(":")
        if kind == current:
            self._show_kind(current, rest)
        elif SOURCES[kind].needs_folder:
            self._show_kind(kind, "")
        else:
            self._use(kind)

    def _on_choose_clicked(self) -> None:
        owner = self.window().parentWidget()  # a popup closes when the dialog opens
        title = f"Folder of the {SOURCES[self._kind.currentData()].title.removesuffix(' folder')} files"
        start = self._session.project.data.source.partition(":")[2] or str(Path.home())
        folder = QFileDialog.getExistingDirectory(owner.window() if owner else self.window(), title, start)
        if folder:
            self._use(f"{self._kind.currentData()}:{folder}")

    def _on_again_clicked(self) -> None:
        self._reading()
        self._studio.data.read_again()

    def _on_split_edited(self, split: Split, param: str) -> None:
        project = self._session.project
        data = replace(project.data, validation=split.validation, seed=split.seed)
        self._session.edit(f"Change {param} of the data", project.with_data(data), merge_key=f"data.{param}")

    def _on_project_changed(self, project: Project) -> None:
        choice: DataChoice = project.data
        kind, _, rest = choice.source.partition(":")
        self._show_kind(kind, rest)
        shared_out = Split if self._folder.isVisibleTo(self) else Drawing
        self._split.show_spec(shared_out(validation=choice.validation, seed=choice.seed))

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        if dataset is None:
            self._reading()
            return
        self._error.hide()
        self._counts.show()
        splits = ", ".join(f"{_count(dataset.size(split))} {_NAMES[split]}" for split in SPLITS)
        self._summary.setText(
            f"{dataset.name}: {_count(len(dataset.labels))} images of {write_shape(dataset.shape)} in "
            f"{_count(len(dataset.class_names))} classes; {splits}."
        )
        pairs = list(zip(dataset.class_names, dataset.counts("train"), strict=True))
        counts = [f"{name}: {_count(count)}" for name, count in pairs[:MOST_CLASSES]]
        more = f" · and {len(pairs) - MOST_CLASSES} more" if len(pairs) > MOST_CLASSES else ""
        self._counts.setText(f"Training images of each class: {' · '.join(counts)}{more}.")

    def _on_failed(self, why: str) -> None:
        self._summary.setText("")
        self._counts.hide()
        self._error.setText(why)
        self._error.show()


_NAMES = {"train": "to learn from", "validation": "to validate", "test": "to test"}


def _count(number: int) -> str:
    """A number that stays in one line."""
    return format_count(number).replace(THIN, UNBROKEN)
