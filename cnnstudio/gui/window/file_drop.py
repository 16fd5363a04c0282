"""Files and folders that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from cnnstudio.data.sources import dataset_in
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.project_files import ProjectFiles


class FileDrop(QObject):
    """Opens what is dropped: a project, a folder with a dataset, or an image."""

    def __init__(self, studio: Studio, files: ProjectFiles, parent: QObject) -> None:
        super().__init__(parent)
        self._studio, self._files = studio, files

    def enter(self, event: QDragEnterEvent) -> None:
        """Accept the drag if there is a local file or folder in it."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Open the first local file or folder, once the drop has ended: it may open a dialog."""
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self._open(path))

    def _open(self, path: Path) -> None:
        if path.suffix.lower() == ".cnn":
            self._files.open(path)
        elif path.is_dir():
            self._studio.choose_data(dataset_in(path))
        else:
            self._studio.show_image_file(path)
