"""Digits and shapes that the program draws itself: the same for a seed, balanced, and of the size that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import SOURCES, DataError, Dataset, open_dataset

DRAWN = {"digits": (1, 28, 28), "shapes": (3, 32, 32)}


@pytest.fixture(scope="module", params=DRAWN)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def dataset(kind: str) -> Dataset:
    return open_dataset(kind, seed=3)


def test_images_depend_on_the_seed(kind: str, dataset: Dataset) -> None:
    again, other = open_dataset(kind, seed=3), open_dataset(kind, seed=4)
    np.testing.assert_array_equal(again.images, dataset.images)
    np.testing.assert_array_equal(again.labels, dataset.labels)
    assert not np.array_equal(other.images, dataset.images)


def test_default_image_sizes(kind: str, dataset: Dataset) -> None:
    assert dataset.shape == DRAWN[kind]
    assert dataset.images.dtype == np.uint8


@pytest.mark.parametrize("size", [16, 40])
def test_images_have_the_requested_size(kind: str, size: int) -> None:
    assert open_dataset(f"{kind}:{size}").shape == (DRAWN[kind][0], size, size)


@pytest.mark.parametrize("rest", ["15", "257", "x", "-3", "28x28", "²", "9" * 5000])
def test_invalid_sizes_are_refused(kind: str, rest: str) -> None:
    with pytest.raises(DataError, match="from 16 to 256 pixels"):
        open_dataset(f"{kind}:{rest}")


def test_ten_classes_of_equal_size(dataset: Dataset) -> None:
    assert len(dataset.class_names) == 10
    counts = np.bincount(dataset.labels)
    assert counts.max() - counts.min() <= 1


def test_splits_are_disjoint_and_complete(dataset: Dataset) -> None:
    splits = [set(indices) for indices in dataset.splits.values()]
    assert sum(map(len, splits)) == len(set.union(*splits)) == len(dataset.labels)
    assert min(map(len, splits)) >= 300


def test_training_images_have_mean_zero_and_deviation_one(dataset: Dataset) -> None:
    shown, _ = dataset.take(dataset.splits["train"])
    np.testing.assert_allclose(shown.mean(axis=(0, 2, 3)), 0, atol=1e-3)
    np.testing.assert_allclose(shown.std(axis=(0, 2, 3)), 1, atol=1e-3)


def test_every_source_declares_its_title() -> None:
    for kind, source in SOURCES.items():
        assert source.kind == kind
        assert source.usage.startswith(kind)
        assert source.title
        assert source.needs_folder == ("FOLDER" in source.usage)
        if source.needs_folder:
            with pytest.raises(DataError, match=f"{kind}:FOLDER"):
                open_dataset(kind)
