"""The project file (.cnn): a zip of JSON and safetensors, written atomically; nothing in it is executed."""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from lzma import LZMAError
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from cnnstudio import __version__
from cnnstudio.array import Array
from cnnstudio.engine.memory import NotEnoughMemoryError, check_memory
from cnnstudio.graph import GraphFormatError, graph_from_dict, graph_to_dict
from cnnstudio.graph.unknown_fields import leftover, merged
from cnnstudio.project.project import DataChoice, Project, SavedProject
from cnnstudio.spec import ParamError
from cnnstudio.training.best_weights import BestWeights
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.settings import TrainingChoice

VERSION = 1  # of the format that this program writes
KNOWN = (
    "project.json",
    "weights.safetensors",
    "checkpoint.safetensors",
    "best.safetensors",
)  # the members it consists of
MIN_READER = 1  # the oldest format version a program must support to read it
MAX_JSON = 64 << 20  # bytes; a thousand layers take less than one megabyte
ALWAYS_UNPACKED = 64 << 20  # bytes; the compression ratio of smaller members is not checked
MAX_RATIO = 100  # of compression of larger members, against zip bombs; arrays hardly compress
STAMP = (2000, 1, 1, 0, 0, 0)  # the time of every member, so that equal projects give equal files


class ProjectFileError(ValueError):
    """A project file that cannot be read or written; the message says why and what to do."""


def save(
    path: Path,
    project: Project,
    arrays: Mapping[str, Array] | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Write to a temporary file, then replace the target, so that a failure leaves an existing file unchanged.

    Raises ProjectFileError.
    """
    text = json.dumps(_project_to_dict(project), indent=1, ensure_ascii=False)
    members = {"project.json": text.encode(errors="surrogatepass")}
    if arrays:
        members["weights.safetensors"] = _tensors_to_bytes(arrays)
    if checkpoint is not None:
        members["checkpoint.safetensors"] = _checkpoint_to_bytes(checkpoint)
        if checkpoint.best is not None and checkpoint.best.step != checkpoint.step:  # else they are the last ones
            members["best.safetensors"] = _tensors_to_bytes(checkpoint.best.arrays)
    members |= dict(project.members)
    with _temporary_beside(path) as (temporary, target):
        with temporary.open("wb") as file:
            _write_zip(file, members)
            file.flush()
            os.fsync(file.fileno())
        _copy_permissions(target, temporary)
        os.replace(temporary, target)


def require_writable(path: Path) -> None:
    """Raise ProjectFileError if the file cannot be written, to find out before a long computation."""
    with _temporary_beside(path):
        pass


def load(path: Path) -> SavedProject:
    """Read a project file. Raises ProjectFileError."""
    try:
        if path.exists() and not path.is_file():
            raise ProjectFileError(f"{path} is not a file. Give the path of a project file (.cnn).")
        with zipfile.ZipFile(path) as archive:
            project = _project_from_dict(_read_json(archive, path), path)
            arrays = _read_tensors(archive, "weights.safetensors", path)
            memory = _read_tensors(archive, "checkpoint.safetensors", path)
            best = _read_tensors(archive, "best.safetensors", path)
            project = replace(project, members=tuple(_unknown_members(archive, path)))
    except zipfile.BadZipFile as error:
        raise ProjectFileError(
            f"{path} is not a CNN Studio project: it is not a zip file, or it is damaged."
        ) from error
    except ProjectFileError:
        raise
    except (ValueError, struct.error) as error:  # invalid member names and offsets
        raise ProjectFileError(f"{path} is damaged: its list of contents is invalid.") from error
    except (OSError, EOFError, LZMAError, zlib.error, NotImplementedError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectFileError(f"{path} cannot be read ({reason}).") from error
    return SavedProject(project, arrays, _checkpoint_from(memory, project, best or arrays, path) if memory else None)


@contextmanager
def _temporary_beside(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a temporary file and the target in the same folder; the temporary file is removed in the end."""
    try:
        if path.exists() and not path.is_file():
            raise ProjectFileError(f"{path} cannot be written (it is not a file). Choose another folder or name.")
        target = path.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary, target
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectFileError(
            f"{path} cannot be written ({reason}). Choose another folder or free some space."
        ) from error


def _write_zip(file: Any, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            archive.writestr(entry, data)


def _copy_permissions(path: Path, temporary: Path) -> None:
    """Give the new file the permissions of the one it replaces, or the default ones."""
    if path.exists():
        os.chmod(temporary, path.stat().st_mode & 0o777)
        return
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)


def _read_json(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    member = _member(archive, "project.json", path)
    if member is None:
        raise ProjectFileError(f"{path} is not a CNN Studio project: it has no project.json.")
    if member.file_size > MAX_JSON:
        raise ProjectFileError(f"{path} is not a CNN Studio project: its project.json is far too large.")
    try:
        data = json.loads(archive.read(member))
    except (ValueError, RecursionError) as error:
        raise ProjectFileError(f"{path} is damaged: its project.json is not valid JSON.") from error
    if not isinstance(data, dict):
        raise ProjectFileError(f"{path} is damaged: its project.json is not an object.")
    return data


def _read_tensors(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Array]:
    member = _member(archive, name, path)
    if member is None:
        return {}
    _need_memory(member, path)
    try:
        tensors: dict[str, Array] = load_tensors(archive.read(member))
    except (SafetensorError, struct.error, KeyError, ValueError, TypeError) as error:
        raise ProjectFileError(f"{path} is damaged: its {name} cannot be read.") from error
    if not all(array.dtype.kind in "fiu" for array in tensors.values()):
        raise ProjectFileError(f"{path} is damaged: its {name} contains something other than numbers.")
    return tensors


def _unknown_members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, bytes]]:
    """Members that a newer version added, to be preserved on saving."""
    for name in dict.fromkeys(archive.namelist()):
        member = _member(archive, name, path)
        if name not in KNOWN and member is not None:
            _need_memory(member, path)
            yield name, archive.read(member)


