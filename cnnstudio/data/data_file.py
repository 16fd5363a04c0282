"""Open the files of a dataset, plain or gzipped, with a limit that is known before anything is unpacked."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from cnnstudio.data.dataset import DataError
from cnnstudio.regular_file import open_regular, reason_of
from cnnstudio.unpacking_limit import most_unpacked

GZIP = b"\x1f\x8b"  # the first bytes, which tell more than a name


@contextmanager
def open_data_file(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Yield the file and the largest number of bytes that may be read from it.

    Raises DataError for what is no file or cannot be read, also while it is in use.
    """
    try:
        with open_regular(path) as file:
            packed = os.fstat(file.fileno()).st_size
            gzipped = file.read(len(GZIP)) == GZIP
            file.seek(0)
            if not gzipped:
                yield file, packed
                return
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked), most_unpacked(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({reason_of(error)}). Copy or download it again.") from error


def require_folder(folder: Path, what: str) -> None:
    """Raise DataError unless there is such a folder; `what` says what it contains."""
    if not os.path.isdir(folder):  # unlike Path.is_dir, it takes any text
        raise DataError(f"There is no folder {folder}. Give the folder that contains {what}.")
