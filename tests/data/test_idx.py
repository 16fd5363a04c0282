"""Folders of IDX files: what is read, and what is refused in which words."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import DataError, Dataset, open_dataset
from cnnstudio.data.idx import read_folder, read_idx

NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("t10k", "images"): "t10k-images-idx3-ubyte",
    ("t10k", "labels"): "t10k-labels-idx1-ubyte",
}


def idx(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def images(count: int, size: int = 4) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, size, size))


def labels(count: int, classes: int = 3) -> np.ndarray:
    return np.arange(count) % classes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small sound folder: 20 training and 6 test images of 4 × 4 in three classes."""
    for part, count in (("train", 20), ("t10k", 6)):
        (tmp_path / NAMES[part, "images"]).write_bytes(idx(images(count)))
        (tmp_path / NAMES[part, "labels"]).write_bytes(idx(labels(count)))
    return tmp_path


def refused(folder: Path) -> str:
    """The sentence with which the folder is refused."""
    with pytest.raises(DataError) as caught:
        read_folder(folder)
    message = str(caught.value)
    assert message.endswith(".")
    return message


class TestRead:
    def test_images_and_labels_are_read(self, folder: Path) -> None:
        dataset = read_folder(folder)
        assert dataset.images.shape == (26, 1, 4, 4)
        assert dataset.shape == (1, 4, 4)
        np.testing.assert_array_equal(dataset.images[:20, 0], images(20))
        np.testing.assert_array_equal(dataset.images[20:, 0], images(6))
        np.testing.assert_array_equal(dataset.labels, [*labels(20), *labels(6)])
        assert dataset.class_names == ("0", "1", "2")

    def test_test_images_come_from_the_test_files(self, folder: Path) -> None:
        dataset = read_folder(folder)
        np.testing.assert_array_equal(dataset.splits["test"], range(20, 26))

    def test_gzipped_files_are_read(self, folder: Path) -> None:
        plain = read_folder(folder)
        for path in list(folder.iterdir()):
            (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
        zipped = read_folder(folder)
        np.testing.assert_array_equal(zipped.images, plain.images)
        np.testing.assert_array_equal(zipped.labels, plain.labels)

    def test_file_names_with_a_dot_are_found(self, folder: Path) -> None:
        for path in list(folder.iterdir()):
            path.rename(folder / path.name.replace("-idx", ".idx"))
        assert read_folder(folder).size("test") == 6

    def test_the_validation_split_depends_on_the_seed(self, folder: Path) -> None:
        first, again = (read_folder(folder, seed=1, validation=0.25) for _ in range(2))
        other = read_folder(folder, seed=2, validation=0.25)
        assert (first.size("train"), first.size("validation")) == (15, 5)
        np.testing.assert_array_equal(first.splits["validation"], again.splits["validation"])
        assert list(first.splits["validation"]) != list(other.splits["validation"])
        assert set(first.splits["train"]) | set(first.splits["validation"]) == set(range(20))
        assert not set(first.splits["train"]) & set(first.splits["validation"])

    def test_the_validation_split_can_be_empty(self, folder: Path) -> None:
        assert read_folder(folder, validation=0.0).size("validation") == 0

    def test_images_are_scaled_to_mean_zero_and_deviation_one(self, folder: Path) -> None:
        taken, their_labels = read_folder(folder).take(np.arange(20))
        assert taken.dtype == np.float32
        assert abs(taken.mean()) < 1e-6
        assert abs(taken.std() - 1) < 1e-6
        np.testing.assert_array_equal(their_labels, labels(20))

    def test_scaling_can_be_undone(self, folder: Path) -> None:
        dataset = read_folder(folder)
        taken, _ = dataset.take(np.arange(20))
        np.testing.assert_allclose(dataset.scaling.undo(taken), dataset.images[:20], atol=1e-4)

    def test_constant_images_do_not_divide_by_zero(self, folder: Path) -> None:
        (folder / NAMES["train", "images"]).write_bytes(idx(np.full((20, 4, 4), 7)))
        taken, _ = read_folder(folder).take(np.arange(20))
        assert not taken.any()

    def test_a_tilde_means_the_home_folder(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(folder.parent))
        assert open_dataset(f"mnist:~/{folder.name}").size("test") == 6


class TestRefuse:
    def test_a_missing_folder(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "nowhere").startswith(f"There is no folder {tmp_path / 'nowhere'}")

    def test_a_folder_without_idx_files(self, tmp_path: Path) -> None:
        assert "has no train-images-idx3-ubyte" in refused(tmp_path)

    @pytest.mark.parametrize("key", NAMES)
    def test_any_missing_file_is_named(self, folder: Path, key: tuple[str, str]) -> None:
        (folder / NAMES[key]).unlink()
        assert NAMES[key] in refused(folder)

    @pytest.mark.parametrize("kept", [0, 3, 4, 10, 16, 50])
    @pytest.mark.parametrize("zipped", [False, True])
    def test_a_truncated_file(self, folder: Path, kept: int, zipped: bool) -> None:
        path = folder / NAMES["train", "images"]
        cut = path.read_bytes()[:kept]
        path.unlink()
        path.with_name(path.name + ".gz" * zipped).write_bytes(gzip.compress(cut) if zipped else cut)
        assert path.name in refused(folder)

    @pytest.mark.parametrize("kept", [5, 15, 100])
    def test_a_truncated_gzip_stream(self, folder: Path, kept: int) -> None:
        path = folder / NAMES["train", "images"]
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:kept])
        path.unlink()
        assert "Copy or download it again" in refused(folder)

    @pytest.mark.parametrize("place", [2, 30, -6, -1])
    def test_a_gzip_stream_with_a_flipped_byte(self, folder: Path, place: int) -> None:
        path = folder / NAMES["train", "images"]
        data = bytearray(gzip.compress(path.read_bytes()))
        data[place] ^= 0xFF
        (folder / f"{path.name}.gz").write_bytes(bytes(data))
        path.unlink()
        assert path.name in refused(folder)

    @pytest.mark.parametrize("magic", [b"\0\0\x08\x01", b"\0\0\x0d\x03", b"\x01\0\x08\x03", b"PK\x03\x04"])
    def test_a_wrong_magic_number(self, folder: Path, magic: bytes) -> None:
        path = folder / NAMES["train", "images"]
        path.write_bytes(magic + path.read_bytes()[4:])
        assert "not an IDX file" in refused(folder)

    def test_more_images_than_labels(self, folder: Path) -> None:
        (folder / NAMES["train", "labels"]).write_bytes(idx(labels(19)))
        assert "20 train images but 19 labels" in refused(folder)

    def test_test_images_of_another_size(self, folder: Path) -> None:
        (folder / NAMES["t10k", "images"]).write_bytes(idx(images(6, size=5)))
        message = refused(folder)
        assert "4 × 4" in message
        assert "5 × 5" in message

    def test_empty_files(self, folder: Path) -> None:
        (folder / NAMES["train", "images"]).write_bytes(idx(images(0)))
        (folder / NAMES["train", "labels"]).write_bytes(idx(labels(0)))
        assert "is empty" in refused(folder)

    def test_a_folder_instead_of_a_file(self, folder: Path) -> None:
        path = folder / NAMES["train", "images"]
        path.unlink()
        path.mkdir()
        assert path.name in refused(folder)

    @pytest.mark.parametrize("zipped", [False, True])
    @pytest.mark.parametrize("shape", [(65536, 256, 256), (2**32 - 1,) * 3])
    def test_a_header_that_claims_gigabytes_takes_no_memory(
        self, tmp_path: Path, zipped: bool, shape: tuple[int, int, int]
    ) -> None:
        data = struct.pack(">BBBB3I", 0, 0, 8, 3, *shape) + bytes(1000)
        path = tmp_path / ("claims.gz" if zipped else "claims")
        path.write_bytes(gzip.compress(data) if zipped else data)
        tracemalloc.start()
        with pytest.raises(DataError, match="unpacked to at most" if zipped else "contains 1,000"):
            read_idx(path, 3)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20


