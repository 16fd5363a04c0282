"""Generated images of colored shapes on colored backgrounds: data for small networks without a download."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.dataset import Dataset, Scaling
from cnnstudio.interruption import check_interrupted

FRACTIONS = {"train": 0.7, "validation": 0.1, "test": 0.2}
MAX_IMAGES = 4000
MAX_PIXELS = 20_000_000  # of all images together

# Each shape as a function of (x, y), both about -1 .. 1, that is positive inside the shape.
SHAPES: dict[str, Callable[[Array, Array], Array]] = {
    "disc": lambda x, y: 0.85 - np.hypot(x, y),
    "ring": lambda x, y: 0.2 - np.abs(np.hypot(x, y) - 0.7),
    "square": lambda x, y: 0.75 - np.maximum(np.abs(x), np.abs(y)),
    "frame": lambda x, y: 0.17 - np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.68),
    "diamond": lambda x, y: 0.95 - np.abs(x) - np.abs(y),
    "triangle": lambda x, y: np.minimum(0.6 - y, (y + 0.9) * 0.5 - np.abs(x) * 0.9),
    "plus": lambda x, y: np.maximum(
        np.minimum(0.25 - np.abs(x), 0.9 - np.abs(y)), np.minimum(0.25 - np.abs(y), 0.9 - np.abs(x))
    ),
    "moon": lambda x, y: np.minimum(0.85 - np.hypot(x, y), np.hypot(x - 0.45, y) - 0.65),
    "star": lambda x, y: 0.62 + 0.28 * np.cos(5 * np.arctan2(x, -y)) - np.hypot(x, y),
    "stripes": lambda x, y: np.minimum(np.sin(7 * y), 0.85 - np.maximum(np.abs(x), np.abs(y))),
}


def generate(size: int = 32, *, seed: int = 0) -> Dataset:
    """Images (N, 3, size, size), uint8, of ten shapes; equal for equal size and seed."""
    total = min(MAX_IMAGES, MAX_PIXELS // (size * size))
    rng = np.random.default_rng([seed, 0x5A9E])
    labels = rng.permutation(np.arange(total) % len(SHAPES))
    functions = list(SHAPES.values())
    images = np.stack([_draw(functions[label], size, rng) for label in labels])
    ends = np.round(np.cumsum([0.0, *FRACTIONS.values()]) * total).astype(int)
    splits = {split: np.arange(ends[i], ends[i + 1]) for i, split in enumerate(FRACTIONS)}
    scaling = Scaling.measured(images[splits["train"]])
    return Dataset("Colored shapes", images, labels, tuple(SHAPES), splits, scaling)


def _draw(shape: Callable[[Array, Array], Array], size: int, rng: np.random.Generator) -> Array:
    """One shape, shifted, rotated and scaled, in contrasting colors, with a light gradient and noise."""
    check_interrupted()
    grid = (np.arange(size) + 0.5) / size * 2 - 1
    y, x = np.meshgrid(grid, grid, indexing="ij")
    angle, scale = np.radians(rng.uniform(-20, 20)), rng.uniform(0.5, 0.85)
    x0, y0 = rng.uniform(-0.25, 0.25, 2)
    u = (np.cos(angle) * (x - x0) + np.sin(angle) * (y - y0)) / scale
    v = (np.cos(angle) * (y - y0) - np.sin(angle) * (x - x0)) / scale
    cover = np.clip(shape(u, v) * scale * size / 2 + 0.5, 0, 1)
    ground = rng.uniform(20, 235, 3)
    ink = ground + np.where(ground > 127, -1, 1) * rng.uniform(70, 120, 3)
    light = 1 + 0.15 * (rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y)
    image = (ground[:, None, None] * (1 - cover) + ink[:, None, None] * cover) * light
    noisy: Array = np.clip(image + rng.normal(0, 6, image.shape), 0, 255)
    return noisy.astype(np.uint8)
