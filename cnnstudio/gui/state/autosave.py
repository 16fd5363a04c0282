"""Keeps unsaved work safe from a crash, and offers it again at the next start."""

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

EVERY = 15_000  # milliseconds


class Autosave(QObject):
    """Writes a copy of changed work beside the program's own files; it goes when the program ends well."""

    kept = Signal()

    def __init__(self, studio: Studio, folder: Path | None = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self._folder = folder or user_state_path("cnnstudio", appauthor=False)
        self._path = self._folder / f"autosave-{time.time_ns()}-{os.getpid()}.cnn"
        self._seen: object = None
        self._writing = BackgroundTask(self)
        self._writing.arrived.connect(self._on_written)
        self._writing.failed.connect(self._on_failed)
        self._writing.finished.connect(self._on_finished)
        self._waiting = False  # for what is to be written
        self._failed = False
        self._holds: Path | None = None  # the copy of another program that is in what is being written
        self._restored: Path | None = None  # a copy of another program that is not in ours yet
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.keep)

    def start(self) -> None:
        """Begin to keep copies."""
        self._timer.start()

    def left_behind(self) -> Path | None:
        """A copy from a program that ended without saving, the newest; older ones stay for the next start."""
        found = [path for path in self._folder.glob("autosave-*.cnn") if path != self._path and not _alive(path)]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    def restore(self, path: Path) -> None:
        """Open what was left behind, as work that was never saved. Raises ProjectFileError."""
        self._studio.restore(path)
        self._restored = path
        self.keep()

    def keep(self) -> None:
        """Write a copy, on a thread, if there is anything new that is not saved."""
        runs = self._studio.run.records
        state = (self._studio.session.project, len(runs), runs[-1].last if runs else None)
        if not self._studio.changed or state == self._seen or self._waiting or self._writing.busy:
            return
        self._seen, self._waiting = state, True
        self._studio.copy_to(self._path, self._write)

    def _write(self, write: Callable[[], None]) -> None:
        if not self._waiting:
            return
        self._waiting, self._holds = False, self._restored
        self._writing.begin(call(lambda: _write(self._folder, write)))

    def forget(self) -> None:
        """Remove the copy: the program ends well."""
        self._timer.stop()
        self._waiting = False
        self._writing.wait()
        for path in (self._path, self._restored):
            if path is not None:
                path.unlink(missing_ok=True)

    def _on_written(self, result: object) -> None:
        self._failed = False
        if self._holds is not None:
            self._holds.unlink(missing_ok=True)
            if self._restored == self._holds:
                self._restored = None
        self.kept.emit()

    def _on_failed(self, error: Exception) -> None:
        self._seen = None
        if not self._failed:  # once is enough
            self._failed = True
            self._studio.said.emit("problem", f"Autosave does not work: {error}")

    def _on_finished(self) -> None:
        if self._restored is not None and not self._failed:  # something else was being written when it was restored
            self.keep()


def _write(folder: Path, write: Callable[[], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write()


def _alive(path: Path) -> bool:
    """Whether the program that wrote the copy still runs, and not another that got its number since."""
    try:
        writer = psutil.Process(int(path.stem.rpartition("-")[2]))
        return writer.create_time() <= path.stat().st_mtime
    except (ValueError, OSError, psutil.Error):
        return False
