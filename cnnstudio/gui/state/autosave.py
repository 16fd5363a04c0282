"""Saves unsaved work in case of a crash, and offers it at the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from platformdirs import user_state_path
from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project.autosave_folder import AutosavedCopy, AutosaveFolder

INTERVAL = 15_000  # milliseconds


class Autosave(QObject):
    """Writes a copy of unsaved work to the program's state folder, and removes it when the program exits normally."""

    saved = Signal()
    found = Signal(object)  # AutosavedCopy of a program that crashed

    def __init__(self, studio: Studio, folder: Path | None = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self._folder = AutosaveFolder(folder or user_state_path("cnnstudio", appauthor=False))
        self._state: object = None  # of the work at the last save
        self._writing = BackgroundTask(self)
        self._writing.arrived.connect(self._on_written)
        self._writing.failed.connect(self._on_failed)
        self._writing.finished.connect(self._on_finished)
        self._finding = BackgroundTask(self)
        self._finding.arrived.connect(self._on_found)
        self._waiting = False  # for a snapshot
        self._failed = False
        self._merged: AutosavedCopy | None = None  # the copy that the file being written replaces
        self._restored: AutosavedCopy | None = None  # the restored copy, until ours replaces it
        self._timer = QTimer(self)
        self._discarded = False
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.save)

    def start(self) -> None:
        """Start saving regularly."""
        self._timer.start()

    def find_leftover(self) -> None:
        """Look on a thread for the newest readable copy of a program that crashed; `found` is emitted if there is one.

        Older ones are found at the next starts.
        """
        self._finding.begin(call(self._folder.newest_readable))

    def restore(self, copy: AutosavedCopy) -> None:
        """Open a copy as unsaved work. Raises ProjectFileError."""
        self._studio.restore(copy.path)
        self._restored = copy
        self.save()

    def save(self) -> None:
        """Write a copy on a thread, if there is unsaved work that has changed since the last one."""
        runs = self._studio.run.records
        state = (self._studio.session.project, len(runs), runs[-1].last if runs else None)
        if self._discarded or not self._studio.changed or state == self._state or self._waiting or self._writing.busy:
            return
        self._state, self._waiting = state, True
        self._studio.copy_to(self._folder.path, self._write)

    def _write(self, write: Callable[[], object]) -> None:
        if not self._waiting:
            return
        self._waiting, self._merged = False, self._restored
        session = self._studio.session
        name = session.path.name if session.path else session.project.title
        self._writing.begin(call(lambda: self._folder.write(name, write)))

    def discard(self) -> None:
        """Stop, and remove the copy: the program exits normally."""
        self._timer.stop()
        self._discarded, self._waiting = True, False
        self._finding.close()
        self._writing.close()
        self._folder.remove()
        if self._restored is not None:
            self._restored.remove()

    def _on_found(self, copy: AutosavedCopy | None) -> None:
        if copy is not None:
            self.found.emit(copy)

    def _on_written(self, result: object) -> None:
        self._failed = False
        if self._merged is not None:
            self._merged.remove()
            if self._restored == self._merged:
                self._restored = None
        self.saved.emit()

    def _on_failed(self, error: Exception) -> None:
        self._state = None
        if not self._failed:  # report it once
            self._failed = True
            self._studio.message.emit("problem", f"Autosave failed: {error}")

    def _on_finished(self) -> None:
        if self._restored is not None and not self._failed:  # restored while another copy was being written
            self.save()