def _need_memory(member: zipfile.ZipInfo, path: Path) -> None:
    try:
        check_memory(2 * member.file_size, f"Opening {path}")
    except NotEnoughMemoryError as error:
        raise ProjectFileError(str(error)) from error


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> zipfile.ZipInfo | None:
    """The member with this name, or None. Raises ProjectFileError for a suspicious compression ratio."""
    if name not in archive.namelist():
        return None
    member = archive.getinfo(name)
    if member.file_size > ALWAYS_UNPACKED and member.file_size > MAX_RATIO * member.compress_size:
        raise ProjectFileError(
            f"{path} was not opened: its {name} would expand from {member.compress_size:,} to "
            f"{member.file_size:,} bytes."
        )
    return member


def _project_to_dict(project: Project) -> dict[str, object]:
    known = {
        "format": "cnnstudio",
        "version": VERSION,
        "min_reader": MIN_READER,
        "program": __version__,
        "title": project.title,
        "graph": graph_to_dict(project.graph),
        "data": project.data.to_dict(),
        "training": project.training.to_dict(),
    }
    return merged(known, json.loads(project.unknown)) if project.unknown else known


def _project_from_dict(data: Mapping[str, Any], path: Path) -> Project:
    min_reader = data.get("min_reader")
    if data.get("format") != "cnnstudio" or not isinstance(min_reader, int):
        raise ProjectFileError(f"{path} is not a CNN Studio project: its project.json belongs to another program.")
    if min_reader > VERSION:
        raise ProjectFileError(
            f"{path} was saved by a newer version of CNN Studio ({data.get('program', '?')}) than this, {__version__}. "
            "Install the newer version to open it."
        )
    try:
        project = Project(
            title=str(data["title"]),
            graph=graph_from_dict(data["graph"]),
            data=DataChoice.from_dict(data["data"]),
            training=TrainingChoice.from_dict(data["training"]),
        )
    except (GraphFormatError, ParamError) as error:
        raise ProjectFileError(f"{path} is damaged. {error}") from error
    except KeyError as error:
        raise ProjectFileError(f"{path} is damaged: {error} is missing in its project.json.") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProjectFileError(f"{path} is damaged: its project.json is invalid ({error}).") from error
    rest = leftover(data, _project_to_dict(project))
    return replace(project, unknown=json.dumps(rest)) if rest else project


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
        checkpoint = Checkpoint.from_arrays(parts["numbers"], parts["slots"])
        if "best" in parts["numbers"]:
            checkpoint.best = BestWeights.from_numbers(parts["numbers"], best)
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ProjectFileError(
            f"{path} is damaged: its checkpoint.safetensors is incomplete or invalid ({error})."
        ) from error
    if "position" not in parts["numbers"] and not checkpoint.uncounted:
        checkpoint.uncounted = project.training.settings.batch_size
    return checkpoint