@pytest.fixture(scope="module")
def digits(mnist: Path) -> Dataset:
    """The real digits."""
    return read_folder(mnist, validation=0.1)


class TestMnist:
    """The real files, against what everybody knows of them."""

    TRAIN = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    TEST = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)

    def test_sizes_and_counts(self, digits: Dataset) -> None:
        assert digits.shape == (1, 28, 28)
        assert [digits.size(split) for split in ("train", "validation", "test")] == [54_000, 6_000, 10_000]
        train = np.add(digits.counts("train"), digits.counts("validation"))
        assert tuple(train) == self.TRAIN
        assert digits.counts("test") == self.TEST
        assert digits.class_names == tuple("0123456789")

    def test_mean_and_deviation_of_the_training_images(self, digits: Dataset) -> None:
        (mean,), (deviation,) = digits.scaling.mean, digits.scaling.std
        assert round(mean / 255, 4) == 0.1307
        assert round(deviation / 255, 4) == 0.3081

    def test_the_first_digits_of_mnist(self, digits: Dataset) -> None:
        assert list(digits.labels[:10]) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        assert list(digits.labels[60_000:60_005]) == [7, 2, 1, 0, 4]


def test_fashion_mnist_has_its_class_names(datasets: Path) -> None:
    dataset = open_dataset(f"mnist:{datasets / 'fashion-mnist'}")
    assert dataset.class_names[:2] == ("T-shirt/top", "Trouser")
    assert dataset.counts("test") == (1000,) * 10
