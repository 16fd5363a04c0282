"""Keeps unsaved work safe from a crash, and offers it again at the next start."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
from platformdirs import user_state_path
from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.gui.studio import Studio
from cnnstudio.project import ProjectFileError

EVERY = 15_000  # milliseconds


class Autosave(QObject):
    """Writes a copy of changed work beside the program's own files; it goes when the program ends well."""

    kept = Signal()

    def __init__(self, studio: Studio, folder: Path | None = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self._folder = folder or user_state_path("cnnstudio", appauthor=False)
        self._path = self._folder / f"autosave-{os.getpid()}.cnn"
        self._seen: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.keep)

    def start(self) -> None:
        """Begin to keep copies."""
        self._timer.start()

    def left_behind(self) -> Path | None:
        """A copy from a program that ended without saving, the newest; older ones stay for the next start."""
        found = [path for path in self._folder.glob("autosave-*.cnn") if not _alive(path)]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    def restore(self, path: Path) -> None:
        """Open what was left behind, as work that was never saved. Raises ProjectFileError."""
        self._studio.restore(path)
        path.unlink(missing_ok=True)

    def keep(self) -> None:
        """Write a copy if there is anything new that is not saved."""
        state = (self._studio.session.project, len(self._studio.run.histories), self._studio.run.state)
        if not self._studio.changed or state == self._seen:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._studio.keep(self._path)
        except (OSError, ProjectFileError) as error:
            self._studio.said.emit("problem", f"Autosave does not work: {error}")
            self._timer.stop()
            return
        self._seen = state
        self.kept.emit()

    def forget(self) -> None:
        """Remove the copy: the program ends well."""
        self._timer.stop()
        self._path.unlink(missing_ok=True)


def _alive(path: Path) -> bool:
    """Whether the program that wrote the copy still runs."""
    number = path.stem.rpartition("-")[2]
    return number.isdigit() and int(number) != os.getpid() and psutil.pid_exists(int(number))
