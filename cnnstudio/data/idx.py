"""Reader for the IDX format of MNIST (LeCun, 1998), plain or gzipped."""

from __future__ import annotations

import os
import struct
from gzip import GzipFile
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.data_file import open_data_file, require_folder
from cnnstudio.data.dataset import DataError, Dataset, Scaling, split_off
from cnnstudio.engine.memory import SMALLER_FILE, NotEnoughMemoryError, check_memory
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import Shape

UNSIGNED_BYTE = 0x08
PARTS = {"train": ("train", "training"), "test": ("t10k", "test")}
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
MAX_SIDE = 4096  # pixels
CHUNK = 1 << 20  # bytes that are read at once


def read_folder(folder: Path, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """The dataset in `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and their `t10k` counterparts.

    A random fraction `validation` of the training images is held out. Raises DataError.
    """
    require_folder(folder, "the IDX files")
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
                if os.path.isfile(path):
                    return path
    raise DataError(
        f"{folder} has no {PARTS[part][0]}-{what}-ubyte (or .gz). An MNIST folder contains train- and t10k- files "
        "named images-idx3-ubyte and labels-idx1-ubyte."
    )


def read_idx(path: Path, dimensions: int) -> Array:
    """The uint8 array with this number of dimensions in an IDX file.

    The header is compared with what the file can contain before any memory is allocated. Raises DataError.
    """
    with open_data_file(path) as (file, most):
        return _read_array(file, most, path, dimensions)


def _read_array(file: BinaryIO, most: int, path: Path, dimensions: int) -> Array:
    """The array in an open file of at most this many bytes."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != UNSIGNED_BYTE or magic[3] != dimensions:
        raise DataError(
            f"{path} is not an IDX file of bytes with {dimensions} dimension(s); its first bytes are wrong."
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{path} ends within its header. Copy or download it again.")
    shape = struct.unpack(f">{dimensions}I", sizes)
    if 0 in shape:
        raise DataError(f"{path} is empty: its header says {' × '.join(map(str, shape))}.")
    size, left = prod(shape), most - 4 - len(sizes)
    if size > left:
        found = "is unpacked to at most" if isinstance(file, GzipFile) else "contains"
        raise _truncated(path, shape, f"{found} {left:,}")
    if max(shape[1:], default=0) > MAX_SIDE:
        raise DataError(f"{path} has images of {shape[1]} × {shape[2]} pixels; a network takes at most {MAX_SIDE}.")
    array = _read_bytes(file, size, path)
    if len(array) < size:
        raise _truncated(path, shape, f"contains {len(array):,}")
    file.read(1)  # compares the checksum of a gzipped file
    return array.reshape(shape)


def _read_bytes(file: BinaryIO, size: int, path: Path) -> Array:
    """That many bytes, or fewer where the file ends before."""
    try:
        check_memory(size, f"Reading {path}", SMALLER_FILE)
    except NotEnoughMemoryError as error:
        raise DataError(str(error)) from error
    array = np.empty(size, np.uint8)
    place = 0
    while place < size and (count := file.readinto(array[place : place + CHUNK].data)):  # type: ignore[attr-defined]
        check_interrupted()
        place += count
    return array[:place]


def _truncated(path: Path, shape: Shape, found: str) -> DataError:
    return DataError(
        f"{path} should contain {' × '.join(map(str, shape))} bytes by its header, but {found}; it is truncated or "
        "damaged. Copy or download it again."
    )
