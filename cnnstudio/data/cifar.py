"""Reader for the binary version of CIFAR-10 (Krizhevsky, 2009), plain or gzipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.data_file import open_data_file, require_folder
from cnnstudio.data.dataset import DataError, Dataset, Scaling, split_off
from cnnstudio.interruption import check_interrupted

RECORD = 1 + 3 * 32 * 32  # a label, then the red, green and blue planes
MAX_RECORDS = 10_000  # per file
MAX_FILES = 20  # of training images; CIFAR-10 has 5
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read_folder(folder: Path, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """The dataset in `data_batch_1.bin` and so on, or some of them, and `test_batch.bin`. Raises DataError."""
    require_folder(folder, "the .bin files of CIFAR-10")
    training = _read_all(folder, "data_batch_*.bin*")
    test = _read_all(folder, "test_batch*.bin*")
    records = np.concatenate([training, test])
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= len(NAMES):
        raise DataError(
            f"{folder} contains labels above 9; it is not the binary version of CIFAR-10, or it is damaged."
        )
    images = records[:, 1:].reshape(-1, 3, 32, 32)
    train, held = split_off(len(training), validation, seed)
    splits = {"train": train, "validation": held, "test": np.arange(len(training), len(records))}
    return Dataset(folder.name, images, labels, NAMES, splits, Scaling.measured(images[: len(training)]))


def is_folder(folder: Path) -> bool:
    """Whether the folder contains files named like those of CIFAR-10."""
    return any(folder.glob("data_batch_*.bin*"))


def _read_all(folder: Path, pattern: str) -> Array:
    paths = sorted(path for path in folder.glob(pattern) if path.suffix in (".bin", ".gz"))
    if not paths:
        raise DataError(
            f"{folder} has no {pattern.rstrip('*')}. "
            "A CIFAR-10 folder contains data_batch_1.bin and so on, and test_batch.bin."
        )
    if len(paths) > MAX_FILES:
        raise DataError(f"{folder} has {len(paths):,} files {pattern.rstrip('*')}; at most {MAX_FILES} are read.")
    return np.concatenate([_read(path) for path in paths])


def _read(path: Path) -> Array:
    """The records (N, 3073) of one file. Reads no more than such a file may contain."""
    check_interrupted()
    with open_data_file(path) as (file, most):
        data = file.read(min(MAX_RECORDS * RECORD, most) + 1)
    if not data or len(data) % RECORD or len(data) > MAX_RECORDS * RECORD:
        raise DataError(
            f"{path} does not consist of CIFAR-10 records ({RECORD} bytes each); it is truncated or damaged."
        )
    return np.frombuffer(data, np.uint8).reshape(-1, RECORD)
