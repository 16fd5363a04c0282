"""Copies of unsaved work in a folder that only the user can read, found again after a crash."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from cnnstudio.project.error import ProjectFileError
from cnnstudio.project.file import load

PATTERN = "autosave-*.cnn"
NAME_ENDING = ".name"  # of the file beside a copy that says what it is a copy of
MAX_NAME = 1000  # bytes


@dataclass(frozen=True)
class AutosavedCopy:
    """A copy of unsaved work: its file, the name of the project, and when it was written, in seconds since 1970."""

    path: Path
    name: str
    time: float

    def remove(self) -> None:
        """Remove it, if that is possible."""
        remove_copy(self.path)


class AutosaveFolder:
    """Writes the copy of this process, `path`, and finds those of processes that have ended without removing theirs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / f"autosave-{time.time_ns()}-{os.getpid()}.cnn"

    def write(self, name: str, write: Callable[[], object]) -> None:
        """Call `write`, which writes the copy of the project with this name to `path`. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(OSError):  # some file systems have no permissions
            self._folder.chmod(0o700)
        write()
        _name_file(self.path).write_text(name, encoding="utf-8", errors="surrogatepass")
        with suppress(OSError):
            for file in (self.path, _name_file(self.path)):
                file.chmod(0o600)

    def remove(self) -> None:
        """Remove the copy of this process, if there is one and that is possible."""
        remove_copy(self.path)

    def newest_readable(self) -> AutosavedCopy | None:
        """The newest copy that a crashed process has left and that can be read; older ones are found afterwards.

        Copies that cannot be read are renamed, so that they are kept but not found again.
        """
        for modified, path in sorted(self._left(), reverse=True):
            try:
                title = load(path).project.title
            except ProjectFileError:
                _set_aside(path)
                continue
            return AutosavedCopy(path, _read_name(path) or title, modified)
        return None

    def _left(self) -> Iterator[tuple[float, Path]]:
        """Copies of processes that have ended, each with its time."""
        with suppress(OSError):
            for path in self._folder.glob(PATTERN):
                with suppress(OSError):
                    modified = path.stat().st_mtime
                    if path != self.path and not _alive(path, modified):
                        yield modified, path


def remove_copy(path: Path) -> None:
    """Remove a copy, if that is possible."""
    for file in (path, _name_file(path)):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _set_aside(path: Path) -> None:
    with suppress(OSError):
        path.rename(path.with_name(f"damaged-{path.name}"))


def _name_file(path: Path) -> Path:
    return path.with_suffix(NAME_ENDING)


def _read_name(path: Path) -> str:
    with suppress(OSError), _name_file(path).open("rb") as file:
        return file.read(MAX_NAME).decode(errors="replace")
    return ""


def _alive(path: Path, modified: float) -> bool:
    """Whether the process that wrote the copy still runs; another one may have its process id since."""
    try:
        writer = psutil.Process(int(path.stem.rpartition("-")[2]))
        return writer.create_time() <= modified
    except (ValueError, OverflowError, OSError, psutil.Error):
        return False
