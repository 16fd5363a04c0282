"""Open files for reading that were named by someone: pipes, devices and folders are refused, not waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. Raises OSError, whose `strerror` says what else the path is."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "the path contains a NUL character", str(path))
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except UnicodeEncodeError as error:
        raise OSError(errno.EINVAL, "the path contains an invalid character", str(path)) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def reason_of(error: BaseException) -> str:
    """Why a file could not be read or written, in one line."""
    reason = " ".join(str(getattr(error, "strerror", None) or error).split())
    return reason.rstrip(".") or type(error).__name__
