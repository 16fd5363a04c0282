"""Creating, opening, saving and exporting projects, with the dialogs for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnstudio.export import FORMATS, ExportError, export_network
from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.question import Answer, ask, confirm
from cnnstudio.project import Project, ProjectFileError, new_project
from cnnstudio.runs.snapshot import Snapshot

FILTER = "CNN Studio projects (*.cnn)"


class ProjectFiles(QObject):
    """Runs the commands of the File and Export menus."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self._then: Callable[[], object] | None = None  # runs after the pending save
        self._asking = False
        self._exporting = BackgroundTask(self)
        self._exporting.arrived.connect(self._on_exported)
        self._exporting.failed.connect(self._on_export_failed)
        self._closed = False
        studio.saved.connect(self._on_saved)
        studio.save_failed.connect(self._on_not_saved)
        # queued, because the question must not hold up a run that has just handed out a snapshot
        studio.save_refused.connect(self._on_save_refused, Qt.ConnectionType.QueuedConnection)

    def new(self, template: str) -> None:
        """Start a new project from a template."""
        self.leave(lambda: self._studio.new(new_project(template)))

    def new_empty(self) -> None:
        """Start a new project with an empty canvas and the current dataset."""
        self.leave(lambda: self._studio.new(Project(data=self._studio.session.project.data)))

    def ask_open(self) -> None:
        """Ask for a project and open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open project", self._folder(), FILTER)
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a project; on failure the current one stays open."""
        self.leave(lambda: self._open(path))

    def save(self) -> None:
        """Save to the project's file, or ask for one if it has none."""
        if self._studio.session.path is None:
            self.save_as()
        else:
            self._studio.save(self._studio.session.path)

    def save_as(self) -> None:
        """Ask for a file and save to it."""
        start = self._studio.session.path or Path(self._folder()) / f"{self._studio.session.project.title}.cnn"
        path = self._ask_where("Save project", start, FILTER, ".cnn")
        if path is not None:
            self._studio.save(path)
        else:
            self._then = None

    def ask_export(self, name: str) -> None:
        """Ask for a file and export the network to it in this format."""
        format = FORMATS[name]
        stem = self._studio.session.path.stem if self._studio.session.path else self._studio.session.project.title
        start = Path(self._folder()) / f"{stem}{format.extension}"
        title, kinds = f"Export {format.title}", f"{format.title} (*{format.extension})"
        path = self._ask_where(title, start, kinds, format.extension)
        if path is not None:
            self.export(name, path)

    def export(self, name: str, path: Path) -> None:
        """Export the network in this format on a worker thread; the outcome is logged."""
        if why_not := self._studio.live.why_not_current():
            self._studio.message.emit("problem", why_not)
            return
        if self._studio.run.trains_other_network:
            self._studio.message.emit(
                "problem", "The current run trains a different version of this network; stop it before exporting."
            )
            return
        if self._exporting.busy:
            self._studio.message.emit("problem", "Another export is in progress; try again when it has finished.")
            return
        self._studio.run.take_snapshot(partial(self._export, name, path))

    def _export(self, name: str, path: Path, snapshot: Snapshot) -> None:
        if self._closed:
            return
        network, graph = snapshot.network, self._studio.session.graph
        if network is None or self._exporting.busy:
            self._studio.message.emit(
                "problem", f"{path.name} was not exported because the network was edited meanwhile; try again."
            )
            return
        names = {node.id: node.name for node in graph.nodes.values()}
        self._exporting.begin(call(lambda: export_network(name, network, path, names)))

    def leave(self, then: Callable[[], object]) -> None:
        """Ask whether to save unsaved changes, then call `then` once they are saved or discarded, unless canceled."""
        if not self._studio.changed:
            then()
            return
        if self._asking:
            return
        path = self._studio.session.path
        self._asking = True
        answer = ask(
            self._window,
            "Unsaved changes",
            f"Save changes to {path.name if path else self._studio.session.project.title}?",
            {Answer.Save: "&Save", Answer.Discard: "&Discard", Answer.Cancel: "&Cancel"},
            enter=Answer.Save,
            escape=Answer.Cancel,
        )
        self._asking = False
        if answer is Answer.Save:
            self._then = then
            self.save()
        elif answer is Answer.Discard:
            then()

    def close(self) -> None:
        """Start no more exports, and wait for the one in progress."""
        self._closed = True
        self._exporting.wait()

    def _open(self, path: Path) -> None:
        try:
            self._studio.open(path)
        except ProjectFileError as error:
            self._studio.message.emit("problem", str(error))

    def _ask_where(self, title: str, start: Path, kinds: str, ending: str) -> Path | None:
        """Ask for a file to write; the ending is added if it is missing."""
        name, _ = QFileDialog.getSaveFileName(self._window, title, str(start), kinds)
        if not name or Path(name).suffix.lower() == ending:
            return Path(name) if name else None
        path = Path(f"{name}{ending}")
        if path.exists():  # the dialog only asked about the name without the ending
            return (
                path if confirm(self._window, title, f"{path.name} already exists. Replace it?", "&Replace") else None
            )
        return path

    def _folder(self) -> str:
        path = self._studio.session.path
        recent = self._studio.settings.recent
        return str(path.parent if path else recent[0].parent if recent else Path.home())

    def _on_saved(self, path: Path) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_not_saved(self) -> None:
        self._then = None

    def _on_save_refused(self, path: Path) -> None:
        answer = ask(
            self._window,
            "File changed",
            f"Another program has changed {path.name} since you opened or saved it. Overwriting it loses the other "
            "changes, reloading it loses yours; saving under another name keeps both.",
            {
                Answer.Save: "Save &As…",
                Answer.Yes: "&Overwrite",
                Answer.Open: "&Reload",
                Answer.Cancel: "&Cancel",
            },
            enter=Answer.Save,
            escape=Answer.Cancel,
        )
        if answer is Answer.Save:
            self.save_as()
        elif answer is Answer.Yes:
            self._studio.save(path, replace_changed=True)
        else:
            self._then = None
            if answer is Answer.Open:
                self._open(path)

    def _on_exported(self, facts: str) -> None:
        self._studio.message.emit("info", f"Exported {facts}.")

    def _on_export_failed(self, error: Exception) -> None:
        if not isinstance(error, ExportError):
            raise error
        self._studio.message.emit("problem", str(error))
