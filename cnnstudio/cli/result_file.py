"""The file that a trained network is saved in; a file that someone else has changed meanwhile is not replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnstudio.array import Array
from cnnstudio.cli.streams import report
from cnnstudio.project import Project, ProjectFileChangedError, SavedProject, require_writable, save
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.training.checkpoint import Checkpoint


class ResultFile:
    """Saves again and again to one path, or beside it from the moment at which somebody else has changed the file."""

    def __init__(self, path: Path, read_from: Path, saved: SavedProject) -> None:
        """Raise ProjectFileError where nothing can be written to the path."""
        require_writable(path)
        self.path = path
        self.moved = False
        self._expected = saved.contents_hash if path.exists() and path.samefile(read_from) else ""

    def save(
        self, project: Project, arrays: Mapping[str, Array], checkpoint: Checkpoint, runs: Sequence[SavedRun]
    ) -> None:
        """Save everything. Raises ProjectFileError."""
        try:
            self._expected = save(self.path, project, arrays, checkpoint, runs=runs, expected=self._expected)
        except ProjectFileChangedError:
            changed, self.path, self.moved = self.path, _free_path_beside(self.path), True
            self._expected = save(self.path, project, arrays, checkpoint, runs=runs)
            report(f"{changed} was changed by another program; the trained network is saved as {self.path} instead.")


def _free_path_beside(path: Path) -> Path:
    number = 1
    while (free := path.with_name(f"{path.stem}-trained-{number}{path.suffix}")).exists():
        number += 1
    return free
