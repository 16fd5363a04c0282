"""What every panel shares: the session, its data, its network and its run, wired together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cnnstudio.data import DataError, DatasetName
from cnnstudio.data.image_file import read_image
from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.device_list import DeviceList
from cnnstudio.gui.state.evaluator import Judge
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.settings import Settings
from cnnstudio.project import Project, ProjectFileError, SavedProject, load, new_project, save
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run import Run
from cnnstudio.runs.snapshot import Snapshot
from cnnstudio.runs.weight_store import WeightStore


class Studio(QObject):
    """Opens, saves and holds one project. Panels take what they need of it and listen to its parts."""

    said = Signal(str, str)  # kind (info, problem), a sentence for the log and the status bar
    saved = Signal(object)  # Path
    not_saved = Signal()  # what was to be saved is not; `said` tells why
    unsaved_changed = Signal()  # there is training that is not saved, or no longer
    run_chosen = Signal(object)  # RunRecord | None: the run that stands out among the curves

    def __init__(self, settings: Settings, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings, self.theme = settings, theme
        self.session = Session(new_project("xo"), self)
        self.data = DataSource(self.session, self)
        run = Run()
        self.live = LiveNetwork(self.session, self.data, run, self)
        self.run = LiveRun(self.session, self.data, self.live, run, self)
        self.devices = DeviceList(self)
        self.judge = Judge(self.data, self.live, self.run, self)
        self._unsaved_training = False
        self._saved: tuple[RunRecord | None, int] = (None, 0)  # the run that is in the file, and up to which step
        self.chosen_run: RunRecord | None = None
        self.run.set_device(settings.device)
        self.run.device_changed.connect(self._on_device_changed)
        self.run.progressed.connect(self._on_progressed)
        self.data.failed.connect(lambda text: self.said.emit("problem", text))
        self.live.failed.connect(lambda text: self.said.emit("problem", text))
        self.run.failed.connect(lambda error: self.said.emit("problem", f"The run broke off: {error}"))
        self.judge.failed.connect(lambda error: self.said.emit("problem", f"The images cannot be judged: {error}"))

    @property
    def changed(self) -> bool:
        """Whether there is anything that is not saved."""
        return self._unsaved_training or not self.session.history.isClean()

    def begin(self) -> None:
        """Read the data of the first project, and show its network."""
        self.data.load()
        self.live.refresh()

    def train_or_pause(self) -> None:
        """What the big button does."""
        (self.run.pause if self.run.state.in_progress else self.run.start)()

    def use_data(self, name: DatasetName) -> None:
        """Train on the dataset with this name."""
        project = self.session.project
        data = replace(project.data, source=name, class_names=())
        self.session.edit("Change data", project.with_data(data))

    def look_at(self, path: Path) -> None:
        """Make an image file the probe; `said` tells why if that cannot be."""
        dataset = self.data.dataset
        if dataset is None:
            self.said.emit("problem", "Choose data first; images are looked at as its images are.")
            return
        try:
            pixels = read_image(path, dataset.shape)
        except DataError as error:
            self.said.emit("problem", str(error))
            return
        black, white = dataset.limits
        self.data.show_image(pixels * ((white - black) / 255.0) + black, path.name)

    def new(self, project: Project) -> None:
        """Begin with a project that was never saved."""
        self._begin(SavedProject(project), None)

    def open(self, path: Path) -> None:
        """Open a project file. Raises ProjectFileError; what was open is then still there."""
        path = path.resolve()  # it is to be found from anywhere
        self._begin(load(path), path)
        self.settings.add_recent(path)

    def save(self, path: Path) -> None:
        """Save project, weights and where the run stands; `saved` or `said` tells the outcome."""
        self.run.take_snapshot(partial(self._write, path))

    def choose_run(self, run: RunRecord | None) -> None:
        """Make a run stand out among the curves."""
        if run is not self.chosen_run:
            self.chosen_run = run
            self.run_chosen.emit(run)

    def restore(self, path: Path) -> None:
        """Open a project file as work that was never saved. Raises ProjectFileError."""
        self._begin(load(path), None)
        self._call_unsaved(True)

    def copy_to(self, path: Path, then: Callable[[Callable[[], None]], object]) -> None:
        """Hand over what writes the work as it is now to a file, on any thread, without calling it saved.

        What is handed over raises ProjectFileError.
        """
        self.run.take_snapshot(lambda snapshot: then(self._writing(path, snapshot)))

    def forget(self) -> None:
        """Draw all weights anew, and forget the runs."""
        self.run.begin(WeightStore(), None)
        self.judge.forget()
        self.choose_run(None)
        self.live.restart()
        self._call_unsaved(True)

    def close(self) -> None:
        """End every thread."""
        self.run.close()
        self.judge.close()
        self.live.close()
        self.data.close()
        self.devices.close()

    def _begin(self, saved: SavedProject, path: Path | None) -> None:
        self.run.discard()
        self.judge.forget()
        self.choose_run(None)
        self.session.open(saved.project, path)
        self.run.begin(WeightStore(saved.arrays), saved.checkpoint)
        self.live.restart()
        self._call_unsaved(False)

    def _call_unsaved(self, unsaved: bool) -> None:
        if unsaved != self._unsaved_training:
            self._unsaved_training = unsaved
            self.unsaved_changed.emit()

    def _on_device_changed(self, name: str) -> None:
        self.settings.device = name

    def _on_progressed(self, history: RunRecord) -> None:
        if history.last is not None and (history, history.last.step) != self._saved:
            self._call_unsaved(True)

    def _writing(self, path: Path, snapshot: Snapshot) -> Callable[[], None]:
        """What writes the project as it is now, with what was learned."""
        project = self.session.project
        if self.data.dataset is not None and not self.data.reading:
            project = project.with_data(project.data.describing(self.data.dataset))
        return partial(save, path, project, snapshot.arrays, snapshot.checkpoint)

    def _write(self, path: Path, snapshot: Snapshot) -> None:
        try:
            self._writing(path, snapshot)()
        except ProjectFileError as error:
            self.said.emit("problem", str(error))
            self.not_saved.emit()
            return
        self._saved = (self.run.records[-1] if self.run.records else None, snapshot.step)
        self._call_unsaved(False)
        self.session.mark_saved(path)
        self.settings.add_recent(path)
        self.said.emit("info", f"Saved {path}.")
        self.saved.emit(path)
