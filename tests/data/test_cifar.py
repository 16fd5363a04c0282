"""Folders of CIFAR-10's binary files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import DataError, open_dataset
from cnnstudio.data.cifar import MAX_RECORDS, RECORD, read_folder


def records(count: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).integers(0, 256, (count, RECORD), dtype=np.uint8)
    made[:, 0] = np.arange(count) % 10
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two training files, one of them zipped, and a test file."""
    (tmp_path / "data_batch_1.bin").write_bytes(records(20, 1).tobytes())
    (tmp_path / "data_batch_2.bin.gz").write_bytes(gzip.compress(records(10, 2).tobytes()))
    (tmp_path / "test_batch.bin").write_bytes(records(5, 3).tobytes())
    return tmp_path


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_folder(folder)
    return str(caught.value)


def test_images_and_labels_are_read(folder: Path) -> None:
    dataset = open_dataset(f"cifar10:{folder}", validation=0.2)
    assert dataset.shape == (3, 32, 32)
    assert [dataset.size(split) for split in ("train", "validation", "test")] == [24, 6, 5]
    stored = np.concatenate([records(20, 1), records(10, 2), records(5, 3)])
    np.testing.assert_array_equal(dataset.labels, stored[:, 0])
    np.testing.assert_array_equal(dataset.images.reshape(35, -1), stored[:, 1:])
    assert dataset.class_names[3] == "cat"


def test_each_channel_is_scaled_separately(folder: Path) -> None:
    dataset = read_folder(folder)
    shown, _ = dataset.take(np.arange(30))
    np.testing.assert_allclose(shown.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(shown.std(axis=(0, 2, 3)), 1, atol=1e-5)


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    assert "There is no folder" in refused(tmp_path / "none")
    (folder / "test_batch.bin").unlink()
    assert "has no test_batch" in refused(folder)


@pytest.mark.parametrize("size", [0, 1, RECORD - 1, RECORD + 1, (MAX_RECORDS + 1) * RECORD])
def test_a_file_of_another_size(folder: Path, size: int) -> None:
    (folder / "data_batch_1.bin").write_bytes(bytes(size))
    assert "data_batch_1.bin does not consist of CIFAR-10 records" in refused(folder)


def test_a_damaged_or_overlong_gzip_stream(folder: Path) -> None:
    path = folder / "data_batch_2.bin.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert "Copy or download it again" in refused(folder)
    path.write_bytes(gzip.compress(bytes((MAX_RECORDS + 9) * RECORD)))
    assert "does not consist of CIFAR-10 records" in refused(folder)


def test_a_label_above_nine(folder: Path) -> None:
    made = records(20, 1)
    made[7, 0] = 10
    (folder / "data_batch_1.bin").write_bytes(made.tobytes())
    assert "labels above 9" in refused(folder)


def test_the_real_images(datasets: Path) -> None:
    dataset = open_dataset(f"cifar10:{datasets / 'cifar-10'}", validation=0.1)
    assert [dataset.size(split) for split in ("train", "validation", "test")] == [45_000, 5_000, 1_000]
    train = np.add(dataset.counts("train"), dataset.counts("validation"))
    assert list(train) == [5000] * 10
    np.testing.assert_allclose(np.array(dataset.scaling.mean) / 255, [0.4914, 0.4822, 0.4465], atol=1e-4)
    np.testing.assert_allclose(np.array(dataset.scaling.std) / 255, [0.2470, 0.2435, 0.2616], atol=1e-4)
