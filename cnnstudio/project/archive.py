"""The zip file that a project is: its members, within limits that are checked before anything is unpacked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from cnnstudio.array import Array
from cnnstudio.engine.memory import SMALLER_FILE, NotEnoughMemoryError, check_memory
from cnnstudio.project.error import ProjectFileError
from cnnstudio.regular_file import open_regular, reason_of
from cnnstudio.unpacking_limit import most_unpacked

MAX_MEMBERS = 1000
MAX_CONTENTS = 1 << 20  # bytes of the list of contents, which is read before anything is known of it
MAX_TENSOR_NAMES = 4 << 20  # bytes of the names and shapes in a safetensors member
STAMP = (2000, 1, 1, 0, 0, 0)  # the time of every member, so that equal projects give equal files
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others expand without a limit while they are read
LONGEST_TAIL = 76 + 22 + 0xFFFF  # bytes of the records at the end of a zip file, with the longest comment


class KeptMembers:
    """Members that a newer version added: they stay in the file they are in, which stays open for that.

    Equal where names and contents are equal.
    """

    def __init__(self, archive: zipfile.ZipFile | None = None, members: Collection[zipfile.ZipInfo] = ()) -> None:
        self._archive, self._members = archive, tuple(members)

    def copy_to(self, target: zipfile.ZipFile) -> None:
        """Copy them, without holding any in memory. Raises BadZipFile where the file was damaged meanwhile."""
        for member in self._members:
            assert self._archive is not None
            entry = zipfile.ZipInfo(member.filename, STAMP)
            entry.compress_type, entry.file_size = member.compress_type, member.file_size
            with self._archive.open(member) as source, target.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeptMembers) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[tuple[str, int, int], ...]:
        return tuple((member.filename, member.CRC, member.file_size) for member in self._members)


class ProjectArchive:
    """An open project file. Every method raises ProjectFileError for what is damaged, or made to fill the memory."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, size: int) -> None:
        self._path, self._archive = path, archive
        self._members = {member.filename: member for member in archive.infolist()}
        self._check_sizes(archive.infolist(), size)

    def _check_sizes(self, members: list[zipfile.ZipInfo], size: int) -> None:
        packed = sum(member.compress_size for member in members)
        unpacked = sum(member.file_size for member in members)
        if packed > size:
            raise ProjectFileError(f"{self._path} is damaged: the parts that it lists are larger than the file.")
        if unpacked > most_unpacked(packed):
            raise ProjectFileError(
                f"{self._path} was not opened: it would expand from {packed:,} to {unpacked:,} bytes."
            )

    def read(self, name: str, most: int) -> bytes | None:
        """The contents of a member of at most this many bytes; None where there is none."""
        member = self._member(name)
        if member is None:
            return None
        if member.file_size > most:
            raise ProjectFileError(
                f"{self._path} was not opened: its {name} has {member.file_size:,} bytes, which is far too many."
            )
        return self._archive.read(member)

    def read_tensors(self, name: str) -> dict[str, Array]:
        """The arrays in a safetensors member, by name; none where there is no such member."""
        member = self._member(name)
        if member is None:
            return {}
        with self._archive.open(member) as file:
            length = int.from_bytes(file.read(8), "little")
        if length > MAX_TENSOR_NAMES:
            raise ProjectFileError(f"{self._path} is damaged: its {name} begins with a list that is far too long.")
        try:
            check_memory(2 * member.file_size, f"Opening {self._path}", SMALLER_FILE)
        except NotEnoughMemoryError as error:
            raise ProjectFileError(str(error)) from error
        try:
            tensors: dict[str, Array] = load_tensors(self._archive.read(member))
        except (SafetensorError, struct.error, KeyError, ValueError, TypeError) as error:
            raise ProjectFileError(f"{self._path} is damaged: its {name} cannot be read.") from error
        if not all(array.dtype.kind in "fiu" for array in tensors.values()):
            raise ProjectFileError(f"{self._path} is damaged: its {name} contains something other than numbers.")
        return tensors

    def _member(self, name: str) -> zipfile.ZipInfo | None:
        member = self._members.get(name)
        if member is not None and member.compress_type not in METHODS:
            raise ProjectFileError(f"{self._path} was not opened: its {name} is compressed with an unsupported method.")
        return member

    def contents_hash(self) -> str:
        """Equal for files with equal contents, whenever they were written."""
        parts = [[name, member.CRC, member.file_size] for name, member in sorted(self._members.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def keep(self, known: Collection[str]) -> KeptMembers:
        """The members with other names, for the next save."""
        others = [m for name, m in self._members.items() if name not in known and not m.is_dir()]
        for member in others:
            self._member(member.filename)
        return KeptMembers(zipfile.ZipFile(self._path), others) if others else KeptMembers()


@contextmanager
def open_archive(path: Path) -> Iterator[ProjectArchive]:
    """Open a project file. It stays open for as long as members are kept. Raises ProjectFileError."""
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            _check_contents(file, size, path)
        with zipfile.ZipFile(path) as archive:
            opened = ProjectArchive(path, archive, size)
            yield opened
    except zipfile.BadZipFile as error:
        raise ProjectFileError(
            f"{path} is not a CNN Studio project: it is not a zip file, or it is damaged."
        ) from error
    except ProjectFileError:
        raise
    except (ValueError, struct.error) as error:  # invalid member names and offsets
        raise ProjectFileError(f"{path} is damaged: its list of contents is invalid.") from error
    except (OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ProjectFileError(f"{path} cannot be read ({reason_of(error)}).") from error


def _check_contents(file: BinaryIO, size: int, path: Path) -> None:
    """Refuse a file whose list of contents is too long to be read. One without a list is no zip file, and passes."""
    file.seek(max(0, size - LONGEST_TAIL))
    tail = file.read()
    end = len(tail) - 22
    if not (tail[end:].startswith(b"PK\5\6") and tail.endswith(b"\0\0")):  # it may be followed by a comment
        end = tail.rfind(b"PK\5\6")
    if not 0 <= end <= len(tail) - 22:
        return
    count, length = struct.unpack_from("<HL", tail, end + 10)
    if tail[max(0, end - 76) : end].startswith(b"PK\6\6"):  # the same in the records of large files
        count, length = struct.unpack_from("<2Q", tail, end - 76 + 32)
    if count > MAX_MEMBERS or length > MAX_CONTENTS:
        raise ProjectFileError(
            f"{path} was not opened: it has {count:,} parts; a CNN Studio project has at most {MAX_MEMBERS:,}."
        )
