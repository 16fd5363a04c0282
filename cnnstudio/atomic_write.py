"""Replace a file only when the new one is complete, so that a failure at any moment leaves the old one as it was."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where a file that someone writes cannot be removed
    fcntl = None  # type: ignore[assignment]

ENDING = ".cnnstudio-tmp"  # of temporary files
LONGEST = 50  # characters of the target's name within that of a temporary file
ALL_WRITE = 0o222


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside the path; when the block ends without an error, it replaces the path.

    Links are followed, permissions kept. Temporary files of writers that were killed are removed. Raises OSError, also
    where the path is anything but a regular file, or read-only.
    """
    target = require_replaceable(path)
    _remove_stale(target)
    lock, temporary = _create_locked(target)
    try:
        yield temporary
        os.fsync(lock.fileno())
        with suppress(OSError):  # some file systems have no permissions
            if target.exists():
                os.chmod(temporary, target.stat().st_mode & 0o777)
        if fcntl is None:
            lock.close()
        os.replace(temporary, target)
    finally:
        lock.close()
        temporary.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Find out before a long computation whether the path can be replaced. Raises OSError."""
    lock, temporary = _create_locked(require_replaceable(path))
    lock.close()
    temporary.unlink()


def require_replaceable(path: Path) -> Path:
    """The file that the path leads to, whether it exists or not. Raises OSError where it cannot be replaced."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "the path contains a NUL character", str(path))
    try:
        target = path.resolve()
    except UnicodeEncodeError as error:
        raise OSError(errno.EINVAL, "the path contains an invalid character", str(path)) from error
    except RuntimeError as error:  # Python 3.12 and older
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if target.exists():
        if not target.is_file():
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        if not target.stat().st_mode & ALL_WRITE or not os.access(target, os.W_OK):
            raise OSError(errno.EACCES, "it is read-only", str(path))
    return target


def _prefix(target: Path) -> str:
    return f".{target.name[:LONGEST]}."


def _create_locked(target: Path) -> tuple[BinaryIO, Path]:
    """A new temporary file beside the target, open and locked, so that other writers know that it is in use."""
    while True:
        temporary = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}{ENDING}")
        lock = temporary.open("x+b")
        _lock(lock.fileno())
        if os.fstat(lock.fileno()).st_nlink or fcntl is None:
            return lock, temporary
        lock.close()  # another writer took it for a stale one before it was locked


def _remove_stale(target: Path) -> None:
    """Remove temporary files of the same target that nobody holds locked."""
    with suppress(OSError):
        for name in os.listdir(target.parent):
            if name.startswith(_prefix(target)) and name.endswith(ENDING):
                with suppress(OSError):
                    _remove_unlocked(target.with_name(name))


def _remove_unlocked(temporary: Path) -> None:
    handle = os.open(temporary, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        free = _lock(handle)
    finally:
        os.close(handle)
    if free:
        temporary.unlink()


def _lock(handle: int) -> bool:
    """Lock the file until it is closed; returns False where another process has locked it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
