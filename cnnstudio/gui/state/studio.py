"""What all panels share: the session, its data, network and run, wired together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cnnstudio.data import DataError, DatasetName
from cnnstudio.data.image_file import read_image
from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.state.data_fitting import DataFitting
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.device_list import DeviceList
from cnnstudio.gui.state.evaluator import Evaluator
from cnnstudio.gui.state.identity import Identity
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.memory_estimate import MemoryEstimate
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.state.shown_maps import ShownMaps
from cnnstudio.gui.state.training_cost import TrainingCost
from cnnstudio.gui.state.weight_choice import WeightChoice
from cnnstudio.plain_text import plain
from cnnstudio.project import (
    Project,
    ProjectFileChangedError,
    ProjectFileError,
    SavedProject,
    load,
    new_project,
    save,
)
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run import Run
from cnnstudio.runs.run_list import save_runs
from cnnstudio.runs.snapshot import Snapshot
from cnnstudio.runs.unfitting_weights import layers_with_other_weights
from cnnstudio.runs.weight_store import WeightStore


class Studio(QObject):
    """Holds, opens and saves one project. Panels take the parts they need and listen to their signals."""

    message = Signal(str, str)  # kind (info, problem), a sentence for the log and the status bar
    saved = Signal(object)  # Path
    save_failed = Signal()  # `message` says why
    save_refused = Signal(object)  # Path: another program has changed the file since it was read or saved here
    unsaved_changed = Signal()  # whether there is unsaved training has changed
    run_chosen = Signal(object)  # RunRecord | None: the run that is highlighted among the curves

    def __init__(self, settings: Settings, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings, self.theme = settings, theme
        self.session = Session(new_project("xo"), self)
        self.data = DataSource(self.session, self)
        run = Run()
        self.identity = Identity(self.session, self.data, run, self)
        self.live = LiveNetwork(self.session, self.data, run, self.identity, self)
        self.run = LiveRun(self.session, self.data, self.live, run, self)
        self.weights = WeightChoice(self.session, run, self.run, self.live, self)
        self.weights.exchanged.connect(self._on_weights_exchanged)
        for changed in (
            self.run.state_changed,
            self.run.progressed,
            self.run.runs_replaced,
            self.run.weights_forgotten,
        ):
            changed.connect(self.identity.update)
        self.shown = ShownMaps(self.session, self.data, self.live, self.run, self.identity, self)
        self.devices = DeviceList(self)
        self.memory = MemoryEstimate(self.session, self.live, self.run, self.devices, self)
        self.evaluator = Evaluator(self.data, self.live, self.run, self.identity, self)
        self.cost = TrainingCost(self.session, self.data, self.live, self.run, self)
        self._unsaved_training = False
        self._contents_hash = ""  # of the project's file as it was read or saved
        self._saved: tuple[RunRecord | None, int] = (None, 0)  # the run that is in the file, and up to which step
        self.chosen_run: RunRecord | None = None
        self.run.set_device(settings.device)
        self.run.device_changed.connect(self._on_device_changed)
        self.run.progressed.connect(self._on_progressed)
        self.run.continues.connect(lambda text: self.message.emit("info", text))
        self._fitting = DataFitting(self.session, self.data, self)
        self._fitting.fitted.connect(lambda text: self.message.emit("info", text))
        self.data.failed.connect(lambda text: self.message.emit("problem", text))
        self.live.failed.connect(lambda text: self.message.emit("problem", text))
        self.run.failed.connect(lambda error: self.message.emit("problem", f"The run failed: {error}"))
        self.devices.failed.connect(lambda error: self.message.emit("problem", f"Detecting devices failed: {error}"))
        self.evaluator.failed.connect(lambda error: self.message.emit("problem", f"The evaluation failed: {error}"))

    @property
    def changed(self) -> bool:
        """Whether there is unsaved work."""
        return self._unsaved_training or not self.session.history.isClean()

    def begin(self) -> None:
        """Load the dataset of the first project, and show its network."""
        self.data.load()
        self.live.refresh()

    def train_or_pause(self) -> None:
        """Start, pause or resume training, as the Train button does."""
        (self.run.pause if self.run.state.in_progress else self.run.start)()

    def choose_data(self, name: DatasetName) -> None:
        """Train on the dataset with this name."""
        project = self.session.project
        data = replace(project.data, source=name, class_names=())
        self.session.edit("Change data", project.with_data(data))

    def show_image_file(self, path: Path) -> None:
        """Use an image file as the probe; `message` says why if that is not possible."""
        dataset = self.data.dataset
        if dataset is None:
            self.message.emit("problem", "Choose a dataset first; image files are scaled like its images.")
            return
        try:
            pixels = read_image(path, dataset.shape)
        except DataError as error:
            self.message.emit("problem", str(error))
            return
        black, white = dataset.limits
        self.data.show_image(pixels * ((white - black) / 255.0) + black, path.name)

    def new(self, project: Project) -> None:
        """Start with a project that was never saved; its network is fitted to its data."""
        self._begin(SavedProject(project), None)
        self._fitting.begin()

    def open(self, path: Path) -> None:
        """Open a project file. Raises ProjectFileError, in which case the open project stays."""
        path = path.resolve()  # whatever the working directory is later
        saved = load(path)
        self._begin(saved, path)
        self.settings.add_recent(path)
        if unfitting := layers_with_other_weights(self.session.graph, self.session.report, saved.arrays):
            self.message.emit(
                "problem",
                f"The saved weights do not fit {plain(', '.join(unfitting))}; new ones take their place.",
            )

    def save(self, path: Path, *, replace_changed: bool = False) -> None:
        """Save project, weights and checkpoint; emits `saved`, `save_failed` or `save_refused`.

        The project's own file is replaced only if no other program has changed it, unless `replace_changed`.
        """
        expected = "" if replace_changed or path != self.session.path else self._contents_hash
        self.run.take_snapshot(partial(self._write, path, expected))

    def choose_run(self, run: RunRecord | None) -> None:
        """Highlight a run among the curves."""
        if run is not self.chosen_run:
            self.chosen_run = run
            self.run_chosen.emit(run)

    def restore(self, path: Path) -> None:
        """Open a project file as unsaved work. Raises ProjectFileError."""
        self._begin(load(path), None)
        self._set_unsaved(True)

    def copy_to(self, path: Path, then: Callable[[Callable[[], object]], object]) -> None:
        """Call `then` with a function that writes the current work to a file; the work still counts as unsaved.

        The function can be called on any thread and raises ProjectFileError.
        """
        self.run.take_snapshot(lambda snapshot: then(self._writer(path, "", snapshot)))

    def start_over(self) -> None:
        """Reinitialize all weights, but keep the runs, to compare them with the next one."""
        self.run.start_over()
        self.evaluator.clear()
        self.live.restart()
        self._set_unsaved(True)

    def reinitialize(self) -> None:
        """Reinitialize all weights, and remove the runs."""
        self.run.begin(WeightStore(), None, self.session.graph.wiring)
        self.evaluator.clear()
        self.choose_run(None)
        self.live.restart()
        self._set_unsaved(True)

    def close(self) -> None:
        """End all threads."""
        self.run.close()
        self.cost.close()
        self.evaluator.close()
        self.memory.close()
        self.live.close()
        self.data.close()
        self.devices.close()

    def _begin(self, saved: SavedProject, path: Path | None) -> None:
        self.run.discard()
        self.evaluator.clear()
        self.choose_run(None)
        self.run.begin(WeightStore(saved.arrays), saved.checkpoint, saved.project.graph.wiring, saved.runs)
        self.live.forget()
        self._contents_hash = saved.contents_hash
        self.session.open(saved.project, path)
        self.live.refresh()
        self._set_unsaved(False)

    def _set_unsaved(self, unsaved: bool) -> None:
        if unsaved != self._unsaved_training:
            self._unsaved_training = unsaved
            self.unsaved_changed.emit()

    def _on_weights_exchanged(self, text: str) -> None:
        self.identity.update()
        self._set_unsaved(True)
        self.message.emit("info", text)

    def _on_device_changed(self, name: str) -> None:
        self.settings.device = name

    def _on_progressed(self, record: RunRecord) -> None:
        if record.last is not None and (record, record.last.step) != self._saved:
            self._set_unsaved(True)

    def _writer(self, path: Path, expected: str, snapshot: Snapshot) -> Callable[[], str]:
        """A function that writes the current project with the weights of the snapshot, and returns the file's hash."""
        project = self.session.project
        if self.data.dataset is not None and not self.data.reading:
            project = project.with_data(project.data.describing(self.data.dataset))
        records, arrays, checkpoint = self.run.copied_records(), snapshot.arrays, snapshot.checkpoint

        def write() -> str:
            return save(path, project, arrays, checkpoint, runs=save_runs(records), expected=expected)

        return write

    def _write(self, path: Path, expected: str, snapshot: Snapshot) -> None:
        try:
            self._contents_hash = self._writer(path, expected, snapshot)()
        except ProjectFileChangedError:
            self.save_refused.emit(path)
            return
        except ProjectFileError as error:
            self.message.emit("problem", str(error))
            self.save_failed.emit()
            return
        self._saved = (self.run.records[-1] if self.run.records else None, snapshot.step)
        self._set_unsaved(False)
        self.session.mark_saved(path)
        self.settings.add_recent(path)
        self.message.emit("info", f"Saved {path}.")
        self.saved.emit(path)
