"""The project file (.cnn): a zip of JSON and safetensors, written atomically; nothing in it is executed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save as save_tensors

from cnnstudio import atomic_write
from cnnstudio.array import Array
from cnnstudio.interruption import check_interrupted
from cnnstudio.project import run_history
from cnnstudio.project.archive import STAMP, KeptMembers, ProjectArchive, open_archive
from cnnstudio.project.error import ProjectFileChangedError, ProjectFileError
from cnnstudio.project.finite_arrays import not_a_number, not_finite
from cnnstudio.project.project import Project, SavedProject
from cnnstudio.project.project_json import MAX_BYTES, project_from_json, project_to_json
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.regular_file import reason_of
from cnnstudio.training.best_weights import BestWeights
from cnnstudio.training.checkpoint import Checkpoint

KNOWN = (
    "project.json",
    "weights.safetensors",
    "checkpoint.safetensors",
    "best.safetensors",
    *run_history.MEMBERS,
)  # the members it consists of
CHUNK = 1 << 24  # bytes that are written at once


def save(
    path: Path,
    project: Project,
    arrays: Mapping[str, Array] | None = None,
    checkpoint: Checkpoint | None = None,
    *,
    runs: Sequence[SavedRun] = (),
    expected: str = "",
) -> str:
    """Write to a temporary file, then replace the target, so that a failure leaves an existing file unchanged.

    Returns the hash of what was written. `expected` is the hash that an existing file must have, as `load` or the last
    `save` gave it; without one, whatever is there is replaced. Raises ProjectFileError, ProjectFileChangedError where
    the file has another hash.
    """
    members = {"project.json": _openable_json(project, path)}
    if bad := not_finite(arrays or {}):
        raise ProjectFileError(
            f"{path} was not saved, because {bad} contains NaN, infinity or numbers that are far too large. "
            "Reset the training before you save."
        )
    if arrays:
        members["weights.safetensors"] = _tensors_to_bytes(arrays)
    if checkpoint is not None:
        members["checkpoint.safetensors"] = _checkpoint_to_bytes(checkpoint)
        if checkpoint.best is not None and checkpoint.best.step != checkpoint.step:  # else they are the last ones
            members["best.safetensors"] = _tensors_to_bytes(checkpoint.best.arrays)
    if runs:
        text, curves = run_history.history_to_members(runs)
        members |= {run_history.RUNS: text, run_history.CURVES: _tensors_to_bytes(curves)}
    with _explaining(path):
        if expected:
            _require_unchanged(path, expected)
        with atomic_write.replacing(path) as temporary:
            _write_zip(temporary, members, project.members)
            return contents_hash(temporary)


def _openable_json(project: Project, path: Path) -> bytes:
    """The project as text, which can be read again. Raises ProjectFileError where it is too large for that."""
    text = project_to_json(project)
    try:
        project_from_json(text, path)
    except ProjectFileError as error:
        raise ProjectFileError(f"{path} was not saved, because it could not be opened again: {error}") from error
    return text


def require_writable(path: Path) -> None:
    """Raise ProjectFileError if the file cannot be written, to find out before a long computation."""
    with _explaining(path):
        atomic_write.require_writable(path)


def load(path: Path) -> SavedProject:
    """Read a project file. Raises ProjectFileError."""
    with open_archive(path) as archive:
        text = archive.read("project.json", MAX_BYTES)
        if text is None:
            raise ProjectFileError(f"{path} is not a CNN Studio project: it has no project.json.")
        project = project_from_json(text, path)
        arrays = archive.read_tensors("weights.safetensors")
        memory = archive.read_tensors("checkpoint.safetensors")
        best = archive.read_tensors("best.safetensors") or arrays
        if bad := not_finite(arrays) or not_finite(best):
            raise ProjectFileError(
                f"{path} was not opened: {bad:.100} in its weights contains NaN, infinity or numbers that are far too "
                "large. Open an earlier copy."
            )
        runs = _read_runs(archive, path)
        project = replace(project, members=archive.keep(KNOWN))
        found = archive.contents_hash()
    checkpoint = _checkpoint_from(memory, project, best, path) if memory else None
    return SavedProject(project, arrays, checkpoint, runs, found)


def _read_runs(archive: ProjectArchive, path: Path) -> tuple[SavedRun, ...]:
    text = archive.read(run_history.RUNS, MAX_BYTES)
    if text is None:
        return ()
    curves = archive.read_tensors(run_history.CURVES)
    return run_history.history_from_members(text, curves, path)


def contents_hash(path: Path) -> str:
    """The hash of a project file's contents: equal where they are, whenever they were written.

    Raises ProjectFileError.
    """
    with open_archive(path) as archive:
        return archive.contents_hash()


def _require_unchanged(path: Path, expected: str) -> None:
    try:
        changed = path.exists() and contents_hash(path) != expected
    except ProjectFileError:
        changed = True
    if changed:
        raise ProjectFileChangedError(
            f"{path} was not saved, because another program has changed it since it was read. "
            "Save under another name, or open it again."
        )


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Raise ProjectFileError for what prevents writing."""
    try:
        yield
    except (OSError, zipfile.BadZipFile) as error:
        raise ProjectFileError(
            f"{path} cannot be written ({reason_of(error)}). Choose another folder or free some space."
        ) from error


def _write_zip(path: Path, members: Mapping[str, bytes], kept: KeptMembers) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            entry.file_size = len(data)
            with archive.open(entry, "w") as member:
                for start in range(0, len(data), CHUNK):
                    check_interrupted()
                    member.write(memoryview(data)[start : start + CHUNK])
        kept.copy_to(archive)


def _tensors_to_bytes(arrays: Mapping[str, Array]) -> bytes:
    return bytes(save_tensors({key: np.ascontiguousarray(array) for key, array in arrays.items()}))


def _checkpoint_to_bytes(checkpoint: Checkpoint) -> bytes:
    tensors = {f"numbers.{name}": array for name, array in checkpoint.arrays().items()}
    tensors |= {f"slots.{name}": array for name, array in checkpoint.slots.items()}
    return bytes(save_tensors(tensors))


def _checkpoint_from(
    tensors: Mapping[str, Array], project: Project, best: Mapping[str, Array], path: Path
) -> Checkpoint:
    """The checkpoint; old files count steps only, which are epochs with the batch size of the project."""
    parts: dict[str, dict[str, Array]] = {"numbers": {}, "slots": {}}
    for key, array in tensors.items():
        part, _, name = key.partition(".")
        parts.setdefault(part, {})[name] = array
    try:
        if bad := not_a_number(parts["slots"]):
            raise ValueError(f"the optimizer's {bad:.100} contains NaN")
        checkpoint = Checkpoint.from_arrays(parts["numbers"], parts["slots"])
        if "best" in parts["numbers"]:
            checkpoint.best = BestWeights.from_numbers(parts["numbers"], best)
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ProjectFileError(
            f"{path} is damaged: its checkpoint.safetensors is incomplete or invalid ({error})."
        ) from error
    if "position" not in parts["numbers"] and not checkpoint.legacy_batch_size:
        checkpoint.legacy_batch_size = project.training.settings.batch_size
    return checkpoint
