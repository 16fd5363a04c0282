"""X and O images: the same for a seed, balanced, drawn in -1 and 1, and easily told apart."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import DataError, open_dataset
from cnnstudio.data.xo import COUNTS, XOSettings, draw, generate


def test_equal_seeds_give_equal_images() -> None:
    first, again = generate(seed=3), generate(seed=3)
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)


def test_different_seeds_give_different_images() -> None:
    assert not np.array_equal(generate(seed=3).images, generate(seed=4).images)
    assert not np.array_equal(generate(seed=3).labels, generate(seed=4).labels)


def test_pixels_are_minus_one_or_one() -> None:
    dataset = generate()
    assert set(np.unique(dataset.images)) == {-1, 1}
    assert dataset.limits == (-1.0, 1.0)
    taken, _ = dataset.take([0, 1])
    assert set(np.unique(taken)) == {-1.0, 1.0}


def test_classes_are_balanced() -> None:
    dataset = generate()
    assert dataset.class_names == ("X", "O")
    total = sum(COUNTS.values())
    assert list(np.bincount(dataset.labels)) == [total / 2, total / 2]
    for split, count in COUNTS.items():
        assert dataset.size(split) == count
        assert min(dataset.counts(split)) > 0.4 * count


def test_no_image_is_in_two_splits() -> None:
    splits = [set(indices) for indices in generate().splits.values()]
    assert sum(map(len, splits)) == len(set.union(*splits))


def test_test_images_hardly_ever_occur_in_training() -> None:
    dataset = generate()
    seen = {dataset.images[index].tobytes() for index in dataset.splits["train"]}
    fresh = [dataset.images[index].tobytes() not in seen for index in dataset.splits["test"]]
    assert np.mean(fresh) > 0.9


def test_without_variation_the_letters_are_those_of_the_book() -> None:
    still = XOSettings(shift=0.0, scale=0.0, rotation=0.0, thickness=0.0, noise=0.0)
    cross, ring = draw(np.array([0, 1]), still, np.random.default_rng(0))[:, 0] > 0
    for letter in (cross, ring):
        np.testing.assert_array_equal(letter, letter[::-1])
        np.testing.assert_array_equal(letter, letter[:, ::-1])
        np.testing.assert_array_equal(letter, letter.T)
    assert cross[4, 4]
    assert not ring[4, 4]
    assert ring.any()


@pytest.mark.parametrize("size", [7, 9, 20])
def test_images_have_the_requested_size(size: int) -> None:
    assert generate(XOSettings(size=size)).shape == (1, size, size)


def test_noise_flips_the_given_fraction_of_pixels() -> None:
    labels = np.zeros(400, np.int64)
    clean = draw(labels, XOSettings(noise=0.0), np.random.default_rng(0))
    noisy = draw(labels, XOSettings(noise=0.3), np.random.default_rng(0))
    assert abs(np.mean(clean != noisy) - 0.3) < 0.02


@pytest.mark.parametrize("source", ["", "cifar", "xo:7", "mnist", "mnist:", ":"])
def test_the_error_for_an_unknown_source_lists_the_sources(source: str) -> None:
    with pytest.raises(DataError, match=r"xo|mnist:FOLDER"):
        open_dataset(source)
