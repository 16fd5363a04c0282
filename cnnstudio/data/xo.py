"""Generated images of X and O, as in Brandon Rohrer's walk-through of convolutional networks."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.dataset import Dataset, Scaling
from cnnstudio.spec import Spec, integer, real


class XOSettings(Spec):
    """How much the images vary."""

    size: int = integer(default=9, min=7, max=64, unit="px", help="Height and width of the images.")
    shift: float = real(default=0.1, min=0.0, max=0.3, step=0.05, help="Largest shift, as a fraction of the size.")
    scale: float = real(default=0.2, min=0.0, max=0.5, step=0.05, help="Largest change of size, as a fraction.")
    rotation: float = real(
        default=12.0, min=0.0, max=45.0, step=1.0, unit="°", help="Largest rotation in either direction."
    )
    thickness: float = real(
        default=0.4, min=0.0, max=1.0, step=0.1, help="Largest increase of the stroke width, as a fraction."
    )
    noise: float = real(default=0.01, min=0.0, max=0.3, step=0.01, help="Fraction of the pixels that are inverted.")


COUNTS = {"train": 1200, "validation": 300, "test": 500}


def generate(settings: XOSettings | None = None, *, seed: int = 0) -> Dataset:
    """Images of X and O with pixel values -1 and 1; equal for equal settings and seed."""
    settings = settings or XOSettings()
    total = sum(COUNTS.values())
    rng = np.random.default_rng([seed, 0x0A0])
    labels = rng.permutation(np.arange(total) % 2)
    images = draw(labels, settings, rng)
    ends = np.cumsum([0, *COUNTS.values()])
    splits = {split: np.arange(ends[i], ends[i + 1]) for i, split in enumerate(COUNTS)}
    return Dataset("X or O", images, labels, ("X", "O"), splits, Scaling(), (-1.0, 1.0))


def draw(labels: Array, settings: XOSettings, rng: np.random.Generator) -> Array:
    """Images (N, 1, size, size), int8, with values -1 and 1. Label 0 is an X, label 1 an O."""
    count, size = len(labels), settings.size
    grid = (np.arange(size) - (size - 1) / 2) / ((size - 1) / 2)  # -1 .. 1 across the image
    y, x = np.meshgrid(grid, grid, indexing="ij")
    shift = rng.uniform(-2 * settings.shift, 2 * settings.shift, (2, count, 1, 1))
    scale = 0.72 * (1 + rng.uniform(-settings.scale, settings.scale, (2, count, 1, 1)))
    angle = np.radians(rng.uniform(-settings.rotation, settings.rotation, (count, 1, 1)))
    moved_x, moved_y = x - shift[0], y - shift[1]
    u = (np.cos(angle) * moved_x + np.sin(angle) * moved_y) / scale[0]
    v = (np.cos(angle) * moved_y - np.sin(angle) * moved_x) / scale[1]
    stroke = 1.1 / ((size - 1) / 2) * (1 + settings.thickness * rng.uniform(0, 1, (count, 1, 1)))
    distance = np.where(labels[:, None, None] == 0, _to_cross(u, v), np.abs(np.hypot(u, v) - 1)) * scale.mean(axis=0)
    ink = distance < stroke / 2
    ink ^= rng.random(ink.shape) < settings.noise
    return np.where(ink, 1, -1).astype(np.int8)[:, None]


def _to_cross(u: Array, v: Array) -> Array:
    """The distance to the nearer diagonal of the square -0.9 .. 0.9."""
    distances = []
    for along, across in (((u + v) / 2, (u - v) / np.sqrt(2)), ((u - v) / 2, (u + v) / np.sqrt(2))):
        beyond = np.maximum(np.abs(along) - 0.9, 0) * np.sqrt(2)
        distances.append(np.hypot(across, beyond))
    nearer: Array = np.minimum(*distances)
    return nearer
