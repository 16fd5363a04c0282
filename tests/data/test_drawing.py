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


def test_x_or_o_is_drawn_with_plus_one_on_minus_one() -> None:
    dataset = open_dataset("xo")
    drawing = Drawing(dataset.shape)
    drawing.stroke((0.0, 0.0), (9.0, 9.0))
    stored = drawing.stored(dataset)
    assert set(np.unique(stored)) == {-1.0, 1.0}
    assert (np.diagonal(stored[0]) == 1.0).all()
    assert (stored == 1.0).mean() < 0.4
