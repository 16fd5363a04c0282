"""Saves unsaved work in case of a crash, and offers it at the next start."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from platformdirs import user_state_path
from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.studio import Studio

INTERVAL = 15_000  # milliseconds


class Autosave(QObject):
    """Writes a copy of unsaved work to the program's state folder, and removes it when the program exits normally."""

    saved = Signal()

    def __init__(self, studio: Studio, folder: Path | None = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self._folder = folder or user_state_path("cnnstudio", appauthor=False)
        self._path = self._folder / f"autosave-{time.time_ns()}-{os.getpid()}.cnn"
        self._state: object = None  # of the work at the last save
        self._writing = BackgroundTask(self)
        self._writing.arrived.connect(self._on_written)
        self._writing.failed.connect(self._on_failed)
        self._writing.finished.connect(self._on_finished)
        self._waiting = False  # for a snapshot
        self._failed = False
        self._merged: Path | None = None  # the copy that the file being written replaces
        self._restored: Path | None = None  # the restored copy, until ours replaces it
        self._timer = QTimer(self)
        self._discarded = False
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.save)

    def start(self) -> None:
        """Start saving regularly."""
        self._timer.start()

    def find_leftover(self) -> Path | None:
        """The newest copy of a program that crashed, if any; older ones are offered at the next starts."""
        found = [path for path in self._folder.glob("autosave-*.cnn") if path != self._path and not _alive(path)]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    def restore(self, path: Path) -> None:
        """Open a copy as unsaved work. Raises ProjectFileError."""
        self._studio.restore(path)
        self._restored = path
        self.save()

    def save(self) -> None:
        """Write a copy on a thread, if there is unsaved work that has changed since the last one."""
        runs = self._studio.run.records
        state = (self._studio.session.project, len(runs), runs[-1].last if runs else None)
        if self._discarded or not self._studio.changed or state == self._state or self._waiting or self._writing.busy:
            return
        self._state, self._waiting = state, True
        self._studio.copy_to(self._path, self._write)

    def _write(self, write: Callable[[], object]) -> None:
        if not self._waiting:
            return
        self._waiting, self._merged = False, self._restored
        self._writing.begin(call(lambda: _write(self._folder, write)))

    def discard(self) -> None:
        """Stop, and remove the copy: the program exits normally."""
        self._timer.stop()
        self._discarded, self._waiting = True, False
        self._writing.wait()
        for path in (self._path, self._restored):
            if path is not None:
                path.unlink(missing_ok=True)

    def _on_written(self, result: object) -> None:
        self._failed = False
        if self._merged is not None:
            self._merged.unlink(missing_ok=True)
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


def _write(folder: Path, write: Callable[[], object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write()


def _alive(path: Path) -> bool:
    """Whether the program that wrote the copy still runs; another one may have its process id since."""
    try:
        writer = psutil.Process(int(path.stem.rpartition("-")[2]))
        return writer.create_time() <= path.stat().st_mtime
    except (ValueError, OSError, psutil.Error):
        return False
