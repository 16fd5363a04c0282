"""Reader for the IDX format of MNIST (LeCun, 1998), plain or gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.dataset import DataError, Dataset, Scaling, split_off
from cnnstudio.interruption import check_interrupted

UNSIGNED_BYTE = 0x08
PARTS = {"train": ("train", "training"), "test": ("t10k", "test")}
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
MAX_BYTES = 1 << 33  # per file, uncompressed
CHUNK = 1 << 20  # bytes that are read at once


def read_folder(folder: Path, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """The dataset in `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and their `t10k` counterparts.

    A random fraction `validation` of the training images is held out. Raises DataError.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give the folder that contains the IDX files.")
    images, labels = _read_pair(folder, "train")
    test_images, test_labels = _read_pair(folder, "test")
    if test_images.shape[1:] != images.shape[1:]:
        raise DataError(
            f"The training images in {folder} are {_size(images)}, but the test images are {_size(test_images)}; "
            "they must have the same size."
        )
    train, held = split_off(len(images), validation, seed)
    everything = np.concatenate([images, test_images])[:, None]
    all_labels = np.concatenate([labels, test_labels]).astype(np.int64)
    test = np.arange(len(images), len(everything))
    classes = int(all_labels.max(initial=0)) + 1
    names = FASHION if "fashion" in folder.name.lower() and classes == 10 else tuple(map(str, range(classes)))
    scaling = Scaling.measured(everything[: len(images)])
    return Dataset(folder.name, everything, all_labels, names, _splits(train, held, test), scaling)


def _splits(train: Array, validation: Array, test: Array) -> dict[str, Array]:
    return {"train": train, "validation": validation, "test": test}


def _size(images: Array) -> str:
    return f"{images.shape[1]} × {images.shape[2]}"


def _read_pair(folder: Path, part: str) -> tuple[Array, Array]:
    images = read_idx(_find(folder, part, "images-idx3"), 3)
    labels = read_idx(_find(folder, part, "labels-idx1"), 1)
    if len(images) != len(labels):
        raise DataError(
            f"{folder} has {len(images)} {part} images but {len(labels)} labels; the numbers must be equal."
        )
    return images, labels


def _find(folder: Path, part: str, what: str) -> Path:
    for prefix in PARTS[part]:
        for separator in ("-", "."):
            for ending in ("", ".gz"):
                path = folder / f"{prefix}-{what.replace('-', separator)}-ubyte{ending}"
                if path.is_file():
                    return path
    raise DataError(
        f"{folder} has no {PARTS[part][0]}-{what}-ubyte (or .gz). An MNIST folder contains train- and t10k- files "
        "named images-idx3-ubyte and labels-idx1-ubyte."
    )


def read_idx(path: Path, dimensions: int) -> Array:
    """The uint8 array with this number of dimensions in an IDX file.

    The header is compared with the size of the file before any memory is allocated. Raises DataError.
    """
    try:
        with _open(path) as file:
            return _read_array(file, path, dimensions)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Copy or download it again.") from error


def _open(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _read_array(file: BinaryIO, path: Path, dimensions: int) -> Array:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != UNSIGNED_BYTE or magic[3] != dimensions:
        raise DataError(
            f"{path} is not an IDX file of bytes with {dimensions} dimension(s); its first bytes are wrong."
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{path} ends within its header. Copy or download it again.")
    shape = struct.unpack(f">{dimensions}I", sizes)
    claimed = int(np.prod(shape, dtype=object))
    held = _bytes_left(file, path)
    if claimed > held or claimed > MAX_BYTES:
        raise DataError(
            f"{path} should contain {' × '.join(map(str, shape))} bytes by its header, but contains {held:,}; "
            "it is truncated or damaged. Copy or download it again."
        )
    array: Array = np.frombuffer(_read(file, claimed), np.uint8).reshape(shape)
    if not array.size:
        raise DataError(f"{path} is empty: its header says {' × '.join(map(str, shape))}.")
    return array


def _read(file: BinaryIO, size: int) -> bytearray:
    """The next bytes, this many."""
    data = bytearray(size)
    rest = memoryview(data)
    while count := file.readinto(rest[:CHUNK]):  # type: ignore[attr-defined]
        check_interrupted()
        rest = rest[count:]
    return data


def _bytes_left(file: BinaryIO, path: Path) -> int:
    """The number of bytes that follow. A gzipped file is read through in chunks, which also checks its checksum."""
    start = file.tell()
    if path.suffix == ".gz":
        count = 0
        while chunk := file.read(CHUNK):
            check_interrupted()
            count += len(chunk)
        file.seek(start)
        return count
    return path.stat().st_size - start
