"""Drawing by hand: pen, rubber, and the value range of the dataset."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import Dataset, open_dataset
from cnnstudio.data.dataset import Scaling
from cnnstudio.data.drawing import Drawing


@pytest.fixture
def gray() -> Dataset:
    """One gray image of 28 × 28."""
    splits = {split: np.arange(1) for split in ("train", "validation", "test")}
    return Dataset("gray", np.zeros((1, 1, 28, 28), np.uint8), np.zeros(1, int), ("a",), splits, Scaling())


def test_a_stroke_is_about_two_pixels_wide_with_soft_edges() -> None:
    drawing = Drawing((1, 28, 28))
    drawing.stroke((5.0, 14.0), (23.0, 14.0))
    assert drawing.ink[:, 14].sum() == pytest.approx(2.0, abs=0.3)
    assert drawing.ink.max() == 1.0
    assert ((drawing.ink > 0) & (drawing.ink < 1)).any()
    assert drawing.ink[:11].sum() == 0.0


def test_a_dot_is_visible_and_strokes_add_up() -> None:
    drawing = Drawing((1, 28, 28))
    drawing.stroke((3.5, 3.5), (3.5, 3.5))
    dot = drawing.ink.sum()
    assert dot > 1.0
    drawing.stroke((20.0, 20.0), (22.0, 22.0))
    assert drawing.ink.sum() > dot


def test_the_eraser_removes_ink_and_clear_removes_all() -> None:
    drawing = Drawing((1, 28, 28))
    drawing.stroke((5.0, 14.0), (23.0, 14.0))
    drawing.stroke((10.0, 14.0), (12.0, 14.0), erase=True)
    assert drawing.ink[14, 11] == 0.0
    assert drawing.ink[14, 20] > 0.9
    drawing.clear()
    assert not drawing.ink.any()


def test_values_are_scaled_like_the_dataset(gray: Dataset) -> None:
    drawing = Drawing((3, 28, 28))
    drawing.stroke((5.0, 14.0), (23.0, 14.0))
    stored = drawing.stored(gray)
    assert stored.shape == (3, 28, 28)
    assert (stored.min(), stored.max()) == (0.0, 255.0)
    assert (stored[0] == stored[2]).all()


@pytest.mark.parametrize("corner", [(3.0, 3.0), (12.0, 14.0), (1.0, 18.0)])
def test_a_drawing_is_centered_and_scaled_as_in_mnist(gray: Dataset, corner: tuple[float, float]) -> None:
    x, y = corner
    drawing = Drawing((1, 28, 28))
    assert drawing.can_be_centered
    drawing.stroke((x, y), (x + 7.0, y))
    drawing.stroke((x + 7.0, y), (x + 3.0, y + 8.0))
    before = drawing.ink.copy()
    ink = drawing.stored(gray, centered=True)[0] / 255.0
    assert (drawing.ink == before).all()
    rows, columns = np.flatnonzero((ink > 0.1).any(axis=1)), np.flatnonzero((ink > 0.1).any(axis=0))
    assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
    weights = ink / ink.sum()
    middle = (weights.sum(axis=1) @ (np.arange(28) + 0.5), weights.sum(axis=0) @ (np.arange(28) + 0.5))
    assert middle == pytest.approx((14.0, 14.0), abs=0.6)


def test_an_empty_drawing_or_a_dot_can_be_centered(gray: Dataset) -> None:
    drawing = Drawing((1, 28, 28))
    assert not drawing.stored(gray, centered=True).any()
    drawing.stroke((0.0, 0.0), (0.0, 0.0))
    assert np.isfinite(drawing.stored(gray, centered=True)).all()


@pytest.mark.parametrize("shape", [(3, 28, 28), (1, 9, 9)])
def test_colored_and_tiny_images_are_drawn_as_they_are(shape: tuple[int, int, int]) -> None:
    assert not Drawing(shape).can_be_centered


def test_x_or_o_is_drawn_with_plus_one_on_minus_one() -> None:
    dataset = open_dataset("xo")
    drawing = Drawing(dataset.shape)
    drawing.stroke((0.0, 0.0), (9.0, 9.0))
    stored = drawing.stored(dataset)
    assert set(np.unique(stored)) == {-1.0, 1.0}
    assert (np.diagonal(stored[0]) == 1.0).all()
    assert (stored == 1.0).mean() < 0.4
