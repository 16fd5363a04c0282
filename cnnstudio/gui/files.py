"""New, open, save and export, with the questions they ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cnnstudio.export import FORMATS, ExportError, export_network
from cnnstudio.gui.studio import Studio
from cnnstudio.gui.worker import Worker, call
from cnnstudio.project import Project, ProjectFileError, new_project

FILTER = "CNN Studio projects (*.cnn)"


class Files(QObject):
    """Everything that reads or writes a file because a person asked for it."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self._then: Callable[[], object] | None = None
        self._exporting: Worker | None = None
        studio.saved.connect(self._on_saved)

    def new(self, template: str) -> None:
        """Begin with a template."""
        if self.may_leave():
            self._studio.new(new_project(template))

    def new_empty(self) -> None:
        """Begin with an empty canvas and the data at hand."""
        if self.may_leave():
            self._studio.new(Project(data=self._studio.session.project.data))

    def ask_open(self) -> None:
        """Ask which project to open."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open project", self._folder(), FILTER)
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a project; what is open stays if that fails."""
        if not self.may_leave():
            return
        try:
            self._studio.open(path)
        except ProjectFileError as error:
            self._studio.said.emit("problem", str(error))

    def save(self) -> None:
        """Save where the project was saved last, or ask."""
        if self._studio.session.path is None:
            self.save_as()
        else:
            self._studio.save(self._studio.session.path)

    def save_as(self) -> None:
        """Ask where to save."""
        start = self._studio.session.path or Path(self._folder()) / f"{self._studio.session.project.title}.cnn"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save project", str(start), FILTER)
        if name:
            self._studio.save(_with_ending(Path(name), ".cnn"))

    def ask_export(self, name: str) -> None:
        """Ask where to write the network in this format, then write it on a thread."""
        format = FORMATS[name]
        stem = self._studio.session.path.stem if self._studio.session.path else self._studio.session.project.title
        start = Path(self._folder()) / f"{stem}{format.ending}"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, f"Export {format.title}", str(start), f"{format.title} (*{format.ending})"
        )
        if chosen:
            self.export(name, _with_ending(Path(chosen), format.ending))

    def export(self, name: str, path: Path) -> None:
        """Write the network in this format, on a thread; the log says how it went."""
        network, graph = self._studio.live.network, self._studio.session.graph
        if network is None or not self._studio.live.current:
            self._studio.said.emit("problem", "The network is not complete; see the Problems panel for what it lacks.")
            return
        if self._exporting is not None:
            self._studio.said.emit("problem", "Another export is still at work; try again when it is done.")
            return
        copy = network.copy()
        names = {node.id: node.name for node in graph.nodes.values()}
        self._exporting = Worker(call(lambda: export_network(name, copy, path, names)), self)
        self._exporting.arrived.connect(self._on_exported)
        self._exporting.failed.connect(self._on_export_failed)
        self._exporting.finished.connect(self._on_export_finished)
        self._exporting.start()

    def may_leave(self, then: Callable[[], object] | None = None) -> bool:
        """Ask what to do with unsaved work; True where it may be left behind now.

        Where the answer is to save, `then` is called once that is done.
        """
        if not self._studio.changed:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved work",
            f"Save the changes to {self._studio.session.project.title}?",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if answer == buttons.Save:
            self._then = then
            self.save()
            return not self._studio.changed
        return bool(answer == buttons.Discard)

    def close(self) -> None:
        """Wait for an export to end."""
        if self._exporting is not None:
            self._exporting.wait()

    def _folder(self) -> str:
        path = self._studio.session.path
        recent = self._studio.settings.recent
        return str(path.parent if path else recent[0].parent if recent else Path.home())

    def _on_saved(self, path: Path) -> None:
        self._studio.said.emit("info", f"Saved {path}.")
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_exported(self) -> None:
        if self._exporting is not None:
            for facts in self._exporting.take():
                self._studio.said.emit("info", f"Exported {facts}.")

    def _on_export_failed(self, error: Exception) -> None:
        if not isinstance(error, ExportError):
            raise error
        self._studio.said.emit("problem", str(error))

    def _on_export_finished(self) -> None:
        if self._exporting is not None:
            self._exporting.deleteLater()
            self._exporting = None


def _with_ending(path: Path, ending: str) -> Path:
    return path if path.suffix else path.with_suffix(ending)
